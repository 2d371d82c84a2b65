import { conditionOf, type Verdict } from './condition.ts'
import { isObject, type JsonObject } from './json.ts'
import { asJson, type KubeObject } from './kube-object.ts'

export const MANIFEST_REPOSITORY_KIND = 'ManifestRepository'

/** How a ManifestRepository is doing: its condition Ready, and the commit of its branch where one was just read. */
export interface RepositoryHealth extends Verdict {
  readonly revision?: string
}

/**
 * The whole status of a ManifestRepository. A repository that cannot be reached now keeps the commit that was last read
 * of it, unless its spec was changed since: then that commit may be another repository's.
 */
export function repositoryStatus(object: KubeObject, health: RepositoryHealth, now: number): JsonObject {
  const { revision: read, ...verdict } = health
  const { generation } = object.metadata
  const { status } = asJson(object)
  const before = isObject(status) ? status : {}
  const isSameSpec = before['observedGeneration'] === generation
  const revision = read ?? (isSameSpec ? before['revision'] : undefined)
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    ...(revision !== undefined && { revision }),
    conditions: [conditionOf('Ready', verdict, before['conditions'], generation, now)],
  }
}

import { equalJson } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { type RepositoryHealth, repositoryStatus } from '#src/domain/repository-status.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { KubeApi } from './kube-api.ts'

/**
 * Writes the status of a ManifestRepository where it says something else than what stands there. Names the
 * resourceVersion that it was made from: ApiConflict means that somebody changed the object meanwhile, and that it has to
 * be judged again.
 */
export async function writeRepositoryStatus(
  api: Pick<KubeApi, 'replace'>,
  clock: Pick<Clock, 'now'>,
  object: KubeObject,
  health: RepositoryHealth,
): Promise<void> {
  const { apiVersion, kind, metadata } = object
  const { name, uid = '', resourceVersion = '' } = metadata
  const status = repositoryStatus(object, health, clock.now())
  if (equalJson(asJson(object)['status'], status)) return
  await api.replace(
    { apiVersion, kind, metadata: { name, uid, resourceVersion }, status },
    { subresource: 'status' },
  )
}

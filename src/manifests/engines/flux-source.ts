import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { type EngineObjects, FLUX_SOURCE } from './engine-objects.ts'
import type { Hold, WantedRevision } from './engine-source.ts'
import { isTrue, objectAt, objectsAt, textAt, textsAt } from './reading.ts'
import { repositoryUrl } from './repository-url.ts'
import { clampedPath } from './tree-index.ts'
import { fluxRevision, pinnedHold } from './wanted-revision.ts'

/** Where a Flux object's files come from. */
export interface FluxSource {
  readonly repositoryUrl: string | undefined
  readonly revision: WantedRevision
  readonly holds: readonly Hold[]
  /** Why its files are not those of a Git repository. */
  readonly problem?: string
  /** Folders that are copied in from another source (`spec.include`). */
  readonly included: readonly string[]
  readonly ignoredFiles?: string
}

export interface SourceRef {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

const UNKNOWN = { repositoryUrl: undefined, revision: { kind: 'unknown' }, holds: [], included: [] } as const

/** The source behind a `sourceRef` (source-controller, v1). Gitless artifacts name their repository at most. */
export function fluxSource(objects: EngineObjects, ref: SourceRef): FluxSource {
  const object = objects.find(FLUX_SOURCE, ref.kind, ref.namespace, ref.name)
  const who = `${ref.kind} ${ref.namespace}/${ref.name}`
  if (object === undefined) return { ...UNKNOWN, problem: `${who} is not there` }
  const holds = suspended(object, who)
  if (ref.kind === 'GitRepository') return gitRepository(object, who, holds)
  const origin = originOf(object)
  return {
    repositoryUrl: origin,
    revision: { kind: 'unknown' },
    holds,
    included: [],
    problem:
      origin === undefined
        ? `${who} is no Git repository, and its artifact does not say which one it was made of`
        : `${who} is an artifact that something else makes of ${origin}: a merge arrives when that is done again`,
  }
}

function gitRepository(object: KubeObject, who: string, suspension: readonly Hold[]): FluxSource {
  const { spec } = asJson(object)
  const url = repositoryUrl(textAt(spec, 'url') ?? '')
  const revision = fluxRevision(objectAt(spec, 'ref'))
  const ignore = textAt(spec, 'ignore')
  const included = objectsAt(spec, 'include').map((each) =>
    clampedPath(textAt(each, 'toPath') ?? textAt(each, 'repository', 'name') ?? ''),
  )
  return {
    repositoryUrl: url,
    revision,
    holds: [...suspension, ...pinnedHold(revision, who)],
    included,
    ...(ignore !== undefined && { ignoredFiles: ignore }),
    ...(url === undefined && { problem: `the url of ${who} names no repository` }),
  }
}

export function suspended(object: KubeObject, who: string): readonly Hold[] {
  const held: Hold[] = []
  if (isTrue(asJson(object)['spec'], 'suspend'))
    held.push({
      reason: 'Suspended',
      sentence: `${who} is suspended: nothing new is applied until it is resumed`,
    })
  if (object.metadata.deletionTimestamp !== undefined)
    held.push({ reason: 'Deleting', sentence: `${who} is being deleted` })
  return held
}

/** The OCI annotation that `flux push artifact --source` sets, as the source-controller repeats it. */
function originOf(object: KubeObject): string | undefined {
  const { status } = asJson(object)
  const text = textAt(status, 'artifact', 'metadata', 'org.opencontainers.image.source')
  return text === undefined ? undefined : repositoryUrl(text)
}

/** A reference of a Flux object; its namespace is the object's own unless given. */
export function sourceRefOf(ref: Parameters<typeof textAt>[0], namespace: string): SourceRef | undefined {
  const [kind, name] = [textAt(ref, 'kind'), textAt(ref, 'name')]
  if (kind === undefined || name === undefined) return undefined
  return { kind, name, namespace: textAt(ref, 'namespace') ?? namespace }
}

/** True for a folder whose files another source gives. */
export function isIncluded(source: FluxSource, folder: string): boolean {
  return source.included.some((path) => folder === path || folder.startsWith(`${path}/`))
}

/** `spec.ignore` of a Kustomization, `driftIgnoreRules` in some versions, `driftDetection.ignore` of a HelmRelease. */
export function ignoredFields(rules: readonly Parameters<typeof textAt>[0][], who: string): readonly Hold[] {
  return rules.flatMap((rule) => {
    const pointers = textsAt(rule, 'paths')
    const target = Object.fromEntries(
      (['group', 'kind', 'namespace', 'name'] as const).flatMap((key) => {
        const text = textAt(rule, 'target', key)
        return text === undefined ? [] : [[key, text] as const]
      }),
    )
    if (pointers.length === 0) return []
    const sentence = `${who} ignores ${pointers.join(', ')}: a change there in Git is not applied`
    return [{ reason: 'Ignored' as const, sentence, only: { ...target, pointers } }]
  })
}

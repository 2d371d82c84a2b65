import type { Json } from '#src/domain/json.ts'
import { asJson, groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import { ARGO, FLUX_SOURCE } from './engine-objects.ts'
import { objectsAt, textAt, textsAt } from './reading.ts'

/** How far an engine's object has come with its source, as its status says. */
export interface EngineProgress {
  /** Commits that it last looked at. Empty: it tells no commit (HelmRelease, an artifact, never synced). */
  readonly seen: readonly string[]
  /** Why it does not get on, in its own words; undefined where it does. Untrusted text. */
  readonly trouble: string | undefined
  /** Milliseconds since the epoch of its last comparison, where it keeps that (Argo CD). */
  readonly lookedAt: number | undefined
}

/** Ready=False with these is trouble; while it works or waits for its turn it says so otherwise (kustomize-controller). */
const FLUX_WORKING: ReadonlySet<string> = new Set(['Progressing', 'ProgressingWithRetry', 'Suspended'])
const ARGO_FAILED: ReadonlySet<string> = new Set(['Failed', 'Error'])

/**
 * Flux: `lastAttemptedRevision` is written before the build, `lastAppliedRevision` only after health checks; a source's is
 * its artifact's. Argo CD: `sync.revision(s)` is what was compared last, a branch name while it is not known. That a commit
 * was seen proves no field: the object itself has to be read.
 */
export function progressOf(object: KubeObject): EngineProgress {
  const { status } = asJson(object)
  if (groupOf(object.apiVersion) === ARGO) {
    const looked = Date.parse(textAt(status, 'reconciledAt') ?? '')
    return {
      seen: commits([textAt(status, 'sync', 'revision'), ...textsAt(status, 'sync', 'revisions')]),
      trouble: argoTrouble(status),
      lookedAt: Number.isNaN(looked) ? undefined : looked,
    }
  }
  const revisions =
    groupOf(object.apiVersion) === FLUX_SOURCE
      ? [textAt(status, 'artifact', 'revision')]
      : [textAt(status, 'lastAttemptedRevision'), textAt(status, 'lastAppliedRevision')]
  return { seen: commits(revisions), trouble: fluxTrouble(status), lookedAt: undefined }
}

/** `main@sha1:<40 hex>`, `<40 hex>`; whatever is no commit is left out. */
function commits(revisions: readonly (string | undefined)[]): readonly string[] {
  const found = revisions.flatMap((text) => {
    const [, sha] = /(?:^|:)([0-9a-f]{40}|[0-9a-f]{64})$/.exec(text ?? '') ?? []
    return sha === undefined ? [] : [sha]
  })
  return [...new Set(found)]
}

function fluxTrouble(status: Json | undefined): string | undefined {
  const ready = objectsAt(status, 'conditions').find((each) => textAt(each, 'type') === 'Ready')
  const reason = textAt(ready, 'reason')
  if (textAt(ready, 'status') !== 'False' || reason === undefined || FLUX_WORKING.has(reason))
    return undefined
  return sentence(reason, textAt(ready, 'message'))
}

function argoTrouble(status: Json | undefined): string | undefined {
  const error = objectsAt(status, 'conditions').find((each) => textAt(each, 'type')?.endsWith('Error'))
  if (error !== undefined) return sentence(textAt(error, 'type') ?? 'Error', textAt(error, 'message'))
  const phase = textAt(status, 'operationState', 'phase') ?? ''
  return ARGO_FAILED.has(phase) ? sentence(phase, textAt(status, 'operationState', 'message')) : undefined
}

function sentence(reason: string, message = 'it does not say why'): string {
  const text = message.trim().replace(/\s+/g, ' ')
  return `${reason}: ${text.length > 300 ? `${text.slice(0, 299).toWellFormed()}…` : text}`
}

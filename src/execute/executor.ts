import type { KubeApi } from '#src/cluster/kube-api.ts'
import type { FieldChange } from '#src/domain/change.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { GateVerdict } from '#src/domain/proposal.ts'
import { FIELD_MANAGER } from '#src/domain/remediation.ts'
import { describeTarget, targetOf } from '#src/domain/target.ts'
import { jsonPatchOf, patchOf } from './apply-intent.ts'
import { isSameAsLive, surprises } from './dry-run-check.ts'
import { engineOf } from './engine.ts'
import { formatSteps } from './field-steps.ts'
import { type Intended, refOf, type Written, write } from './guarded-write.ts'
import { type LeafChange, leafChanges, refuseUnwritable } from './leaf-changes.ts'
import { type FieldConflict, ownersOf } from './managed-fields.ts'
import { winnerOver } from './manager-judgement.ts'

/**
 * Makes merged changes live: one write per change set, so a crash leaves it either undone or done, and doing it again
 * finds it done. The target is the object as observed; before anything is written or refused it is read again.
 */
export interface Executor {
  /**
   * What `apply` would do, persisting nothing; a refusal is the verdict. Fields of a GitOps engine count as the
   * engine's to write: the change is then validated by force. Throws what is no answer about the object
   * (ApiUnreachable …), ApplyForbidden and TargetGone.
   */
  dryRun(target: KubeObject, changes: readonly FieldChange[]): Promise<GateVerdict>
  /**
   * Throws OperatorError, having changed nothing: DryRunRefused, ApplyConflict, ApplyForbidden, TargetGone,
   * FieldRefused, LiveDiffersFromGit; ApiConflict when others kept changing the object meanwhile. A target that an
   * engine or a controller claims is an ApplyConflict worth another look, not the end.
   */
  apply(target: KubeObject, changes: readonly FieldChange[]): Promise<Applied>
}

export interface Applied {
  readonly result: 'configured' | 'unchanged'
  /** metadata.generation afterwards. */
  readonly generation: number
}

/** Others may write between our read and our write; so many times it is read again. */
const TRIES = 5

const REFUSALS: ReadonlySet<string> = new Set([
  'DryRunRefused',
  'ApplyConflict',
  'FieldRefused',
  'LiveDiffersFromGit',
])

export function openExecutor(api: KubeApi): Executor {
  return {
    async dryRun(target, changes) {
      try {
        const { live, tested } =
          (await asObserved(api, target, changes)) ??
          (await settled(target, async () =>
            tryOut(api, await readTarget(api, target), changes, 'engines may own'),
          ))
        return verdict('passed', passedSentence(live, tested))
      } catch (error) {
        if (!(error instanceof OperatorError && REFUSALS.has(error.code))) throw error
        return verdict('refused', error.message)
      }
    },
    async apply(target, changes) {
      return settled(target, async () => {
        const outcome = await tryOut(api, await readTarget(api, target), changes, 'engines win')
        if (outcome === 'stale') return 'stale'
        const { live, tested } = outcome
        if (tested === undefined) return { result: 'unchanged', generation: live.metadata.generation ?? 0 }
        const done = await write(api, live, tested, { dryRun: false })
        // Somebody else wrote after the dry run: the next try judges who and what.
        if (done.kind !== 'written') return 'stale'
        return { result: 'configured', generation: done.object.metadata.generation ?? 0 }
      })
    },
  }
}

/** A write that the API server has accepted as a dry run, on exactly the live object it was made for. */
interface Tested extends Intended {
  /** Managers that lose fields by it. */
  readonly from: readonly string[]
}

/** `tested` undefined: the live object already is as it should be. */
interface TriedOut {
  readonly live: KubeObject
  readonly tested: Tested | undefined
}

async function settled<T>(target: KubeObject, attempt: () => Promise<T | 'stale'>): Promise<T> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const outcome = await attempt()
    if (outcome !== 'stale') return outcome
  }
  throw new OperatorError('ApiConflict', `it was changed by others ${TRIES} times while we tried to`, {
    object: describeTarget(targetOf(target)),
  })
}

/**
 * The object may still be as it was observed: the dry run names its resourceVersion, and only then counts. Undefined
 * where it is to be read again first, before anything is held against it.
 */
async function asObserved(
  api: KubeApi,
  observed: KubeObject,
  changes: readonly FieldChange[],
): Promise<TriedOut | undefined> {
  const { resourceVersion, managedFields } = observed.metadata
  if (resourceVersion === undefined || managedFields === undefined) return undefined
  try {
    const outcome = await tryOut(api, observed, changes, 'engines may own')
    return outcome === 'stale' || outcome.tested === undefined ? undefined : outcome
  } catch (error) {
    if (error instanceof OperatorError) return undefined
    throw error
  }
}

async function tryOut(
  api: KubeApi,
  live: KubeObject,
  changes: readonly FieldChange[],
  policy: 'engines win' | 'engines may own',
): Promise<TriedOut | 'stale'> {
  const object = describeTarget(targetOf(live))
  const leaves = leafChanges(live, changes)
  if (leaves.length === 0) return { live, tested: undefined }
  refuseUnwritable(live, leaves)
  const claim = engineOf(live)
  if (policy === 'engines win' && claim !== undefined) {
    throw new OperatorError('ApplyConflict', `not ours to write: ${claim.why}`, { object, retry: 'backoff' })
  }
  const patch = patchOf(live, leaves)
  const operations = jsonPatchOf(live, leaves)
  // A JSON Patch knows no conflicts: its owners are judged here.
  const owned = patch.apply === undefined ? judged(ownersOfLeaves(live, leaves), policy, object) : []
  let force = false
  let from = owned
  let answer: Written = await write(api, live, { patch, operations, force }, { dryRun: true })
  if (answer.kind === 'conflict') {
    from = judged(answer.conflicts, policy, object)
    force = true
    answer = await write(api, live, { patch, operations, force }, { dryRun: true })
  }
  if (answer.kind !== 'written') return 'stale'
  const wrong = surprises(live, leaves, answer.object)
  if (wrong.length > 0) {
    throw new OperatorError('DryRunRefused', `admission would change the change: ${wrong.join('; ')}`, {
      object,
    })
  }
  return { live, tested: isSameAsLive(live, answer.object) ? undefined : { patch, operations, force, from } }
}

async function readTarget(api: KubeApi, target: KubeObject): Promise<KubeObject> {
  const object = describeTarget(targetOf(target))
  const live = await api.get(refOf(target))
  if (live === undefined) throw new OperatorError('TargetGone', 'it was deleted', { object })
  if (live.metadata.uid !== target.metadata.uid) {
    throw new OperatorError('TargetGone', 'it was deleted and made anew since the fault was seen', { object })
  }
  if (live.metadata.deletionTimestamp !== undefined) {
    throw new OperatorError('TargetGone', 'it is being deleted', { object })
  }
  return live
}

function ownersOfLeaves(live: KubeObject, leaves: readonly LeafChange[]): readonly FieldConflict[] {
  return leaves
    .filter(({ before }) => before !== undefined)
    .flatMap(({ steps }) => ownersOf(live, steps).map((owner) => ({ ...owner, field: formatSteps(steps) })))
}

/** The managers that lose a field to Git. Throws ApplyConflict where one of them keeps its own. */
function judged(
  conflicts: readonly FieldConflict[],
  policy: 'engines win' | 'engines may own',
  object: string,
): readonly string[] {
  for (const conflict of conflicts) {
    const winner = winnerOver(conflict)
    if (winner === 'git' || (winner === 'engine' && policy === 'engines may own')) continue
    const by = `${conflict.manager}${conflict.subresource === '' ? '' : ` (subresource ${conflict.subresource})`}`
    throw new OperatorError('ApplyConflict', `the field manager ${by} owns ${conflict.field} and keeps it`, {
      object,
      ...(winner === 'engine' ? { retry: 'backoff' as const } : {}),
    })
  }
  return [...new Set(conflicts.map(({ manager }) => manager))].filter((manager) => manager !== FIELD_MANAGER)
}

function verdict(result: GateVerdict['verdict'], message: string): GateVerdict {
  return { gate: 'dry-run', verdict: result, message }
}

function passedSentence(live: KubeObject, tested: Tested | undefined): string {
  const object = describeTarget(targetOf(live))
  if (tested === undefined) return `${object} already is as the change wants it.`
  const taken = tested.from.length === 0 ? '' : ` It takes fields over from ${tested.from.join(', ')}.`
  return `The API server accepts exactly this change of ${object} (dry run, strict field validation).${taken}`
}

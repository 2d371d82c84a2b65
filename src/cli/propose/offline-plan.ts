import { holdsSecret } from '#src/cluster-reader.ts'
import type { FieldChange } from '#src/domain/change.ts'
import { liveObject } from '#src/domain/cluster-state.ts'
import { asOperatorError, type ErrorCode, OperatorError } from '#src/domain/errors.ts'
import { equalJson, type Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { type GateName, type GateVerdict, type Proposal, refusals } from '#src/domain/proposal.ts'
import { describeRoot, type Root } from '#src/domain/root.ts'
import type { StateFinding } from '#src/domain/state-finding.ts'
import { describeTarget } from '#src/domain/target.ts'
import { SharedSourceError } from '#src/manifests/affected.ts'
import type { FoundObject } from '#src/manifests/checkout/checkout-search.ts'
import type { CheckoutEdit } from '#src/manifests/checkout/open-checkout.ts'
import { checkEdit, checkProposal } from '#src/propose/gates/run-gates.ts'
import { refused } from '#src/propose/gates/verdict.ts'
import type { Judge, ProposeChain } from '#src/propose/propose-chain.ts'
import { SECRET } from '#src/reconcile/judge.ts'
import { assertNotHeld } from './engine-holds.ts'
import { findSource } from './find-source.ts'
import { finerChanges } from './finer-changes.ts'
import { assertLiveIsGit } from './live-in-sync.ts'
import { inNamespace, type OfflineWorld, offlineIncident } from './offline-incident.ts'

/** A gate's word offline: what needs a cluster has none. */
export type OfflineVerdict =
  | GateVerdict
  | { readonly gate: GateName; readonly verdict: 'not run'; readonly message: string }

export type OfflinePlan =
  | {
      readonly kind: 'proposal'
      readonly found: FoundObject
      readonly proposal: Proposal
      readonly verdicts: readonly OfflineVerdict[]
      readonly edit: CheckoutEdit
      /** The diff without what looks secret beside the change. */
      readonly diff: string
    }
  | {
      readonly kind: 'abstained'
      /** The root that renders the target, as far as it was found. */
      readonly root: string | undefined
      readonly code: ErrorCode
      readonly message: string
      readonly remedy: string
    }

const NOT_RUN: OfflineVerdict = {
  gate: 'dry-run',
  verdict: 'not run',
  message: 'There is no cluster to ask: the API server has not seen this change.',
}

const NOBODY_KNOWS = 'Nothing in a manifest is known to end such a fault.'

export interface PlanOptions {
  readonly world: OfflineWorld
  readonly chain: ProposeChain
  /** What renders the objects, where somebody says so. */
  readonly named: readonly Root[]
  /** Other objects that show the same fault: a source that they share may be changed for all of them. */
  readonly together: ReadonlySet<string>
  /** Why nothing but an undone change counts: several objects show that what they refer to is what is missing. */
  readonly shared: string | undefined
}

/**
 * Trace, propose, gates for one finding on one object, without a cluster. Whatever speaks against a proposal is an
 * abstention with its code, a defect of ours too (Internal): the other findings are still looked at.
 */
export async function offlinePlan(finding: StateFinding, options: PlanOptions): Promise<OfflinePlan> {
  let found: FoundObject | undefined
  try {
    const live = liveObject(options.world.state, finding.target)
    if (live === undefined) throw new OperatorError('TargetGone', 'it is not in the state')
    const { world, named } = options
    const { checkout, state } = world
    found = await findSource({ checkout, state, named }, finding.target, live)
    await assertNotHeld(checkout, state, found, finding.target.namespace)
    return await planned(finding, options, live, found)
  } catch (thrown) {
    const error = asOperatorError(thrown)
    const root = found === undefined ? undefined : describeRoot(found.origin.root)
    return { kind: 'abstained', root, code: error.code, message: error.message, remedy: error.remedy }
  }
}

async function planned(
  finding: StateFinding,
  { world, chain, together, shared }: PlanOptions,
  live: KubeObject,
  found: FoundObject,
): Promise<OfflinePlan> {
  const { namespace } = finding.target
  const incident = await offlineIncident(world, finding, found)
  assertLiveIsGit(live, incident.rendered, finding.fields)
  const judge: Judge<CheckoutEdit> = async (proposal) => {
    assertLiveIsGit(
      live,
      incident.rendered,
      proposal.changes.map(({ field }) => field),
    )
    const verdicts: GateVerdict[] = [...checkProposal(incident, proposal)]
    if (shared !== undefined && proposal.grounds.every(({ kind }) => kind !== 'git'))
      verdicts.push(refused('grounding', shared))
    if (await holdsSecret(world.redactor, proposal.changes)) verdicts.push(SECRET)
    if (refusals(verdicts).length > 0) return { accepted: false, verdicts }
    const edit = await editFor(world, found, proposal.changes, together)
    const inPlace = {
      ...edit,
      before: inNamespace(edit.before, namespace),
      after: inNamespace(edit.after, namespace),
    }
    verdicts.push(...checkEdit(incident, proposal, inPlace))
    return refusals(verdicts).length > 0
      ? { accepted: false, verdicts }
      : { accepted: true, verdicts, value: edit }
  }
  const result = await chain.propose(incident, judge)
  if (result.kind === 'abstain') {
    const object = describeTarget(finding.target)
    const message = result.reasons.length > 0 ? result.message : NOBODY_KNOWS
    throw new OperatorError(result.code, message, { object })
  }
  const { proposal, verdicts, value } = result
  const diff = await world.redactor.text(value.diff)
  return { kind: 'proposal', found, proposal, verdicts: [...verdicts, NOT_RUN], edit: value, diff }
}

/** With as little of a list as possible, else all of it. */
async function editFor(
  world: OfflineWorld,
  found: FoundObject,
  changes: readonly FieldChange[],
  together: ReadonlySet<string>,
): Promise<CheckoutEdit> {
  const finer = finerChanges(asJson(found.origin.object), changes)
  try {
    return await editShared(world, found, finer, together)
  } catch (error) {
    const isFinal = !(error instanceof OperatorError) || error.retry !== 'never' || finer.length === 0
    if (isFinal || equalJson(asPlain(finer), asPlain(changes))) throw error
    return editShared(world, found, changes, together)
  }
}

function asPlain(changes: readonly FieldChange[]): readonly Json[] {
  return changes.map((change) => ({ ...change }))
}

/**
 * The target's own place, or one that only objects with the same fault share; else a patch in the target's own overlay.
 */
async function editShared(
  { checkout }: OfflineWorld,
  found: FoundObject,
  changes: readonly FieldChange[],
  together: ReadonlySet<string>,
): Promise<CheckoutEdit> {
  try {
    return await checkout.edit(found, changes, 'refuse')
  } catch (error) {
    if (!(error instanceof SharedSourceError)) throw error
    const isShared = error.affected.every(({ object }) => together.has(object))
    return checkout.edit(found, changes, isShared && error.affected.length > 0 ? 'allow' : 'overlay')
  }
}

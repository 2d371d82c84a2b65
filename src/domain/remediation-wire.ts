import { conditionIn } from './condition.ts'
import { OperatorError } from './errors.ts'
import type { Fault } from './fault.ts'
import { isObject, type JsonObject } from './json.ts'
import { asJson, type KubeObject } from './kube-object.ts'
import {
  API_VERSION,
  type Outcome,
  type Plan,
  type Remediation,
  type RemediationState,
  type SourceEngine,
  type Timeline,
} from './remediation.ts'
import { conditionsOf, factsOf } from './remediation-conditions.ts'
import {
  appliedFact,
  approvalFact,
  fact,
  faultFact,
  holdFact,
  outcomeFact,
  patchFact,
  problemFact,
  proposalFact,
  pullRequestFact,
  sourceFact,
  targetFact,
} from './remediation-facts.ts'
import type { TargetRef } from './target.ts'
import { milliseconds, rfc3339 } from './time.ts'

export const REMEDIATION_KIND = 'Remediation'

/** Characters, as the CRD bounds them: longer text for people is cut, so that a status can always be written. */
const LONGEST = { faultMessage: 2_048, text: 8_192, hint: 1_024, diff: 100_000, engine: 2_048 }
const MOST_HOLDS = 20

export interface RemediationDraft {
  readonly name: string
  readonly target: TargetRef
  readonly fault: Fault
  readonly evidence: JsonObject
  /** Name of the Remediation whose merged change is taken back. */
  readonly reverts?: string
}

/** The object to create. Its status is written afterwards: the API server ignores one in a create. */
export function newRemediation({ name, target, fault, evidence, reverts }: RemediationDraft): KubeObject {
  const { apiVersion, kind, namespace, name: targetName } = target
  return {
    apiVersion: API_VERSION,
    kind: REMEDIATION_KIND,
    metadata: { name, namespace },
    spec: {
      targetRef: { apiVersion, kind, name: targetName },
      fault: { ...fault, message: bounded(fault.message, LONGEST.faultMessage) },
      evidence,
      ...(reverts !== undefined && { reverts }),
      approved: false,
    },
  }
}

/**
 * The Remediation that an object says. Its state comes from the facts in its status, never from `status.phase`; facts
 * that are malformed count as absent. Throws RemediationInvalid when the spec is not one of ours.
 */
export function parseRemediation(object: KubeObject): Remediation {
  const { metadata } = object
  const { spec: rawSpec, status: rawStatus } = asJson(object)
  const spec = isObject(rawSpec) ? rawSpec : {}
  const status = isObject(rawStatus) ? rawStatus : {}
  const namespace = metadata.namespace ?? ''
  const target = fact(targetFact, spec['targetRef'])
  const fault = fact(faultFact, spec['fault'])
  if (target === undefined || fault === undefined) {
    const what = target === undefined ? 'spec.targetRef' : 'spec.fault'
    const about = `Remediation ${namespace}/${metadata.name}`
    throw new OperatorError('RemediationInvalid', `${what} is not one that this version writes`, {
      object: about,
    })
  }
  const attempt = status['attempt']
  const problem = problemIn(status)
  const { reverts } = spec
  return {
    name: metadata.name,
    namespace,
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    target: { ...target, namespace },
    fault,
    evidence: isObject(spec['evidence']) ? spec['evidence'] : {},
    approved: spec['approved'] === true,
    ...(typeof reverts === 'string' && { reverts }),
    attempt: typeof attempt === 'number' && Number.isInteger(attempt) && attempt > 0 ? attempt : 1,
    timeline: timelineIn(status['timeline'], milliseconds(metadata.creationTimestamp) ?? 0),
    state: stateIn(status),
    ...(problem && { problem }),
  }
}

/** What stands in the API server: its conditions' times are kept, and its generation is what was looked at. */
export interface StatusBefore {
  readonly generation?: number | undefined
  readonly conditions?: unknown
}

/** The whole status of a Remediation, `phase` derived last. */
export function statusOf(remediation: Remediation, now: number, before: StatusBefore = {}): JsonObject {
  const { state, timeline, attempt } = remediation
  const { plan, pullRequest, approval, applied } = factsOf(state)
  return {
    ...(before.generation === undefined ? {} : { observedGeneration: before.generation }),
    attempt,
    timeline: Object.fromEntries(
      Object.entries(timeline).map(([name, at]: [string, number]) => [name, new Date(at).toISOString()]),
    ),
    ...(plan && planOnWire(plan)),
    ...(pullRequest && { pullRequest: { ...pullRequest } }),
    ...(approval && { approval: { ...approval } }),
    ...(state.phase === 'Approved' &&
      state.hold && { hold: { ...state.hold, message: bounded(state.hold.message, LONGEST.text) } }),
    ...(applied && { applied: { ...applied } }),
    ...('ended' in state && { outcome: outcomeOnWire(state) }),
    conditions: conditionsOf(remediation, before.conditions, before.generation, now),
    lastUpdateTime: rfc3339(now),
    phase: state.phase,
  }
}

function stateIn(status: JsonObject): RemediationState {
  const plan = planIn(status)
  const pullRequest = fact(pullRequestFact, status['pullRequest'])
  const approval = fact(approvalFact, status['approval'])
  const applied = fact(appliedFact, status['applied'])
  const outcome = fact(outcomeFact, status['outcome'])
  if (outcome) {
    const ended = {
      ...(plan && { plan }),
      ...(pullRequest && { pullRequest }),
      ...(approval && { approval }),
      ...(applied && { applied }),
    }
    const until = outcome.phase === 'Rejected' ? snoozedUntil(status['outcome']) : undefined
    return { ...outcome, ...(until !== undefined && { until }), ended }
  }
  if (!plan) return { phase: 'Diagnosing' }
  if (!pullRequest) return { phase: 'Proposed', plan }
  if (!approval) return { phase: 'ReadyForReview', plan, pullRequest }
  if (applied) {
    const recovered = conditionIn(status['conditions'], 'Recovered')?.['status'] === 'True'
    return { phase: 'Applied', plan, pullRequest, approval, applied, recovered }
  }
  const hold = fact(holdFact, status['hold'])
  return { phase: 'Approved', plan, pullRequest, approval, ...(hold && { hold }) }
}

function planIn(status: JsonObject): Plan | undefined {
  const source = fact(sourceFact, status['source'])
  const onWire = fact(proposalFact, status['proposal'])
  const patch = fact(patchFact, status['proposedPatch'])
  if (!source || !onWire || !patch) return undefined
  const { gates: verdicts, edits, diff, fixKey, branch, previous, faultShape, ...proposal } = onWire
  const where = { fixKey, branch, ...(previous !== undefined && { previous }) }
  const shape = faultShape === undefined ? {} : { faultShape }
  return { source, proposal, edits, diff, verdicts, patch, ...where, ...shape }
}

function planOnWire({
  source: { engine, ...source },
  proposal,
  edits,
  diff,
  verdicts,
  patch,
  fixKey,
  branch,
  previous,
  faultShape,
}: Plan): JsonObject {
  const cut = (text: string) => bounded(text, LONGEST.text)
  return {
    source: { ...source, ...(engine && { engine: engineOnWire(engine) }) },
    proposal: {
      ...proposal,
      summary: cut(proposal.summary),
      rootCause: cut(proposal.rootCause),
      risk: cut(proposal.risk),
      grounds: proposal.grounds.map((ground) => ({ ...ground, evidence: cut(ground.evidence) })),
      gates: verdicts.map((verdict) => ({ ...verdict, message: cut(verdict.message) })),
      edits: edits.map((edit) => ({ ...edit })),
      diff: bounded(diff, LONGEST.diff),
      fixKey,
      branch,
      ...(previous !== undefined && { previous }),
      ...(faultShape !== undefined && { faultShape }),
    },
    proposedPatch: { ...patch },
  }
}

function engineOnWire({ object, confirmed, why, holds }: SourceEngine): JsonObject {
  return {
    object: bounded(object, LONGEST.engine),
    confirmed,
    why: bounded(why, LONGEST.engine),
    holds: holds.slice(0, MOST_HOLDS).map(({ reason, sentence }) => ({
      reason,
      sentence: bounded(sentence, LONGEST.engine),
    })),
  }
}

function outcomeOnWire(state: Outcome): JsonObject {
  const { phase, reason, message } = state
  return {
    phase,
    reason,
    message: bounded(message, LONGEST.text),
    ...('hint' in state && state.hint !== undefined && { hint: bounded(state.hint, LONGEST.hint) }),
    ...(phase === 'Rejected' && state.until !== undefined && { snoozedUntil: rfc3339(state.until) }),
  }
}

function snoozedUntil(outcome: unknown): number | undefined {
  return isObject(outcome) ? milliseconds(outcome['snoozedUntil']) : undefined
}

function problemIn(status: JsonObject): Remediation['problem'] {
  const stalled = conditionIn(status['conditions'], 'Stalled')
  if (stalled?.['status'] !== 'True') return undefined
  return fact(problemFact, { code: stalled['reason'], message: stalled['message'] })
}

function timelineIn(value: unknown, created: number): Timeline {
  const times = isObject(value) ? value : {}
  const at = (name: keyof Timeline) => {
    const time = milliseconds(times[name])
    return time === undefined ? {} : { [name]: time }
  }
  return {
    detected: created,
    ...at('detected'),
    ...at('proposed'),
    ...at('opened'),
    ...at('approved'),
    ...at('applied'),
    ...at('recovered'),
  }
}

function bounded(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1).toWellFormed()}…`
}

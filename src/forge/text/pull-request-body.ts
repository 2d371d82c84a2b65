import { describeChange } from '#src/domain/change.ts'
import { digest } from '#src/domain/digest.ts'
import type { Plan, Remediation } from '#src/domain/remediation.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { targetKey } from '#src/domain/target.ts'
import { rfc3339 } from '#src/domain/time.ts'
import { stateMarker } from '#src/forge/hidden-marker.ts'
import { afterMerge } from './after-merge.ts'
import { type EvidenceExcerpt, excerptOf, plural } from './evidence-excerpt.ts'
import { FAULT_WORDS } from './fault-words.ts'
import { code, fenced, inline } from './markdown.ts'
import { renderMarkdown, type View } from './render.ts'

export interface BodyFacts {
  readonly remediation: Remediation
  readonly plan: Plan
  readonly repository: RepositorySpec
  /** The commit that the body is about, once it was pushed. */
  readonly headSha: string | undefined
  readonly clusterName: string | undefined
}

/** GitHub's limit, in characters. */
const LONGEST_BODY = 65_536
/** What loud parts may take, halved until the whole fits. */
const ROOM = { diff: 24_000, logs: 6_000, message: 1500, changes: 4_000 }
const SHARES = [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16]
const MOST_ITEMS = 12

export function pullRequestBody(template: string, facts: BodyFacts): string {
  for (const share of SHARES) {
    const text = renderMarkdown(template, viewOf(facts, share))
    const body = `${text}\n${stateMarker(stateOf(facts, text))}\n`
    if (body.length <= LONGEST_BODY) return body
  }
  // Only a template of somebody's own comes here.
  const text = renderMarkdown(template, viewOf(facts, 0))
  const state = stateMarker(stateOf(facts, text))
  return `${text.slice(0, LONGEST_BODY - state.length - 4).toWellFormed()}…\n\n${state}\n`
}

/**
 * Hidden, for ourselves: what this text says, for which fix. As long as it stays the same, the text is not written again,
 * and what people added to it stays.
 */
function stateOf({ remediation, plan, headSha }: BodyFacts, text: string): Record<string, string | number> {
  return {
    fixKey: plan.fixKey,
    attempt: remediation.attempt,
    target: targetKey(remediation.target),
    ...(headSha !== undefined && { head: headSha }),
    text: digest(text).slice(0, 16),
  }
}

function viewOf(facts: BodyFacts, share: number): View {
  const { remediation, plan, repository, clusterName } = facts
  const { target, fault } = remediation
  const { proposal } = plan
  const evidence = excerptOf(remediation.evidence, fault.container)
  const room = (part: keyof typeof ROOM) => Math.floor(ROOM[part] * share)
  const changes = proposal.changes.map((change) => describeChange(change)).join('\n')
  return {
    place: placeOf(remediation),
    trouble: FAULT_WORDS[fault.reason],
    reason: code(fault.reason),
    seen: seenOf(remediation, evidence),
    message:
      evidence.message &&
      fenced(evidence.message, { language: 'text', limit: room('message'), more: 'in the Remediation' }),
    facts: factsOf(evidence),
    logs: repository.pullRequest.includeLogs
      ? evidence.logs.map(({ title, text }) => ({
          title,
          text: fenced(lastPart(text, room('logs')), {
            language: 'text',
            limit: room('logs'),
            more: 'in the Remediation',
          }),
        }))
      : [],
    summary: proposal.summary.replace(/\.\s*$/, ''),
    diff: fenced(plan.diff, {
      language: 'diff',
      limit: room('diff'),
      more: 'see the changed files of this branch',
    }),
    changeCount: plural(proposal.changes.length, 'field'),
    kind: target.kind,
    namespace: target.namespace,
    name: target.name,
    changes: fenced(changes, { language: 'text', limit: room('changes'), more: 'in the Remediation' }),
    rootCause: proposal.rootCause,
    grounds: proposal.grounds
      .slice(0, MOST_ITEMS)
      .map(({ field, evidence }) => ({ field: code(field), evidence })),
    risk: proposal.risk,
    proposer: proposerOf(plan),
    gates: plan.verdicts.map(({ gate, verdict, message }) => ({ gate, verdict, message })),
    baseBranch: plan.source.baseBranch,
    engine: engineOf(plan),
    holds: (plan.source.engine?.holds ?? []).slice(0, MOST_ITEMS).map(({ sentence }) => sentence),
    branch: code(plan.branch),
    afterMerge: afterMerge(repository, target),
    reject:
      repository.forge.type === 'git'
        ? 'delete the branch.'
        : 'close this pull request, or delete its branch.',
    cluster: clusterName && code(clusterName),
    attempt: String(remediation.attempt),
    previous: plan.previous,
    remediation: remediation.name,
  }
}

function placeOf({ target, fault }: Remediation): string {
  const object = `**${inline(target.kind)} ${code(`${target.namespace}/${target.name}`)}**`
  const role = fault.role === 'main' ? 'container' : `${fault.role} container`
  return fault.container === '' ? object : `${object}, ${role} ${code(fault.container)}`
}

function seenOf({ timeline }: Remediation, { failingPods }: EvidenceExcerpt): string {
  const pods = failingPods === undefined ? '' : ` on ${plural(failingPods, 'pod')}`
  return `Seen${pods} since ${rfc3339(timeline.detected)}.`
}

function factsOf({ exits, events }: EvidenceExcerpt): readonly string[] {
  const reasons = events.map(({ reason, count }) => `${code(reason, 80)} ×${count}`)
  return [
    ...exits.map((exit) => `The container ${inline(exit)}`),
    ...(reasons.length > 0 ? [`Events: ${reasons.join(', ')}`] : []),
  ]
}

function engineOf({ source: { engine } }: Plan): string | undefined {
  if (engine === undefined) return undefined
  return engine.confirmed
    ? `${engine.object} applies this workload`
    : `Which engine applies this workload is not confirmed: ${engine.why}`
}

function proposerOf({ proposal }: Plan): string {
  const { proposer, model, promptVersion } = proposal
  if (model === undefined) return `${code(proposer)}, without a language model`
  const prompt = promptVersion === undefined ? '' : `, prompt ${code(promptVersion)}`
  return `${code(proposer)} with the language model ${code(model)}${prompt}`
}

/** The end of a log tells more than its beginning. */
function lastPart(text: string, room: number): string {
  if (text.length <= room) return text
  const end = text.slice(text.length - room)
  return `…\n${end.slice(end.indexOf('\n') + 1)}`
}

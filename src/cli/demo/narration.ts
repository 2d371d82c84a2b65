import { describeChange } from '#src/domain/change.ts'
import { isArray, isObject, type JsonObject } from '#src/domain/json.ts'
import type { Applied, Approval, Plan, PullRequestRef, Remediation } from '#src/domain/remediation.ts'
import { describeTarget } from '#src/domain/target.ts'
import { rfc3339 } from '#src/domain/time.ts'
import type { AuditedWrite } from './audit.ts'
import type { Page } from './page.ts'

/** What the person reads at each chapter of the Remediation. */

export function tellFault(page: Page, { target, fault, namespace, name }: Remediation): void {
  page.heading('Fault seen')
  page.say(`${describeTarget(target)}, container ${fault.container}: ${fault.reason}. The kubelet says:`)
  page.quote(fault.message)
  page.say(`Remediation ${namespace}/${name} was created: spec.approved is false.`)
}

export function tellEvidence(page: Page, { evidence, timeline }: Remediation): void {
  const events = listAt(evidence, 'events')
  const pods = isObject(evidence['failingPods']) ? Number(evidence['failingPods']['count']) : 0
  page.heading('Evidence')
  page.say(`Gathered and redacted, ${JSON.stringify(evidence).length} bytes of JSON in spec.evidence:`)
  page.table([
    ['failing pods', String(pods)],
    ['failing since', rfc3339(timeline.detected)],
    ['events', String(events.length)],
    ['logs', logsIn(evidence)],
  ])
  page.say('Revisions of the Deployment, newest first:')
  for (const revision of listAt(evidence, 'revisions')) page.quote(revisionLine(revision))
  const [warning] = events.filter(({ type }) => type === 'Warning')
  if (warning === undefined) return
  page.say(`The latest warning, about ${String(warning['object'])}:`)
  page.quote(`${String(warning['reason'])} x${String(warning['count'])}: ${String(warning['message'])}`)
}

export function tellProposal(page: Page, { proposal, source, edits }: Plan): void {
  page.heading('Proposal')
  page.say(`Root cause: ${proposal.rootCause}`)
  page.say('Change:')
  for (const change of proposal.changes) page.quote(describeChange(change))
  page.say('Grounds:')
  for (const { kind, evidence } of proposal.grounds) page.quote(`${kind}: ${evidence}`)
  page.say(`Risk: ${proposal.risk}`)
  page.say(`Worked out by ${proposal.proposer}${proposal.model ? ` (${proposal.model})` : ''}.`)
  for (const { file, line } of edits) {
    page.say(`Source: ${file}, line ${line}, at ${source.baseBranch} ${source.revision.slice(0, 12)}`)
  }
}

export function tellGates(page: Page, { verdicts }: Plan): void {
  page.heading('Gates')
  page.table(verdicts.map(({ gate, verdict, message }) => [gate, verdict, message]))
}

/** On plain Git the branch is the pull request, and its commit's message is the text; both as the server has them. */
export function tellPullRequest(
  page: Page,
  { url, branch }: PullRequestRef,
  shown: { readonly message: string; readonly diff: string },
): void {
  const [title = '', , ...text] = shown.message.trimEnd().split('\n')
  page.heading('Pull request')
  page.say(`On plain Git, the branch is the pull request: ${url}`)
  page.say(`Title: ${title}`)
  page.say('Text:')
  page.quote(text.join('\n'))
  page.say(`Diff of ${branch} against main:`)
  page.quote(shown.diff)
}

export function tellApproval(page: Page, { mergeCommit, mergedBy, renderedDigest }: Approval): void {
  page.heading('Approved')
  page.say(`The operator found the merge: ${mergeCommit.slice(0, 12)} by ${mergedBy}.`)
  page.say(`It rendered that commit (digest ${renderedDigest.slice(0, 16)}) and set spec.approved to true.`)
}

export function tellDryRunAndApply(page: Page, applied: Applied, writes: readonly AuditedWrite[]): void {
  const dryRuns = writes.filter(({ dryRun }) => dryRun)
  const real = writes.filter(({ dryRun }) => !dryRun)
  page.heading('Dry-run')
  page.say("Every gate ran again on the merged state. Then, as the API server's audit log has it:")
  tellWrites(page, dryRuns)
  page.heading('Apply')
  tellWrites(page, real)
  page.say(`Deployment ${applied.result} by ${applied.by}, generation ${applied.generation}:`)
  for (const change of applied.changes) page.quote(describeChange(change))
}

function tellWrites(page: Page, writes: readonly AuditedWrite[]): void {
  if (writes.length === 0) page.say('(no request: nothing was left to change)')
  for (const { verb, request, status } of writes) page.quote(`${verb.toUpperCase()} ${request} -> ${status}`)
}

function listAt(evidence: JsonObject, key: string): readonly JsonObject[] {
  const list = evidence[key]
  return isArray(list) ? list.filter(isObject) : []
}

function logsIn({ logs }: JsonObject): string {
  if (!isObject(logs)) return 'none'
  const read = ['current', 'previous'].filter((which) => typeof logs[which] === 'string')
  const notes = isArray(logs['notes']) ? logs['notes'].map(String) : []
  return [...read.map((which) => `${which} log: read`), ...notes].join('; ')
}

function revisionLine({ name, revision, available, replicas, images }: JsonObject): string {
  const shown = isObject(images) ? Object.values(images).map(String).join(', ') : ''
  return `${String(name)} (revision ${String(revision)}): ${String(available)} of ${String(replicas)} available, ${shown}`
}

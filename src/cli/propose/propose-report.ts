import type { Edit, Ground } from '#src/domain/proposal.ts'
import { describeRoot } from '#src/domain/root.ts'
import type { EvidenceRef, Severity } from '#src/domain/state-finding.ts'
import { describeTarget, type TargetRef } from '#src/domain/target.ts'
import { rfc3339 } from '#src/domain/time.ts'
import type { Affected } from '#src/manifests/affected.ts'
import type { OfflineResult } from './offline.ts'
import type { OfflineVerdict } from './offline-plan.ts'

/** What `propose --json` prints, as one object. */
export interface ProposeReport {
  /** RFC 3339: the time at which the state was judged. */
  readonly now: string
  readonly findings: readonly FindingReport[]
  /** Files that were changed; empty without --write. */
  readonly written: readonly string[]
}

export interface FindingReport {
  readonly reason: string
  readonly severity: Severity
  readonly target: TargetRef
  /** Empty where the fault is not one of a container. */
  readonly container: string
  readonly sentence: string
  /** What the cluster said about it, without what looks secret. */
  readonly message: string
  readonly evidence: readonly EvidenceRef[]
  /** The root that renders the target, where it was found. */
  readonly root?: string
  readonly proposal?: ProposalReport
  /** Why nothing is proposed. */
  readonly abstention?: { readonly code: string; readonly message: string; readonly remedy: string }
}

export interface ProposalReport {
  readonly proposer: string
  readonly summary: string
  readonly rootCause: string
  readonly risk: string
  readonly grounds: readonly Ground[]
  readonly edits: readonly Edit[]
  readonly diff: string
  readonly gates: readonly OfflineVerdict[]
  /** Other objects that differ. */
  readonly blastRadius: readonly Affected[]
  /** Position in `findings` of the proposal that is this one too. */
  readonly sameAs?: number
}

export async function proposeReport(
  results: readonly OfflineResult[],
  now: number,
  written: readonly string[],
  redact: (text: string) => Promise<string>,
): Promise<ProposeReport> {
  const findings = await Promise.all(results.map((result) => findingReport(result, redact)))
  return { now: rfc3339(now), findings, written }
}

async function findingReport(
  { finding, plan, sameAs }: OfflineResult,
  redact: (text: string) => Promise<string>,
): Promise<FindingReport> {
  const { reason, severity, target, container, sentence } = finding
  const evidence = finding.evidence.map(async (each) => ({ ...each, says: await redact(each.says) }))
  const common = {
    ...{ reason, severity, target, container, sentence },
    message: await redact(finding.message),
    evidence: await Promise.all(evidence),
  }
  if (plan.kind === 'abstained') {
    const { root, code, message, remedy } = plan
    return { ...common, ...(root !== undefined && { root }), abstention: { code, message, remedy } }
  }
  const { found, proposal, verdicts, edit, diff } = plan
  const { proposer, summary, rootCause, risk, grounds } = proposal
  return {
    ...common,
    root: describeRoot(found.origin.root),
    proposal: {
      ...{ proposer, summary, rootCause, risk, grounds, diff },
      edits: edit.edits,
      gates: verdicts,
      blastRadius: edit.radius,
      ...(sameAs !== undefined && { sameAs }),
    },
  }
}

/** The report for people. */
export function proposeText(report: ProposeReport): string {
  if (report.findings.length === 0) return `Nothing is wrong as of ${report.now}.\n`
  const parts = report.findings.map((finding, i) => [
    `${i + 1}. ${describeTarget(finding.target)}: ${finding.reason} (${finding.severity})`,
    `   ${finding.sentence}`,
    ...(finding.message === '' ? [] : [`   The cluster says: ${oneLine(finding.message)}`]),
    ...(finding.abstention === undefined ? [] : abstentionLines(finding.abstention)),
    ...(finding.proposal === undefined ? [] : proposalLines(finding.proposal)),
    '',
  ])
  const proposed = report.findings.filter(({ proposal }) => proposal !== undefined).length
  const end =
    report.written.length > 0
      ? `Written: ${report.written.join(', ')}`
      : proposed > 0
        ? 'Nothing is written; --write changes the checkout.'
        : 'Nothing is proposed.'
  return [...parts.flat(), end, ''].join('\n')
}

function abstentionLines({ code, message, remedy }: NonNullable<FindingReport['abstention']>): string[] {
  return [`   Nothing is proposed (${code}): ${oneLine(message)}`, `   What to do: ${remedy}`]
}

function proposalLines(proposal: ProposalReport): string[] {
  if (proposal.sameAs !== undefined) return [`   The proposal of ${proposal.sameAs + 1}. answers this too.`]
  const radius = proposal.blastRadius.map(({ object, root }) => `   Also changes: ${object} (${root || '.'})`)
  return [
    `   Root cause: ${oneLine(proposal.rootCause)}`,
    `   Proposal (${proposal.proposer}): ${oneLine(proposal.summary)}`,
    ...proposal.grounds.map(({ evidence }) => `   Because: ${oneLine(evidence)}`),
    `   Risk: ${oneLine(proposal.risk)}`,
    ...proposal.edits.map(({ file, line, field }) => `   ${file}:${line}  ${field}`),
    ...radius,
    ...proposal.gates.map(({ gate, verdict, message }) => `   Gate ${gate}: ${verdict}. ${oneLine(message)}`),
    '',
    proposal.diff.trimEnd(),
  ]
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

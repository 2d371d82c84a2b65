import { describeChange, type FieldChange } from '#src/domain/change.ts'
import { type GateVerdict, refusals } from '#src/domain/proposal.ts'
import type { Remediation } from '#src/domain/remediation.ts'
import { describeTarget } from '#src/domain/target.ts'
import { CHECK_NAMES, type CheckName, type CheckReport } from '#src/forge/checks.ts'
import { plural } from './evidence-excerpt.ts'
import { fenced, inline } from './markdown.ts'
import { neutral } from './neutral.ts'
import { oneLine } from './visible.ts'

/** What the gates say of one head of a pull request. */
export interface HeadVerdict {
  readonly verdicts: readonly GateVerdict[]
  /** What it changes on the target, as rendered. */
  readonly changes: readonly FieldChange[]
  /** People changed what we pushed. */
  readonly edited: boolean
}

const LONGEST_TITLE = 140
const LONGEST_CHANGES = 8_000

export const NOT_OURS: readonly CheckReport[] = CHECK_NAMES.map((name) => ({
  name,
  conclusion: 'neutral',
  title: 'Not a pull request of aiops-operator: nothing to check',
  details: 'This check judges the pull requests that aiops-operator opens, and lets all others pass.',
}))

/** `aiops-operator/diff`: every gate that needs no cluster. `aiops-operator/dry-run`: the API server's own word. */
export function checkReports({ target }: Remediation, verdict: HeadVerdict): readonly CheckReport[] {
  const { verdicts, changes, edited } = verdict
  const dryRun = verdicts.filter(({ gate }) => gate === 'dry-run')
  const others = verdicts.filter(({ gate }) => gate !== 'dry-run')
  const what = `${plural(changes.length, 'field')} of ${describeTarget(target)} ${changes.length === 1 ? 'changes' : 'change'}`
  const whose = edited ? ', as edited on the branch' : ', and nothing else'
  const details = [
    `**${inline(describeTarget(target))}**`,
    ['| Gate | Verdict | |', '|---|---|---|', ...verdicts.map(row)].join('\n'),
    fenced(changes.map((change) => describeChange(change)).join('\n'), {
      language: 'text',
      limit: LONGEST_CHANGES,
      more: 'see the changed files of this branch',
    }),
  ].join('\n\n')
  return [
    report('aiops-operator/diff', others, what + whose, details),
    report('aiops-operator/dry-run', dryRun, dryRun[0]?.message ?? 'There was nothing to try', details),
  ]
}

/** One report per name for a pull request that serves several workloads: it is as good as its worst. */
export function joinedReports(all: readonly (readonly CheckReport[])[]): readonly CheckReport[] {
  const rank = { failure: 0, success: 1, neutral: 2 } as const
  return CHECK_NAMES.flatMap((name): readonly CheckReport[] => {
    const mine = all.flatMap((reports) => reports.filter((each) => each.name === name))
    const [worst] = mine.toSorted((a, b) => rank[a.conclusion] - rank[b.conclusion])
    return worst === undefined ? [] : [{ ...worst, details: mine.map(({ details }) => details).join('\n\n') }]
  })
}

function report(
  name: CheckName,
  verdicts: readonly GateVerdict[],
  passed: string,
  details: string,
): CheckReport {
  const [refused] = refusals(verdicts)
  const conclusion = refused ? 'failure' : verdicts.length === 0 ? 'neutral' : 'success'
  const title = refused ? `${refused.gate}: ${refused.message}` : passed
  return { name, conclusion, title: neutral(oneLine(title, LONGEST_TITLE)), details }
}

function row({ gate, verdict, message }: GateVerdict): string {
  return `| ${inline(gate)} | ${inline(verdict)} | ${inline(message)} |`
}

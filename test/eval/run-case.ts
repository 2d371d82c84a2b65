import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { proposeFromFiles } from '#src/cli/propose/propose.ts'
import type { ProposeReport } from '#src/cli/propose/propose-report.ts'
import { newestTime, readStateFiles } from '#src/cli/propose/state-files.ts'
import type { Shell } from '#src/cli/shell.ts'
import type { ProposeChain } from '#src/propose/propose-chain.ts'
import { buildRepository } from './build-repository.ts'
import { type EvalCase, readCase } from './case-folder.ts'
import { readExpectation } from './expectation.ts'
import { judge, type Verdict } from './judge.ts'
import type { Tools } from './judge-renders.ts'

export interface CaseResult {
  readonly name: string
  readonly title: string
  readonly fault: string
  readonly tags: readonly string[]
  readonly outcome: 'fix' | 'abstain'
  readonly verdict: Verdict | 'broken case'
  readonly why: string
  /** `code: sentence` of every finding without a proposal. */
  readonly abstentions: readonly string[]
  readonly findings: readonly string[]
  readonly proposals: readonly {
    readonly proposer: string
    readonly summary: string
    readonly diff: string
  }[]
  /** Of the proposing alone, in milliseconds. */
  readonly time: number
  /** What language models counted. */
  readonly tokens: number
}

export interface RunOptions {
  readonly top: string
  readonly chain: ProposeChain
  /** All tokens so far. */
  readonly tokens: () => number
  readonly shell: Pick<Shell, 'env' | 'stderr'>
  readonly tools: Tools
}

/** Builds a case's repository, lets the pipeline propose in it, and only then lets the judge look. */
export async function runCase(folder: string, options: RunOptions): Promise<CaseResult> {
  const work = await mkdtemp(join(tmpdir(), 'aiops-operator-eval-'))
  try {
    const it = await readCase(folder, options.top)
    const trees = await buildRepository(it.commits, work, await timeOf(it))
    const started = performance.now()
    const tokensBefore = options.tokens()
    const report = await proposed(it, trees.checkout, options)
    const time = Math.round(performance.now() - started)
    const tokens = options.tokens() - tokensBefore
    const expected = await readExpectation(join(folder, 'expect.yaml'))
    const proposals = report.findings.flatMap(({ proposal }) => proposal ?? [])
    const place = { before: trees.before, after: trees.checkout }
    const judged = await judge(expected, proposals.length, place, options.tools)
    const { name, title, fault, tags } = it
    return {
      ...{ name, title, fault, tags, time, tokens, outcome: expected.outcome, ...judged },
      findings: report.findings.map(({ reason, sentence }) => `${reason}: ${sentence}`),
      abstentions: report.findings.flatMap(({ abstention }) =>
        abstention === undefined ? [] : [`${abstention.code}: ${abstention.message}`],
      ),
      proposals: proposals.map(({ proposer, summary, diff }) => ({ proposer, summary, diff })),
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

function proposed(it: EvalCase, repo: string, { chain, shell }: RunOptions): Promise<ProposeReport> {
  const { state, logs, settings, now } = it
  return proposeFromFiles(
    { state: [state], repo, logs, roots: [], now, config: settings, write: true },
    chain,
    shell,
  )
}

async function timeOf({ now, state }: EvalCase): Promise<number> {
  const told = now === undefined ? newestTime(await readStateFiles([state])) : Date.parse(now)
  if (told === undefined || Number.isNaN(told))
    throw new Error('neither case.yaml nor state.yaml tells a time')
  return told
}

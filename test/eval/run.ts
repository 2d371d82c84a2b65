import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { openChain } from '#src/cli/propose/offline-chain.ts'
import { findServer } from '#src/embedded/provision.ts'
import { findCases } from './case-folder.ts'
import { startDryRunServer } from './dry-run.ts'
import { FirstAnswers, firstAnswersText } from './first-answers.ts'
import { type CaseResult, runCase } from './run-case.ts'
import { scoreOf, scoreTable } from './score.ts'

const USAGE = `npm run eval -- CASES_DIR [--out FILE] [--proposers LIST | --model PROVIDER:NAME]
                             [--only TEXT] [--limit N] [--verbose]

Runs every folder below CASES_DIR that holds a case.yaml (docs/eval-cases.md) and prints a table.
Exit codes: 0 nothing is wrong (what was missed is no failure), 1 a proposal was wrong or a case could not be run,
2 the command line is wrong.
`

/** `npm run eval`. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      proposers: { type: 'string' },
      model: { type: 'string' },
      only: { type: 'string' },
      limit: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  })
  const [top, ...more] = positionals
  if (top === undefined || more.length > 0) {
    process.stderr.write(USAGE)
    return 2
  }
  const wanted = (await findCases(top)).filter((folder) => folder.includes(values.only ?? ''))
  const folders = values.limit === undefined ? wanted : spread(wanted, Number(values.limit))
  if (folders.length === 0) {
    process.stderr.write(`no case.yaml below ${top}\n`)
    return 2
  }
  const shell = { env: process.env, stderr: process.stderr }
  const progress = (text: string) => void process.stderr.write(`${text}\n`)
  const tools = {
    kustomize: () => findServer('kustomize', { progress }),
    helm: () => findServer('helm', { progress }),
  }
  const asked = askedModel(values.proposers, values.model)
  const server = asked.model ? await startDryRunServer(progress) : undefined
  const first = server && new FirstAnswers(server)
  let used = 0
  const chain = await openChain(asked.proposers, shell, {
    flags: asked.flags,
    observe: (sample) => {
      first?.observe(sample)
      used += (sample.tokens?.prompt ?? 0) + (sample.tokens?.answer ?? 0)
    },
    ...(server && { types: server.types }),
    ...(first && { around: (proposer) => first.around(proposer) }),
  })
  const options = { top, chain, tokens: () => used, shell, tools }
  const results: CaseResult[] = []
  try {
    for (const folder of folders) {
      const result = await runCase(folder, options).catch((error: unknown) => broken(folder, error))
      results.push(result)
      print(result, values.verbose)
      for (const line of first?.news() ?? []) process.stdout.write(`    ${line}\n`)
    }
  } finally {
    await server?.stop()
  }
  const score = scoreOf(results)
  process.stdout.write(`\n${scoreTable(results)}\n`)
  process.stdout.write(
    `fixed ${score.fixed}/${score.fixCases}, wrong ${score.wrong}, right to abstain ${score.rightToAbstain}/${score.abstainCases}` +
      `${score.broken > 0 ? `, broken cases ${score.broken}` : ''}\n`,
  )
  if (first !== undefined) {
    process.stdout.write(`${firstAnswersText(first.all)}\n`)
  }
  if (values.out !== undefined) {
    const all = { score, cases: results, ...(first && { firstAnswers: first.all }) }
    await writeFile(values.out, `${JSON.stringify(all, null, 2)}\n`)
  }
  return score.wrong + score.broken > 0 ? 1 : 0
}

/** `--model ollama:NAME` asks that model alone; `--proposers` says who is asked, with the models of the environment. */
function askedModel(proposers = 'playbooks', model?: string) {
  const [, provider, name] = /^(\w+):(.+)$/.exec(model ?? '') ?? []
  if (provider !== undefined && name !== undefined)
    return { proposers: provider, model: true, flags: { [`${provider}-model`]: name } }
  return { proposers, model: /ollama|openai|claude/.test(proposers), flags: {} }
}

/** So many of them, evenly spread: neighbours in the corpus are alike. */
function spread<T>(all: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, all.length / most)
  return all.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step) || i === 0).slice(0, most)
}

function broken(folder: string, error: unknown): CaseResult {
  const why = error instanceof Error ? error.message : String(error)
  const nothing = { abstentions: [], findings: [], proposals: [], time: 0, tokens: 0, tags: [] }
  return { name: folder, title: '', fault: '?', outcome: 'fix', verdict: 'broken case', why, ...nothing }
}

function print(result: CaseResult, verbose: boolean): void {
  const { verdict, name, why, abstentions, findings, proposals } = result
  const tell = (text: string) => void process.stdout.write(`${text}\n`)
  tell(`${verdict.padEnd(16)}  ${name}${why === '' ? '' : `: ${why}`}`)
  const shown = verbose || verdict === 'wrong' || verdict === 'missed'
  if (!shown) return
  if (findings.length === 0) tell('    no fault was found')
  for (const finding of findings) tell(`    found     ${finding}`)
  for (const { proposer, summary } of proposals) tell(`    proposed  ${proposer}: ${summary}`)
  for (const abstention of abstentions) tell(`    abstained ${abstention}`)
  if (verbose || verdict === 'wrong') for (const { diff } of proposals) tell(diff)
}

process.exitCode = await main()

import type { CaseResult } from './run-case.ts'

export interface Score {
  readonly cases: number
  readonly fixCases: number
  readonly fixed: number
  readonly wrong: number
  /** Without any proposal, rightly or not. */
  readonly abstained: number
  readonly missed: number
  readonly abstainCases: number
  readonly rightToAbstain: number
  readonly broken: number
  /** Milliseconds spent on proposing. */
  readonly time: number
  readonly tokens: number
}

export function scoreOf(results: readonly CaseResult[]): Score {
  const count = (test: (result: CaseResult) => boolean) => results.filter(test).length
  return {
    cases: results.length,
    fixCases: count(({ outcome }) => outcome === 'fix'),
    fixed: count(({ verdict }) => verdict === 'fixed'),
    wrong: count(({ verdict }) => verdict === 'wrong'),
    abstained: count(({ verdict }) => verdict === 'missed' || verdict === 'right to abstain'),
    missed: count(({ verdict }) => verdict === 'missed'),
    abstainCases: count(({ outcome }) => outcome === 'abstain'),
    rightToAbstain: count(({ verdict }) => verdict === 'right to abstain'),
    broken: count(({ verdict }) => verdict === 'broken case'),
    time: results.reduce((sum, { time }) => sum + time, 0),
    tokens: results.reduce((sum, { tokens }) => sum + tokens, 0),
  }
}

const COLUMNS = [
  'fault',
  'cases',
  'fixed',
  'wrong',
  'abstained',
  'missed',
  'right to abstain',
  'ms/case',
  'tokens',
] as const

/** One row per fault, and all of them together. */
export function scoreTable(results: readonly CaseResult[]): string {
  const faults = [...new Set(results.map(({ fault }) => fault))].sort()
  const row = (name: string, score: Score) => [
    name,
    String(score.cases),
    of(score.fixed, score.fixCases),
    String(score.wrong),
    String(score.abstained),
    String(score.missed),
    of(score.rightToAbstain, score.abstainCases),
    String(Math.round(score.time / Math.max(1, score.cases))),
    String(score.tokens),
  ]
  const rows = faults.map((fault) => row(fault, scoreOf(results.filter((each) => each.fault === fault))))
  const table = [[...COLUMNS], ...rows, row('all', scoreOf(results))]
  const widths = COLUMNS.map((_, i) => Math.max(...table.map((cells) => (cells[i] ?? '').length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  return `${table.map(line).join('\n')}\n`
}

function of(part: number, whole: number): string {
  return whole === 0 ? '-' : `${part}/${whole}`
}

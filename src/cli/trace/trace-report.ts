import type { Json } from '#src/domain/json.ts'
import { describeTarget, type TargetRef } from '#src/domain/target.ts'
import type { Affected } from '#src/manifests/affected.ts'
import type { ChainLink } from '#src/manifests/kustomize/kustomize-chain.ts'

/** What `trace --json` prints, as one object. */
export interface TraceReport {
  readonly target: TargetRef
  /** The remote's URL without credentials, or the checkout's folder. */
  readonly repository: string
  /** The commit, or `working tree` where there is none. */
  readonly revision: string
  /** The innermost engine's object as far as the checkout tells, else `unknown`. */
  readonly engine: string
  /** Only with a cluster: whether that engine's live object lists the object, and why that is believed or not. */
  readonly confirmed?: boolean
  readonly why?: string
  /** Why a merge would not, or not at once, arrive: suspended, pinned, synced by hand … */
  readonly holds: readonly { readonly reason: string; readonly sentence: string }[]
  readonly root: string
  readonly field: string
  /** Absent for the data of a Secret. */
  readonly value: Json | undefined
  readonly file: string
  readonly line: number
  readonly chain: readonly ChainLink[]
  /** Other objects that the same line feeds. */
  readonly feeds: readonly Affected[]
}

function engineText({ engine, confirmed, why }: TraceReport): string {
  return why === undefined ? engine : `${engine} (${confirmed ? 'confirmed' : 'not confirmed'}: ${why})`
}

/** The report for people. */
export function traceText(report: TraceReport): string {
  const rows: readonly (readonly [string, string])[] = [
    ['object', describeTarget(report.target)],
    ['field', `${report.field} = ${report.value === undefined ? '(secret)' : JSON.stringify(report.value)}`],
    ['repository', report.repository],
    ['revision', report.revision],
    ['engine', engineText(report)],
    ['root', report.root],
    ['file', `${report.file}:${report.line}`],
    [
      'chain',
      report.chain.map(({ what, path }) => (what === 'engine' ? path : `${what} ${path}`)).join(' -> '),
    ],
    ...report.holds.map(({ reason, sentence }) => ['holds', `${reason}: ${sentence}`] as const),
    ...report.feeds.map(
      ({ object, root, fields }) =>
        ['also feeds', `${object} (${root || '.'}): ${fields.join(', ')}`] as const,
    ),
  ]
  return rows.map(([name, text]) => `${name.padEnd(12)}${text}\n`).join('')
}

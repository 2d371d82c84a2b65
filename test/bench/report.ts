import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import type { Comparison, Measured } from './measurement.ts'
import { percentile } from './percentile.ts'

/** What the figures depend on, and no more: nothing that names a machine. */
export function machine(): Readonly<Record<string, string | number>> {
  return {
    processors: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    load: loadavg()
      .map((each) => each.toFixed(1))
      .join(' '),
    node: process.version,
    git: execFileSync('git', ['--version'], { encoding: 'utf8' }).trim().replace('git version ', ''),
  }
}

export function summary({ what, floor, product }: Comparison) {
  const at = (percent: number) => {
    const [least, ours] = [percentile(floor, percent), percentile(product, percent)]
    return { floor: Math.round(least), product: Math.round(ours), ratio: Number((ours / least).toFixed(2)) }
  }
  return { what, times: { floor: floor.length, product: product.length }, p50: at(50), p95: at(95) }
}

/** The whole result as text in a fixed width. */
export function table(measured: Measured): string {
  const head = ['', 'n', 'floor p50', 'p95', 'product p50', 'p95', 'ratio p50', 'p95']
  const rows = measured.comparisons
    .map(summary)
    .map(({ what, times, p50, p95 }) => [
      what,
      String(times.product),
      ...[`${p50.floor} ms`, `${p95.floor} ms`, `${p50.product} ms`, `${p95.product} ms`],
      ...[`${p50.ratio.toFixed(2)}×`, `${p95.ratio.toFixed(2)}×`],
    ])
  const efforts = measured.efforts.map(({ what, floor, product }) => [what, String(floor), String(product)])
  const facts = Object.entries({ ...measured.settings, ...machine() }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return [
    columns([head, ...rows]),
    columns([['median of one', 'floor', 'product'], ...efforts]),
    ...(measured.timeline.length > 0 ? [measured.timeline.join('\n')] : []),
    facts.join('\n'),
  ].join('\n\n')
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

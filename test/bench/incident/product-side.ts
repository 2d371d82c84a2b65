import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RemediationStore } from '#src/cluster/remediation-store.ts'
import { parseConfig } from '#src/config/config.ts'
import type { Remediation } from '#src/domain/remediation.ts'
import { startOperator } from '#src/operator.ts'
import type { Log, LogFields } from '#src/runtime/log.ts'
import type { Batch, Side } from './batch.ts'
import { Moments } from './moments.ts'
import { eventually, type Shop } from './shop.ts'

export interface ProductOptions {
  readonly shop: Shop
  readonly store: RemediationStore
  readonly kubeconfig: string
  readonly kustomize: string
  readonly concurrency: number
  /** Warnings of the operator. */
  readonly progress: (line: string) => void
}

export interface ProductSide extends Side {
  /** The Remediation of a workload as it was last seen in a phase. */
  seen(name: string, phase: string): Remediation
}

export const SETTLE = 500

/** The whole operator in this process, as `run` starts it; it never polls, people's merges are hinted at. */
export async function openProduct(options: ProductOptions): Promise<ProductSide> {
  const { shop, store } = options
  const stateDir = await mkdtemp(join(tmpdir(), 'aiops-operator-bench-'))
  const moments = new Moments()
  const remediations = new Map<string, Remediation>()
  const operator = await startOperator({
    config: configuration(options, stateDir),
    log: listening(moments, options.progress),
    env: process.env,
    recheckMs: 500,
    observer: {
      stateChanged(_, next) {
        const { phase } = next.state
        const reached = next.state.phase === 'Applied' && next.state.recovered ? 'Recovered' : phase
        remediations.set(`${next.target.name} ${reached}`, next)
        moments.note(`${next.target.name} ${reached}`)
        if ('ended' in next.state) options.progress(`${next.name}: ${phase}, ${next.state.message}`)
      },
    },
  })
  await operator.synced
  const seen = (name: string, phase: string) => {
    const found = remediations.get(`${name} ${phase}`)
    if (found === undefined) throw new Error(`${name} was never ${phase}`)
    return found
  }
  return {
    seen,
    async run(names) {
      const all = (what: string) => Promise.all(names.map((name) => moments.at(`${name} ${what}`)))
      await shop.breakThem(names)
      const settled = await all('settled')
      const opened = await all('ReadyForReview')
      // People take longer to review than the operator to look at what it wrote itself.
      await eventually('rest', () => isIdle(operator.ports.http))
      await shop.merge(names.map((name) => branchOf(seen(name, 'ReadyForReview'))))
      const merged = performance.now()
      await Promise.all(
        names.map((name) => store.hint(shop.namespace, seen(name, 'ReadyForReview').name, 'merged')),
      )
      const applied = await all('Applied')
      await all('Recovered')
      return batchOf(settled, opened, merged, applied)
    },
    async close() {
      await operator.stop()
      await rm(stateDir, { recursive: true, force: true })
    },
  }
}

function batchOf(
  settled: readonly number[],
  opened: readonly number[],
  merged: number,
  applied: readonly number[],
): Batch {
  return {
    opened: opened.map((at, i) => at - (settled[i] ?? Number.NaN)),
    applied: applied.map((at) => at - merged),
    openSpan: [Math.min(...settled), Math.max(...opened)],
    applySpan: [merged, Math.max(...applied)],
  }
}

/** Nothing in the work queues but what waits for its time. */
async function isIdle(port: number): Promise<boolean> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const depth = (state: string) => new RegExp(`workqueue_depth{state="${state}"} (\\d+)`).exec(text)?.[1]
  return depth('waiting') === '0' && depth('working') === '0'
}

export function branchOf({ state }: Remediation): string {
  if (!('plan' in state)) throw new Error('no plan')
  return state.plan.branch
}

/** The end of a settle time is known to the log alone. */
function listening(moments: Moments, progress: (line: string) => void): Log {
  const show = (message: string, fields?: LogFields) => progress(`${message} ${JSON.stringify(fields ?? {})}`)
  const log: Log = {
    debug(message, fields) {
      if (fields?.['code'] !== undefined) show(message, fields)
      if (message === 'fault settled') moments.note(`${String(fields?.['pod']).replace(/-.*/, '')} settled`)
    },
    info: () => undefined,
    warn: show,
    error: show,
    with: () => log,
  }
  return log
}

function configuration({ shop, kubeconfig, kustomize, concurrency }: ProductOptions, stateDir: string) {
  const { namespace, url } = shop
  const repository = {
    name: 'shop',
    url,
    branch: 'main',
    forge: { type: 'git', allowUnreviewed: true },
    paths: [{ path: 'apps', namespace }],
    namespaces: [namespace],
  }
  const settings = {
    kubeconfig,
    stateDir,
    concurrency,
    settle: `${SETTLE}ms`,
    settleRecovered: '500ms',
    pollInterval: '10m',
    proposers: ['playbooks'],
    watch: { namespaces: [namespace] },
    http: { listen: '127.0.0.1:0' },
    renderer: { kustomize },
    repositories: [repository],
  }
  const parsed = parseConfig({ file: JSON.stringify(settings) })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 2))
  return parsed.config
}

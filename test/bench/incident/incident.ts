import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectToCluster } from '#src/cluster/connect.ts'
import { RemediationStore } from '#src/cluster/remediation-store.ts'
import { startControlPlane } from '#src/embedded/control-plane.ts'
import { serveGit } from '#src/embedded/git-server.ts'
import { findServer } from '#src/embedded/provision.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { applyCrds } from '../../servers/crds.ts'
import { type ActivityKind, type Recorder, recordActivity, timelineOf } from '../activity.ts'
import type { BenchOptions, Measured, Measurement } from '../measurement.ts'
import { percentile } from '../percentile.ts'
import type { Batch, Side } from './batch.ts'
import { openFloor } from './floor-side.ts'
import { openProduct, SETTLE } from './product-side.ts'
import { openShop } from './shop.ts'

export const incident: Measurement = {
  name: 'incident',
  about:
    'end of settle → pull request opened, and merge → applied, beside the git commands and API calls alone',
  measure,
}

const WARM_UP = 'w000'

type Cleanup = () => Promise<unknown>

async function measure(options: BenchOptions): Promise<Measured> {
  const cleanups: Cleanup[] = []
  const after = (cleanup: Cleanup) => cleanups.unshift(cleanup)
  try {
    return await measureOn(options, after)
  } finally {
    for (const cleanup of cleanups) await cleanup().catch((error: unknown) => options.progress(String(error)))
  }
}

async function measureOn(options: BenchOptions, after: (cleanup: Cleanup) => void): Promise<Measured> {
  const { repeats, atOnce, progress } = options
  const batches = inBatches(names(repeats, 1), 1)
  const concurrent = atOnce > 1 ? inBatches(names(repeats, repeats + 1), atOnce) : []
  const all = [WARM_UP, ...batches.flat(), ...concurrent.flat()]
  const { product, floor } = await openSides(options, all, after)
  const recorder = recordActivity()
  after(async () => recorder.stop())
  progress(`${batches.length} incidents one after another`)
  const single = await alternately(product, floor, batches)
  progress(`${concurrent.flat().length} incidents, ${atOnce} at once`)
  const several = await alternately(product, floor, concurrent)
  return {
    settings: {
      incidents: repeats,
      'at once': atOnce,
      workloads: all.length,
      'settle ms': SETTLE,
      poll: 'never',
    },
    comparisons: [
      compared('settled → opened', single, ({ opened }) => opened),
      compared('merged → applied', single, ({ applied }) => applied),
      ...(concurrent.length === 0
        ? []
        : [
            compared(`settled → opened, ${atOnce} at once`, several, ({ opened }) => opened),
            compared(`merged → applied, ${atOnce} at once`, several, ({ applied }) => applied),
          ]),
    ],
    efforts: [
      ...effortOf('open', recorder, single, ({ openSpan }) => openSpan),
      ...effortOf('apply', recorder, single, ({ applySpan }) => applySpan),
    ],
    timeline: options.timeline
      ? [single.product.at(-1), several.product.at(-1)].flatMap((batch) => timelines(recorder, batch))
      : [],
  }
}

/** Servers, both shops, and one incident through each side before anything is measured. */
async function openSides(
  { atOnce, progress }: BenchOptions,
  all: readonly string[],
  after: (cleanup: Cleanup) => void,
) {
  const plane = await startControlPlane({ progress })
  after(() => plane.stop())
  await applyCrds(plane)
  const root = await mkdtemp(join(tmpdir(), 'aiops-operator-git-'))
  const git = await serveGit({ root })
  after(async () => {
    await git.close()
    await rm(root, { recursive: true, force: true })
  })
  const cluster = connectToCluster({ kubeconfig: plane.kubeconfig }, systemClock)
  after(() => cluster.close())
  progress(`${2 * all.length} workloads`)
  const ours = await openShop(cluster.api, git, 'bench-product', all)
  after(() => ours.close())
  const least = await openShop(cluster.api, git, 'bench-floor', all)
  after(() => least.close())
  const product = await openProduct({
    shop: ours,
    store: new RemediationStore(cluster.api, systemClock),
    kubeconfig: plane.kubeconfig,
    kustomize: await findServer('kustomize', { progress }),
    concurrency: Math.max(4, atOnce),
    progress,
  })
  after(() => product.close())
  await product.run([WARM_UP])
  const model = {
    review: product.seen(WARM_UP, 'ReadyForReview'),
    applied: product.seen(WARM_UP, 'Recovered'),
  }
  const floor = await openFloor(least, cluster.api, atOnce, model)
  after(() => floor.close())
  await floor.run([WARM_UP])
  return { product, floor }
}

interface Both {
  readonly floor: readonly Batch[]
  readonly product: readonly Batch[]
}

/** A B, B A, A B …: what the machine does besides hits both, and neither always comes first. */
async function alternately(
  product: Side,
  floor: Side,
  batches: readonly (readonly string[])[],
): Promise<Both> {
  const done = { floor: [] as Batch[], product: [] as Batch[] }
  for (const [i, batch] of batches.entries()) {
    const order = i % 2 === 0 ? (['floor', 'product'] as const) : (['product', 'floor'] as const)
    for (const side of order) done[side].push(await { floor, product }[side].run(batch))
  }
  return done
}

function compared(what: string, { floor, product }: Both, times: (batch: Batch) => readonly number[]) {
  return { what, floor: floor.flatMap(times), product: product.flatMap(times) }
}

const KINDS: readonly ActivityKind[] = [
  'git process',
  'other process',
  'request to the Git server',
  'request to the API server',
]

function effortOf(
  what: string,
  recorder: Recorder,
  { floor, product }: Both,
  spanOf: (batch: Batch) => readonly [number, number],
) {
  const counts = (batches: readonly Batch[], kind: ActivityKind) =>
    percentile(
      batches.map((batch) => recorder.between(...spanOf(batch)).filter((each) => each.kind === kind).length),
      50,
    )
  return KINDS.map((kind) => ({
    what: `${what}: ${kind}`,
    floor: counts(floor, kind),
    product: counts(product, kind),
  })).filter((each) => each.floor + each.product > 0)
}

function timelines(recorder: Recorder, last: Batch | undefined): readonly string[] {
  if (last === undefined) return []
  const { openSpan, applySpan } = last
  return [
    'settled → opened, the last of the product',
    ...timelineOf(recorder.between(...openSpan), openSpan[0]),
    'merged → applied, the last of the product',
    ...timelineOf(recorder.between(...applySpan), applySpan[0]),
  ]
}

function names(count: number, first: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `w${String(first + i).padStart(3, '0')}`)
}

function inBatches(list: readonly string[], size: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))
}

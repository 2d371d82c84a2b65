import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { FieldChange } from '#src/domain/change.ts'
import type { TargetRef } from '#src/domain/target.ts'
import { serveGit } from '#src/embedded/git-server.ts'
import { findServer } from '#src/embedded/provision.ts'
import type { Manifests } from '#src/manifests/manifests.ts'
import { type Checkout, openCheckout } from '#src/manifests/open-checkout.ts'
import { openManifests } from '#src/manifests/open-manifests.ts'
import { recordActivity, timelineOf } from './activity.ts'
import type { BenchOptions, Measured, Measurement } from './measurement.ts'
import { percentile } from './percentile.ts'
import { LARGE, writeTree } from './repository-tree.ts'

export const repository: Measurement = {
  name: 'repository',
  about:
    'trace, edit and proof in 10,000 manifests and 500 kustomizations, beside kustomize builds of the same root',
  measure,
}

const FIELD: FieldChange = {
  op: 'set',
  field: 'spec.template.spec.containers[name=app].resources.limits.memory',
  value: '512Mi',
}
/** Objects of an overlay's own and of its base, in their order. */
const OWN = 0
const ANOTHER = 3

function overlayTarget(app: number, i: number): TargetRef {
  const name = `app${app}-prod-${i}`
  return { apiVersion: 'apps/v1', kind: 'Deployment', namespace: `app${app}-prod`, name }
}

interface Timed {
  readonly ms: number
  readonly renders: number
  readonly gits: number
}

type Timer = <T>(what: string, work: () => Promise<T>) => Promise<T>

async function measure(options: BenchOptions): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-bench-'))
  const server = await serveGit({ root: folder })
  try {
    const url = await server.createRepository('infra')
    const tree = join(folder, 'tree')
    options.progress('writing 10,000 manifests')
    const files = await committedTree(tree, url)
    return await measureOn(options, { folder, tree, url, files })
  } finally {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function git(folder: string, ...args: readonly string[]): Promise<void> {
  const settings = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid', '-c', 'gc.auto=0']
  await promisify(execFile)('git', ['-C', folder, ...settings, ...args], { maxBuffer: 2 ** 26 })
}

async function committedTree(tree: string, url: string): Promise<number> {
  await mkdir(tree)
  const files = await writeTree(tree, LARGE, url)
  await git(tree, 'init', '--quiet', '--initial-branch=main')
  await git(tree, 'remote', 'add', 'origin', url)
  await pushed(tree)
  return files
}

async function pushed(tree: string): Promise<void> {
  await git(tree, 'add', '--all')
  await git(tree, 'commit', '--quiet', '-m', 'change')
  await git(tree, 'push', '--quiet', 'origin', 'main')
}

interface Place {
  readonly folder: string
  readonly tree: string
  readonly url: string
  readonly files: number
}

async function measureOn(options: BenchOptions, place: Place): Promise<Measured> {
  const recorder = recordActivity()
  const times = new Map<string, Timed[]>()
  const timeline: string[] = []
  const timer: Timer = async (what, work) => {
    const start = performance.now()
    const result = await work()
    const end = performance.now()
    // Ends of processes are told a moment later.
    await new Promise((resolve) => setImmediate(resolve))
    const seen = recorder.between(start, end)
    const count = (kind: string) => seen.filter((each) => each.kind === kind).length
    const timed = { ms: end - start, renders: count('other process'), gits: count('git process') }
    times.set(what, [...(times.get(what) ?? []), timed])
    if (options.timeline) timeline.push(`${what}: ${timed.ms.toFixed(0)} ms`, ...timelineOf(seen, start))
    return result
  }
  const kustomize = await findServer('kustomize', { progress: options.progress })
  const helm = await findServer('helm', { progress: options.progress })
  const build = (app: number) =>
    promisify(execFile)(kustomize, ['build', join(place.tree, `apps/app${app}/prod`)], { maxBuffer: 2 ** 26 })
  const repeats = Math.min(options.repeats, LARGE.apps - 1)
  const work: Work = { timer, build, place, kustomize, helm, repeats }
  options.progress('through a partial clone')
  await overClone(work)
  const cloneMemory = process.memoryUsage().rss
  options.progress('through the checkout')
  await overCheckout(work)
  recorder.stop()
  const of = (what: string) => (times.get(what) ?? []).map(({ ms }) => ms)
  const median = (what: string, of: (each: Timed) => number) =>
    percentile((times.get(what) ?? []).map(of), 50)
  const compared = (what: string, floor: string) => ({ what, floor: of(floor), product: of(what) })
  const kinds = [...times.keys()].filter((what) => !what.startsWith('floor'))
  return {
    settings: {
      files: place.files,
      repeats,
      'resident MiB after the clone': Math.round(cloneMemory / 2 ** 20),
      'largest resident MiB': Math.round(process.resourceUsage().maxRSS / 2 ** 10),
    },
    comparisons: kinds.map((what) => {
      const floor = what.startsWith('cold')
        ? 'floor: clone and build'
        : /edit/.test(what)
          ? 'floor: two builds'
          : 'floor: build'
      return compared(what, floor)
    }),
    efforts: kinds.flatMap((what) => [
      {
        what: `${what}: renders`,
        floor: /edit/.test(what) ? 2 : 1,
        product: median(what, ({ renders }) => renders),
      },
      {
        what: `${what}: git processes`,
        floor: what.startsWith('cold') ? 1 : 0,
        product: median(what, ({ gits }) => gits),
      },
    ]),
    timeline,
  }
}

interface Work {
  readonly timer: Timer
  readonly build: (app: number) => Promise<unknown>
  readonly place: Place
  readonly kustomize: string
  readonly helm: string
  readonly repeats: number
}

async function overClone({ timer, build, place, kustomize, helm, repeats }: Work): Promise<void> {
  const { folder, tree, url } = place
  await timer('floor: clone and build', async () => {
    await git(folder, 'clone', '--quiet', url, 'floor')
    await build(0)
  })
  await rm(join(folder, 'floor'), { recursive: true })
  const manifests = await openManifests(
    {
      name: 'infra',
      url,
      branch: 'main',
      forge: { type: 'git', allowUnreviewed: true },
      paths: [{ path: 'apps' }, { path: 'releases' }],
      namespaces: [],
      mode: 'propose',
      pullRequest: { branchPrefix: 'aiops-operator/', labels: [], includeLogs: false },
    },
    {
      stateFolder: join(folder, 'state'),
      inherited: process.env,
      identity: { name: 'bench', email: 'bench@example.invalid' },
      renderer: kustomize,
      helm,
    },
  )
  let tip = await timer('cold: fetch and trace', async () => {
    const fetched = await manifests.fetch()
    await manifests.trace(overlayTarget(0, OWN), fetched)
    return fetched
  })
  for (let app = 1; app <= repeats; app++) {
    await timer('floor: build', () => build(app))
    await timer('clone: trace, first of its root', () => manifests.trace(overlayTarget(app, OWN), tip))
    const traced = await timer('clone: warm trace', () => manifests.trace(overlayTarget(app, ANOTHER), tip))
    await timer('floor: two builds', async () => {
      await build(app)
      await build(app)
    })
    await timer('clone: edit and proof', () => manifests.edit(traced, overlayTarget(app, ANOTHER), [FIELD]))
  }
  for (let app = 1; app <= Math.min(repeats, 5); app++) {
    await writeFile(join(tree, `apps/app99/prod/app99-prod-1.yaml`), changedConfigMap(app))
    await pushed(tree)
    tip = await manifests.fetch()
    await timer('clone: trace at a new commit', () => manifests.trace(overlayTarget(app, OWN), tip))
  }
  await timer('clone: 20 traces at once at a new commit', () => atOnce(manifests, tree, repeats))
}

function changedConfigMap(i: number): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app99-prod-1\ndata: {a: "${i}"}\n`
}

async function atOnce(manifests: Manifests, tree: string, repeats: number): Promise<void> {
  await writeFile(join(tree, `apps/app99/prod/app99-prod-1.yaml`), changedConfigMap(1000))
  await pushed(tree)
  const tip = await manifests.fetch()
  const targets = Array.from({ length: 20 }, (_each, i) => overlayTarget(1 + (i % repeats), ANOTHER))
  await Promise.all(targets.map((target) => manifests.trace(target, tip)))
}

async function overCheckout({ timer, place, kustomize, helm, repeats }: Work): Promise<void> {
  const wanted = (app: number, i: number) => {
    const { kind, namespace, name } = overlayTarget(app, i)
    return { kind, group: undefined, namespace, name }
  }
  const open = () =>
    openCheckout(place.tree, {
      inherited: process.env,
      kustomize: () => Promise.resolve(kustomize),
      helm: () => Promise.resolve(helm),
    })
  const root = (app: number) => ({ folder: `apps/app${app}/prod` })
  for (let app = 1; app <= Math.min(repeats, 5); app++) {
    const checkout = await timer('checkout: open, find, edit and proof', async () => {
      const opened: Checkout = await open()
      const found = await opened.find(root(app), wanted(app, OWN))
      await opened.edit(found, [FIELD], 'refuse')
      return opened
    })
    const found = await timer('checkout: find', () => checkout.find(root(app), wanted(app, ANOTHER)))
    await timer('checkout: edit and proof', () => checkout.edit(found, [FIELD], 'refuse'))
    await checkout.close()
  }
}

import { fork } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveGit } from '#src/embedded/git-server.ts'
import { findServer } from '#src/embedded/provision.ts'
import type { BenchOptions, Comparison, Effort, Measured, Measurement } from '../measurement.ts'
import { percentile } from '../percentile.ts'
import { git, pushAll } from './bench-git.ts'
import type { Place } from './place.ts'
import type { Laps, Timed } from './stopwatch.ts'
import { LARGE, writeTree } from './tree.ts'

export const repository: Measurement = {
  name: 'repository',
  about: 'trace, edit and proof among 10,000 manifests and 500 kustomizations, beside kustomize alone',
  measure,
}

async function measure(options: BenchOptions): Promise<Measured> {
  const { progress, timeline } = options
  const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-repository-bench-'))
  const server = await serveGit({ root: folder })
  try {
    const url = await server.createRepository('infra')
    const tree = join(folder, 'tree')
    progress('writing and pushing 10,000 manifests')
    const files = await committedTree(tree, url)
    const kustomize = await findServer('kustomize', { progress })
    const helm = await findServer('helm', { progress })
    // Each repeat takes two applications' roots of which nothing is known yet.
    const repeats = Math.min(options.repeats, Math.floor((LARGE.apps - 10) / 2))
    const place: Place = { folder, tree, url, kustomize, helm, repeats, timeline }
    progress('by the operator, in a bare, partial clone')
    const clone = await runSide('clone', place)
    progress('by a person, in a checkout')
    const checkout = await runSide('checkout', place)
    return measured(files, repeats, { clone, checkout })
  } finally {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function committedTree(tree: string, url: string): Promise<number> {
  await mkdir(tree)
  const files = await writeTree(tree, LARGE, url)
  await git(tree, 'init', '--quiet', '--initial-branch=main')
  await git(tree, 'remote', 'add', 'origin', url)
  await pushAll(tree)
  return files
}

function runSide(side: 'clone' | 'checkout', place: Place): Promise<Laps> {
  return new Promise((resolve, reject) => {
    let laps: Laps | undefined
    const child = fork(join(import.meta.dirname, 'side-process.ts'), [side, JSON.stringify(place)])
    child.once('message', (message) => {
      laps = message as Laps
    })
    child.once('error', reject)
    child.once('exit', (code) => {
      if (laps !== undefined) resolve(laps)
      else reject(new Error(`the side of the ${side} ended with ${code}`))
    })
  })
}

function measured(files: number, repeats: number, sides: Readonly<Record<string, Laps>>): Measured {
  const named = Object.entries(sides)
  const memory = named.flatMap(([name, { memory }]) => [
    [`largest resident MiB, ${name}`, mebibytes(memory.own)] as const,
    [`largest resident MiB, a child of ${name}`, mebibytes(memory.child)] as const,
  ])
  return {
    settings: { files, repeats, ...Object.fromEntries(memory) },
    comparisons: named.flatMap(([name, laps]) => comparisonsOf(name, laps)),
    efforts: named.flatMap(([name, laps]) => effortsOf(name, laps)),
    timeline: named.flatMap(([, { timeline }]) => timeline),
  }
}

function comparisonsOf(name: string, { times }: Laps): readonly Comparison[] {
  const ms = (what: string) => (times[what] ?? []).map((each) => each.ms)
  return productsOf(times).map((what) => ({
    what: `${name}: ${what}`,
    floor: ms(floorOf(what)),
    product: ms(what),
  }))
}

function effortsOf(name: string, { times }: Laps): readonly Effort[] {
  const median = (what: string, of: (each: Timed) => number) =>
    Math.round(percentile((times[what] ?? []).map(of), 50))
  const counted = (what: string, unit: string, of: (each: Timed) => number): Effort => ({
    what: `${name}: ${what}: ${unit}`,
    floor: median(floorOf(what), of),
    product: median(what, of),
  })
  return productsOf(times).flatMap((what) => [
    counted(what, 'own processor time, ms', ({ cpu }) => cpu),
    counted(what, 'renders', ({ renders }) => renders),
    counted(what, 'git processes', ({ gits }) => gits),
  ])
}

function productsOf(times: Laps['times']): readonly string[] {
  return Object.keys(times).filter((what) => !what.startsWith('floor'))
}

function floorOf(what: string): string {
  if (what.startsWith('cold')) return 'floor: clone and build'
  return what.includes('edit') ? 'floor: two builds' : 'floor: build'
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}

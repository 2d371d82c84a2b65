import { randomBytes } from 'node:crypto'
import { accessSync, constants, globSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { findServers } from '#src/embedded/provision.ts'
import { runFiles } from '../run-files.ts'
import { runApart } from './apart.ts'
import { labImages } from './images.ts'
import { findLab, isBuilt, type LabServer, labTool, labUp } from './lab.ts'
import { RUN_LABEL } from './run-label.ts'

/**
 * `npm run test:e2e`: the main job on a real node.
 *
 *   npm run test:e2e -- [FILE…] [--test-name-pattern REGEX]…
 *
 * The cluster is the one that KUBECONFIG names, else one that the lab beside the checkout starts. The model is the one
 * that OLLAMA_URL and OLLAMA_MODEL name, else the lab's. The engines are the lab's. Nothing that this run started, and no namespace that it made,
 * is left at its end, Ctrl-C included.
 */
const NO_CLUSTER =
  'There is no cluster to test on: set KUBECONFIG to the kubeconfig of one (for example of `kind create cluster`).'
const NO_MODEL =
  'No model: the files ollama*.e2e.ts are left out; set OLLAMA_URL and OLLAMA_MODEL to run them.'
const NO_KYVERNO =
  'No Kyverno: kyverno.e2e.ts is left out; set AIOPS_KYVERNO_BIN to its command line to run it.'
const NO_ENGINES =
  'No GitOps engines: the files engine-*.e2e.ts are left out; they run where the lab beside the checkout has built flux and argocd, or builds them with E2E_ENGINES=1 (six minutes on two idle cores).'
/** Files at once: they wait for the kubelet most of the time. */
const CONCURRENCY = 3
/** Milliseconds. */
const FILE_TIMEOUT = 1_800_000

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'test-name-pattern': { type: 'string', multiple: true } },
  })
  const files = positionals.length > 0 ? positionals.map((file) => resolve(file)) : e2eFiles()
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort())
  const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-e2e-'))
  const cleanUp: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })]
  try {
    const wants = {
      wantsModel: files.some(needsModel),
      wantsKyverno: files.some(needsKyverno),
      wantsCluster: !files.every(needsEngine),
    }
    const stage = { folder, signal: interrupted.signal, cleanUp, ...wants }
    if (!(await prepare(stage))) return 1
    process.env['TMPDIR'] = folder // what a test that is killed leaves behind goes with it
    const engines = files.some(needsEngine) && (await enginesAtHand())
    const missing = [
      { needed: needsModel, there: process.env['OLLAMA_URL'], told: NO_MODEL },
      { needed: needsKyverno, there: process.env['AIOPS_KYVERNO_BIN'], told: NO_KYVERNO },
      { needed: needsEngine, there: engines, told: NO_ENGINES },
    ].filter(({ needed, there }) => !there && files.some(needed))
    for (const { told } of missing) console.error(told)
    const runnable = files.filter((file) => !missing.some(({ needed }) => needed(file)))
    return await runFiles({
      files: runnable,
      testNamePatterns: values['test-name-pattern'] ?? [],
      concurrency: CONCURRENCY,
      timeout: FILE_TIMEOUT,
      signal: interrupted.signal,
    })
  } catch (error) {
    if (!interrupted.signal.aborted) throw error
    console.error('interrupted')
    return 1
  } finally {
    for (const undo of cleanUp.toReversed()) await undo().catch((error: unknown) => console.error(error))
  }
}

function e2eFiles(): string[] {
  return globSync('*.e2e.ts', { cwd: import.meta.dirname })
    .map((file) => resolve(import.meta.dirname, file))
    .sort()
}

function needsModel(file: string): boolean {
  return /\/ollama[^/]*$/.test(file)
}

function needsKyverno(file: string): boolean {
  return /\/kyverno[^/]*$/.test(file)
}

/** These start a control plane of their own, and no pod of theirs has to run. */
function needsEngine(file: string): boolean {
  return /\/engine-[^/]*$/.test(file)
}

/** Building them takes longer than all else: only where they were built already, or where somebody asks for it. */
async function enginesAtHand(): Promise<boolean> {
  const lab = findLab()
  if (lab === undefined) return false
  return process.env['E2E_ENGINES'] === '1' || (await isBuilt(lab, ['flux', 'argocd']))
}

interface Stage {
  readonly folder: string
  readonly signal: AbortSignal
  /** Done in reverse order at the end, whatever happened. */
  readonly cleanUp: (() => Promise<void>)[]
  readonly wantsModel: boolean
  readonly wantsKyverno: boolean
  readonly wantsCluster: boolean
}

/** Leaves in the environment what the tests need; false when there is no cluster. */
async function prepare(stage: Stage): Promise<boolean> {
  const { folder, signal, cleanUp, wantsModel, wantsKyverno, wantsCluster } = stage
  const lab = findLab()
  const start = async (name: 'node' | 'ollama'): Promise<LabServer['env'] | undefined> => {
    if (lab === undefined) return undefined
    const { env, down } = await labUp(lab, name, join(folder, name), signal)
    cleanUp.push(down)
    return env
  }
  const given = Boolean(process.env['KUBECONFIG'])
  if (!given && wantsCluster) {
    const env = await start('node')
    if (env === undefined) {
      console.error(NO_CLUSTER)
      return false
    }
    const path = (env['PATH'] ?? '$PATH').replace('$PATH', process.env['PATH'] ?? '')
    Object.assign(process.env, env, { PATH: path, ...labImages(env['REGISTRY'] ?? '') })
  }
  const installed = onPath('kubectl')
  if (installed && !process.env['AIOPS_KUBECTL_BIN']) process.env['AIOPS_KUBECTL_BIN'] = installed
  const { kubectl } = await findServers(['kubectl', 'kustomize', 'helm'], {
    progress: (line) => console.error(line),
  })
  const run = randomBytes(4).toString('hex')
  process.env['E2E_RUN_ID'] = run
  if (given) cleanUp.push(() => removeNamespaces(kubectl, run))
  const kyverno = onPath('kubectl-kyverno') ?? onPath('kyverno')
  if (wantsKyverno && !process.env['AIOPS_KYVERNO_BIN']) {
    const found = kyverno ?? (lab && (await labTool(lab, 'kyverno', 'kubectl-kyverno', signal)))
    if (found) process.env['AIOPS_KYVERNO_BIN'] = found
  }
  if (wantsModel && !process.env['OLLAMA_URL']) Object.assign(process.env, withoutPath(await start('ollama')))
  return true
}

function withoutPath(env: LabServer['env'] = {}): LabServer['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'PATH'))
}

function onPath(program: string): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, program))
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** The namespaces of this run, whatever became of their tests; waits until they are gone. */
function removeNamespaces(kubectl: string, run: string): Promise<void> {
  return runApart(kubectl, ['delete', 'namespaces', '-l', `${RUN_LABEL}=${run}`, '--timeout=120s'])
}

process.exitCode = await main()

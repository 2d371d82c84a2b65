import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after } from 'node:test'
import { promisify } from 'node:util'
import { groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import { type TargetRef, targetKey } from '#src/domain/target.ts'
import { startControlPlane } from '#src/embedded/control-plane.ts'
import { findServers } from '#src/embedded/provision.ts'
import { until } from '#src/embedded/until.ts'
import { type Files, gitServer, type PersonsClone, personsClone } from '../manifests/git-fixture.ts'
import { findLab, labUp } from './lab.ts'

/** Engines poll; what is asked for by annotation comes in seconds, on a busy machine in more. Milliseconds. */
const PATIENCE = 180_000

/** A real control plane, a Git server and one of the lab's engines, all of the test file's own. */
export interface EngineScene {
  /** Of the repository, as the engine fetches it. */
  readonly url: string
  readonly person: PersonsClone
  readonly programs: Programs
  kubectl(args: readonly string[], input?: string): Promise<string>
  list(kinds: string, namespace?: string): Promise<readonly KubeObject[]>
  /** Polls until there is an answer. */
  eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T>
}

export interface Programs {
  readonly kubectl: string
  readonly kustomize: string
  readonly helm: string
}

/** The files that a repository with this URL starts with. */
export type FilesOf = (url: string) => Files

export async function openEngineScene(engine: 'flux' | 'argocd', filesOf: FilesOf): Promise<EngineScene> {
  const lab = findLab()
  assert.ok(lab, 'the engines are the lab’s; run this by `npm run test:e2e`, which leaves it out without one')
  const programs = await findServers(['kubectl', 'kustomize', 'helm'], { progress: () => {} })
  const server = await gitServer()
  const url = await server.createRepository('app')
  const person = await personsClone(server, 'app')
  await person.git('remote', 'set-url', 'origin', url)
  await person.commit(filesOf(url), 'First')

  const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-engine-'))
  const undo: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })]
  after(async () => {
    for (const each of undo.toReversed()) await each()
  })
  const plane = await startControlPlane({ progress: () => {} })
  undo.push(() => plane.stop())
  const env = {
    ...process.env,
    KUBECONFIG: plane.kubeconfig,
    PATH: [dirname(programs.helm), process.env['PATH']].join(delimiter),
  }
  const attached = await labUp(lab, engine, join(folder, engine), new AbortController().signal, env)
  undo.push(() => attached.down())

  const kubectl = (args: readonly string[], input?: string) => run(programs.kubectl, args, env, input)
  return {
    url,
    person,
    programs,
    kubectl,
    async list(kinds, namespace) {
      const scope = namespace === undefined ? ['--all-namespaces'] : ['--namespace', namespace]
      const text = await kubectl(['get', kinds, ...scope, '--output=json', '--show-managed-fields'])
      return (JSON.parse(text) as { readonly items: readonly KubeObject[] }).items
    },
    async eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
      const found: { value?: T } = {}
      await until(what, PATIENCE, undefined, async () => {
        const value = await look()
        if (value !== undefined) found.value = value
        return value !== undefined
      })
      return found.value as T
    },
  }
}

function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input?: string,
): Promise<string> {
  if (input === undefined)
    return promisify(execFile)(command, [...args], { env, maxBuffer: 2 ** 26 }).then(({ stdout }) => stdout)
  return new Promise((done, reject) => {
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
    const [out, problems]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => problems.push(chunk))
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) done(Buffer.concat(out).toString())
      else reject(new Error(`${args.join(' ')}: ${Buffer.concat(problems).toString()}`))
    })
    child.stdin.end(input)
  })
}

/** Objects by their identity. */
export function byTarget(objects: readonly KubeObject[]): ReadonlyMap<string, KubeObject> {
  return new Map(objects.map((object) => [targetKey(liveTarget(object)), object]))
}

export function liveTarget({ apiVersion, kind, metadata }: KubeObject): TargetRef {
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name }
}

/** `apps/Deployment`, `/ConfigMap`: kinds as inventories tell them. */
export function kindOf({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): string {
  return `${groupOf(apiVersion)}/${kind}`
}

import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'
import { type Artifact, artifactFor, artifactKey, type ServerName } from './artifacts.ts'
import { buildWithGo, isExecutable } from './go-build.ts'
import { withProcessLock } from './process-lock.ts'
import { elapsedSince, type Progress } from './progress.ts'
import { downloadRelease } from './release-download.ts'

export interface FindOptions {
  readonly progress: Progress
  readonly env?: NodeJS.ProcessEnv
  readonly fetch?: typeof fetch
}

/**
 * The path of a server's binary, and gets the binary first where it must. In this order:
 * 1. explicit: `AIOPS_<NAME>_BIN` (AIOPS_KUBE_APISERVER_BIN), a file of that name in `KUBEBUILDER_ASSETS`, and for
 *    kustomize and helm also one on the PATH;
 * 2. our cache, `$XDG_CACHE_HOME/aiops-operator/servers/NAME-VERSION-KEY/NAME`;
 * 3. the project's own release, checked against the checksum it publishes;
 * 4. a build from source with the `go` on the PATH.
 * Processes that want the same binary wait for the first.
 *
 * Errors: ServerUnavailable (an explicit path is no program; or no release, and no Go or a failed build),
 * ServerChecksum (never falls through).
 */
export async function findServer(name: ServerName, options: FindOptions): Promise<string> {
  const env = options.env ?? process.env
  const explicit = explicitServer(name, env)
  if (explicit !== undefined) return explicit
  const [os, arch] = goPlatform()
  const artifact = artifactFor(name, os, arch)
  const folder = join(cacheFolder(env), `${name}-${artifact.version}-${artifactKey(artifact, os, arch)}`)
  const binary = join(folder, name)
  if (isExecutable(binary)) return binary
  const onWait = () => options.progress(`waiting for another process that is getting ${name}`)
  await withProcessLock(folder, onWait, async () => {
    if (!isExecutable(binary)) await provision(artifact, folder, options)
  })
  return binary
}

/** Several servers, one after the other: two Go builds at once only take each other's processor. */
export async function findServers<Name extends ServerName>(
  names: readonly Name[],
  options: FindOptions,
): Promise<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {}
  for (const name of names) found[name] = await findServer(name, options)
  return found as Record<Name, string>
}

/** Makes the finished folder beside its place and renames it there, so that nobody ever sees half of it. */
async function provision(artifact: Artifact, folder: string, options: FindOptions): Promise<void> {
  const started = Date.now()
  const parent = join(folder, '..')
  await mkdir(parent, { recursive: true })
  const work = await mkdtemp(join(parent, '.work-'))
  try {
    if (!(await downloadRelease(artifact, work, options.progress, options.fetch))) {
      await buildWithGo(artifact, work, options.progress)
    }
    await rm(folder, { recursive: true, force: true })
    await rename(work, folder)
  } catch (error) {
    await rm(work, { recursive: true, force: true })
    throw error
  }
  const { size } = await stat(join(folder, artifact.name))
  const mebibytes = Math.round(size / 2 ** 20)
  const time = elapsedSince(started, Date.now())
  options.progress(`${artifact.name} ${artifact.version} is ready (${mebibytes} MiB, ${time})`)
}

function explicitServer(name: ServerName, env: NodeJS.ProcessEnv): string | undefined {
  const variable = `AIOPS_${name.toUpperCase().replaceAll('-', '_')}_BIN`
  const named = env[variable]
  if (named) {
    if (isExecutable(named)) return named
    throw new OperatorError('ServerUnavailable', `${variable} names ${named}, which is not a program`)
  }
  const folders = env['KUBEBUILDER_ASSETS'] ? [env['KUBEBUILDER_ASSETS']] : []
  if (name === 'kustomize' || name === 'helm')
    folders.push(...(env['PATH'] ?? '').split(delimiter).filter(Boolean))
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'aiops-operator', 'servers')
}

function goPlatform(): [os: string, arch: string] {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  return [process.platform, arch]
}

import { accessSync, constants } from 'node:fs'
import { cp, mkdir, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'
import { type Artifact, pinsFolder } from './artifacts.ts'
import { type Progress, reportWhileWaiting } from './progress.ts'
import { runCommand } from './run-command.ts'

/**
 * Builds a server from source with the `go` of this machine, into `folder` (empty, on the cache's file system), as
 * the file `folder/NAME`. Modules come from whatever proxy GOPROXY names.
 */
export async function buildWithGo(artifact: Artifact, folder: string, progress: Progress): Promise<void> {
  const go = findGo()
  if (go === undefined) {
    throw new OperatorError(
      'ServerUnavailable',
      `${artifact.name} ${artifact.version} could not be downloaded, and there is no Go to build it with`,
    )
  }
  progress(
    `building ${artifact.name} ${artifact.version} from source; the first time this compiles all that it is made of: ${artifact.buildTime} on two cores`,
  )
  await builder(artifact, go, folder, progress)
}

function builder(artifact: Artifact, go: string, folder: string, progress: Progress): Promise<void> {
  const { build } = artifact
  switch (build.kind) {
    case 'pinned':
      return buildPinned(artifact, build, go, folder, progress)
    case 'install':
      return installModule(artifact, build, go, folder, progress)
    case 'gitea':
      return buildGitea(artifact, go, folder, progress)
  }
}

async function buildPinned(
  artifact: Artifact,
  build: Extract<Artifact['build'], { kind: 'pinned' }>,
  go: string,
  folder: string,
  progress: Progress,
): Promise<void> {
  const module = join(folder, 'module')
  await mkdir(module)
  for (const file of ['go.mod', 'go.sum']) await cp(join(pinsFolder(build.pins), file), join(module, file))
  const output = join(folder, artifact.name)
  const args = [...BUILD, '-ldflags', build.ldflags, '-o', output, build.goPackage]
  await runGo(artifact, go, args, module, progress)
  await rm(module, { recursive: true })
}

async function installModule(
  artifact: Artifact,
  build: Extract<Artifact['build'], { kind: 'install' }>,
  go: string,
  folder: string,
  progress: Progress,
): Promise<void> {
  const args = ['install', '-v', '-trimpath', '-ldflags', build.ldflags, build.module]
  await runGo(artifact, go, args, folder, progress, { GOBIN: folder })
}

/**
 * Gitea's go.mod names two modules that proxies have only under other paths, and one (the GitLab importer's) that
 * they do not have: the first are renamed, the importer is left out. Beside the binary goes `options`, which is all
 * that it reads from its source tree when only the API and Git are used; releases carry it inside.
 */
async function buildGitea(artifact: Artifact, go: string, folder: string, progress: Progress): Promise<void> {
  const module = `code.gitea.io/gitea@v${artifact.version}`
  const { stdout } = await runGo(artifact, go, ['mod', 'download', '-json', module], folder, progress)
  const downloaded = moduleFolder(stdout)
  const source = join(folder, 'source')
  await cp(downloaded, source, { recursive: true })
  await makeWritable(source)
  await rm(join(source, 'services/migrations/gitlab.go'))
  await rm(join(source, 'services/migrations/gitlab_test.go'), { force: true })
  const edits = [
    ['-droprequire', 'gitlab.com/gitlab-org/api/client-go/v2'],
    ['-replace', 'gitea.dev/sdk=code.gitea.io/sdk@v1.2.0'],
    ['-replace', 'gitea.dev/actions-proto-go=code.gitea.io/actions-proto-go@v0.6.0'],
  ]
  await runGo(artifact, go, ['mod', 'edit', ...edits.flat()], source, progress)
  const ldflags = `-s -w -X main.Version=${artifact.version}`
  const output = join(folder, artifact.name)
  await runGo(artifact, go, [...BUILD, '-mod=mod', '-ldflags', ldflags, '-o', output, '.'], source, progress)
  const options = join(folder, 'options')
  await mkdir(join(options, 'locale'), { recursive: true })
  await rename(join(source, 'options/locale/locale_en-US.json'), join(options, 'locale/locale_en-US.json'))
  for (const each of ['readme', 'label']) await rename(join(source, 'options', each), join(options, each))
  await rm(source, { recursive: true })
}

function moduleFolder(json: string): string {
  const parsed: unknown = JSON.parse(json)
  if (typeof parsed === 'object' && parsed !== null && 'Dir' in parsed && typeof parsed.Dir === 'string') {
    return parsed.Dir
  }
  throw new OperatorError('ServerUnavailable', 'go mod download named no folder')
}

/** Files of Go's module cache are read-only, and so are copies of them. */
async function makeWritable(folder: string): Promise<void> {
  await runCommand('chmod', ['-R', 'u+w', folder], { cwd: '/' })
}

const BUILD = ['build', '-v', '-trimpath', '-buildvcs=false']

async function runGo(
  artifact: Artifact,
  go: string,
  args: readonly string[],
  cwd: string,
  progress: Progress,
  env: NodeJS.ProcessEnv = {},
): Promise<{ stdout: string }> {
  let compiled = 0
  const stop = reportWhileWaiting(
    progress,
    () => `still building ${artifact.name}: ${compiled} packages compiled`,
  )
  try {
    const result = await runCommand(go, args, {
      cwd,
      // GOFLAGS and a workspace of the person's own could change or refuse the build; GOPROXY stays theirs.
      env: { ...process.env, GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0', ...env },
      onStderrLine: (line) => {
        if (!line.startsWith('go: ')) compiled += 1
      },
    })
    if (result.code !== 0) throw buildFailed(artifact, args, result.stderr)
    return result
  } finally {
    stop()
  }
}

function buildFailed(artifact: Artifact, args: readonly string[], stderr: string): OperatorError {
  const lines = stderr.trim().split('\n').slice(-4).join(' | ')
  return new OperatorError(
    'ServerUnavailable',
    `go ${args[0]} of ${artifact.name} ${artifact.version} failed: ${lines}`,
  )
}

/** `go` on the PATH, else where its installer puts it. */
export function findGo(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/go/bin']
  return folders.map((folder) => join(folder, 'go')).find(isExecutable)
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

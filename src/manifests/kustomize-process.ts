import { spawn } from 'node:child_process'
import { basename } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'

/** Builds the kustomization in a folder of the file system; gives the YAML it prints. */
export type Kustomizer = (folder: string, home: string) => Promise<string>

const TIME_LIMIT_MS = 30_000
const OUTPUT_LIMIT = 32 * 2 ** 20

/** Port 9 is "discard": nothing listens there. */
const NO_PROXY_THERE = 'http://127.0.0.1:9'

/**
 * The real `kustomize build`, or `kubectl kustomize` when the binary is called so. It finds no other program (empty PATH:
 * no git, no helm, no plugin), no configuration, and no way out by HTTP; loading stays inside the root, and plugins,
 * functions and Helm stay off, which are its defaults. RendererMissing, RenderFailed.
 */
export function kustomizer(binary: string | undefined): Kustomizer {
  if (binary === undefined) {
    return () =>
      Promise.reject(
        new OperatorError('RendererMissing', 'the repository uses Kustomize, and no kustomize is known'),
      )
  }
  const command = basename(binary).startsWith('kubectl') ? 'kustomize' : 'build'
  return (folder, home) =>
    new Promise((resolve, reject) => {
      const child = spawn(binary, [command, folder], {
        cwd: home,
        env: {
          PATH: '',
          HOME: home,
          XDG_CONFIG_HOME: home,
          TMPDIR: home,
          GOMEMLIMIT: '512MiB',
          ...{ HTTP_PROXY: NO_PROXY_THERE, HTTPS_PROXY: NO_PROXY_THERE, http_proxy: NO_PROXY_THERE },
          ...{ https_proxy: NO_PROXY_THERE, NO_PROXY: '', no_proxy: '' },
        },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: TIME_LIMIT_MS,
        killSignal: 'SIGKILL',
      })
      let size = 0
      const chunks: Buffer[] = []
      let stderr = ''
      child.stdout.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > OUTPUT_LIMIT) child.kill('SIGKILL')
        else chunks.push(chunk)
      })
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr = (stderr + text).slice(-4096)
      })
      child.once('error', (cause) => {
        reject(new OperatorError('RendererMissing', `${basename(binary)} cannot be started`, { cause }))
      })
      child.once('close', (code) => {
        if (code === 0) return resolve(Buffer.concat(chunks).toString('utf8'))
        const why =
          size > OUTPUT_LIMIT
            ? 'it printed too much'
            : code === null
              ? 'it took too long'
              : said(stderr, home)
        reject(new OperatorError('RenderFailed', why))
      })
    })
}

/** kustomize's own message without our scratch folder in it. */
function said(stderr: string, home: string): string {
  const line = stderr.trim().split('\n').at(-1) ?? ''
  return line
    .replaceAll(`${home}/tree/`, '')
    .replaceAll(home, '')
    .replaceAll(/\p{Cc}/gu, ' ')
    .slice(0, 300)
}

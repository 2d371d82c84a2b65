import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { chmod, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { OperatorError } from '#src/domain/errors.ts'
import type { Artifact, Release } from './artifacts.ts'
import { type Progress, reportWhileWaiting } from './progress.ts'
import { runCommand } from './run-command.ts'

/** How long the checksum, a few hundred bytes, may take before the release host counts as unreachable. */
const CHECKSUM_TIMEOUT_MS = 6_000
/** How long the download may stay silent. */
const STALL_TIMEOUT_MS = 30_000

/**
 * Downloads the official release into `folder/NAME`. False, after one sentence, when the host cannot be reached or
 * has no such release. A download that does not have the published checksum is an error: it is never used, and
 * nothing else is tried in its place.
 */
export async function downloadRelease(
  artifact: Artifact,
  folder: string,
  progress: Progress,
  fetchUrl: typeof fetch = fetch,
): Promise<boolean> {
  const { release } = artifact
  const host = new URL(release.url).host
  let expected: string
  let digest: string
  const file = join(folder, 'download')
  try {
    expected = await publishedChecksum(release, fetchUrl)
    progress(`downloading ${artifact.name} ${artifact.version} from ${host}`)
    digest = await download(release.url, file, artifact, progress, fetchUrl)
  } catch (error) {
    await rm(file, { force: true })
    progress(`no release of ${artifact.name} ${artifact.version} from ${host}: ${reason(error)}`)
    return false
  }
  if (digest !== expected) {
    await rm(file, { force: true })
    throw new OperatorError(
      'ServerChecksum',
      `${release.url} has SHA-256 ${digest}, but ${expected} is published for it`,
    )
  }
  await unpack(release, file, folder, artifact.name)
  return true
}

async function publishedChecksum(release: Release, fetchUrl: typeof fetch): Promise<string> {
  const { checksum } = release
  const url = checksum.kind === 'text' ? checksum.url : checksum.api
  const response = await fetchUrl(url, { signal: AbortSignal.timeout(CHECKSUM_TIMEOUT_MS) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  const file = decodeURIComponent(basename(new URL(release.url).pathname))
  const text = await response.text()
  const found = checksum.kind === 'text' ? checksumInText(text, file) : digestOfAsset(text, file)
  if (found === undefined) throw new Error(`${url} has no SHA-256 of ${file}`)
  return found
}

/** "HEX" alone, or the line "HEX  FILE" of a list. */
export function checksumInText(text: string, file: string): string | undefined {
  for (const line of text.split('\n')) {
    const [hex, name] = line.trim().split(/\s+\*?/)
    if (hex !== undefined && /^[0-9a-f]{64}$/i.test(hex) && (name === undefined || basename(name) === file)) {
      return hex.toLowerCase()
    }
  }
  return undefined
}

/** The `digest` ("sha256:HEX") that GitHub's release API gives for an asset. */
export function digestOfAsset(json: string, file: string): string | undefined {
  const release: unknown = JSON.parse(json)
  if (typeof release !== 'object' || release === null || !('assets' in release)) return undefined
  const assets: unknown = release.assets
  if (!Array.isArray(assets)) return undefined
  const asset: unknown = assets.find((each: unknown) => (each as { name?: unknown } | null)?.name === file)
  const digest = (asset as { digest?: unknown } | undefined)?.digest
  return typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest) ? digest.slice(7) : undefined
}

async function download(
  url: string,
  file: string,
  artifact: Artifact,
  progress: Progress,
  fetchUrl: typeof fetch,
): Promise<string> {
  const stalled = new AbortController()
  let timer = setTimeout(() => stalled.abort(new Error('it stalled')), STALL_TIMEOUT_MS)
  let received = 0
  const stop = reportWhileWaiting(
    progress,
    () => `still downloading ${artifact.name}: ${(received / 2 ** 20).toFixed(0)} MiB`,
  )
  const hash = createHash('sha256')
  try {
    const response = await fetchUrl(url, { signal: stalled.signal })
    if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`)
    const body = Readable.fromWeb(response.body as import('node:stream/web').ReadableStream<Uint8Array>)
    body.on('data', (chunk: Uint8Array) => {
      hash.update(chunk)
      received += chunk.length
      clearTimeout(timer)
      timer = setTimeout(() => stalled.abort(new Error('it stalled')), STALL_TIMEOUT_MS)
    })
    await pipeline(body, createWriteStream(file))
    return hash.digest('hex')
  } finally {
    clearTimeout(timer)
    stop()
  }
}

async function unpack(release: Release, file: string, folder: string, name: string): Promise<void> {
  const binary = join(folder, name)
  if (release.member === undefined) {
    await rename(file, binary)
  } else {
    const result = await runCommand('tar', ['-xzf', file, '-C', folder, release.member], { cwd: folder })
    if (result.code !== 0) {
      throw new OperatorError(
        'ServerUnavailable',
        `tar could not unpack ${release.url}: ${result.stderr.trim()}`,
      )
    }
    const unpacked = join(folder, release.member)
    if (unpacked !== binary) await rename(unpacked, binary)
    await rm(file)
  }
  await chmod(binary, 0o755)
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'the host did not answer in time'
  const cause = error.cause instanceof Error ? error.cause.message : ''
  return cause || error.message
}

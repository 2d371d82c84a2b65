import { rfc3339 } from '#src/domain/time.ts'
import type { LoggedCommit } from './git-commits.ts'

/** One entry of one tree object. */
export interface RawEntry {
  /** Octal, as git shows it. */
  readonly mode: string
  readonly name: string
  readonly id: string
}

/** Entries in git's own order. `idBytes`: 20 for SHA-1, 32 for SHA-256. */
export function parseTree(content: Buffer, idBytes: number): readonly RawEntry[] {
  const entries: RawEntry[] = []
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(32, at)
    const nul = content.indexOf(0, space)
    const end = nul + 1 + idBytes
    if (space < 0 || nul < 0 || end > content.length) break
    const mode = canonicalMode(Number.parseInt(content.toString('latin1', at, space), 8))
    const name = content.toString('utf8', space + 1, nul)
    entries.push({ mode, name, id: content.toString('hex', nul + 1, end) })
    at = end
  }
  return entries
}

const KIND = 0o170000

/** Old trees hold other permissions; git reads them all as these. */
function canonicalMode(mode: number): string {
  const kind = mode & KIND
  if (kind === 0o100000) return (mode & 0o100) === 0 ? '100644' : '100755'
  return kind.toString(8).padStart(6, '0')
}

/** As `git log` tells a commit. */
export function parseCommit(sha: string, content: Buffer): LoggedCommit {
  const end = content.indexOf('\n\n')
  const head = content.toString('utf8', 0, end < 0 ? content.length : end).split('\n')
  const values = (name: string) =>
    head.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))
  const decoded = end < 0 ? '' : decode(content.subarray(end + 2), values('encoding')[0])
  const author = parseSignature(values('author')[0])
  const committer = parseSignature(values('committer')[0])
  return {
    sha,
    parents: values('parent'),
    author: author.identity,
    committer: committer.identity,
    date: rfc3339(author.seconds * 1000),
    committed: committer.seconds,
    message: decoded,
  }
}

/** `tree` of a commit object. */
export function treeOf(content: Buffer): string | undefined {
  return /^tree ([0-9a-f]+)\n/.exec(content.toString('latin1', 0, 80))?.[1]
}

/** 9999-12-31: what is later cannot be told as RFC 3339. */
const END_OF_TIME = 253_402_300_799

function parseSignature(text = ''): { readonly identity: string; readonly seconds: number } {
  const [, name = '', mail = '', seconds = '0'] = /^([^<]*)<([^>]*)>(?:.*>)?\s*(\d+)?/.exec(text) ?? []
  return { identity: `${name.trimEnd()} <${mail}>`, seconds: Math.min(Number(seconds), END_OF_TIME) }
}

function decode(bytes: Buffer, encoding: string | undefined): string {
  try {
    return new TextDecoder(encoding ?? 'utf-8').decode(bytes)
  } catch {
    return bytes.toString('utf8')
  }
}

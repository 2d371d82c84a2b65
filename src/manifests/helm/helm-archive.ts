import { gunzipSync } from 'node:zlib'

/** Files of a chart archive by their path below the chart's own folder. */
export type ArchiveFiles = ReadonlyMap<string, Uint8Array>

/** What an archive of 4 MiB may unpack to; charts have a few hundred kilobytes. */
const UNPACKED_LIMIT = 32 * 2 ** 20
const BLOCK = 512

/** Reads a `.tgz` that `helm package` made, in memory. Undefined when it is none, or too large to be one. */
export function readChartArchive(bytes: Uint8Array): ArchiveFiles | undefined {
  try {
    return entriesOf(gunzipSync(bytes, { maxOutputLength: UNPACKED_LIMIT }))
  } catch {
    return undefined
  }
}

/** Regular files of a tar: ustar with its prefix, GNU's and PAX's long names. */
function entriesOf(tar: Buffer): ArchiveFiles {
  const found = new Map<string, Uint8Array>()
  let longName: string | undefined
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const header = tar.subarray(at, at + BLOCK)
    if (header.every((byte) => byte === 0)) break
    const size = Number.parseInt(textOf(header, 124, 12).trim() || '0', 8)
    if (!Number.isSafeInteger(size) || size < 0) break
    const body = tar.subarray(at + BLOCK, at + BLOCK + size)
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
    const type = String.fromCharCode(header[156] ?? 0)
    if (type === 'L') longName = textOf(body, 0, body.length)
    else if (type === 'x') longName = /^\d+ path=(.*)$/m.exec(body.toString('utf8'))?.[1]
    else {
      if (type === '0' || type === '\0') {
        const prefix = textOf(header, 345, 155)
        const name = longName ?? (prefix === '' ? '' : `${prefix}/`) + textOf(header, 0, 100)
        const below = name.split('/').slice(1)
        if (below.length > 0 && !below.includes('..')) found.set(below.join('/'), body)
      }
      longName = undefined
    }
  }
  return found
}

function textOf(bytes: Buffer, start: number, length: number): string {
  const field = bytes.subarray(start, start + length)
  const end = field.indexOf(0)
  return field.subarray(0, end < 0 ? field.length : end).toString('utf8')
}

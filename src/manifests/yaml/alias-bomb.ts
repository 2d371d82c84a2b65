import { decodeManifest, isUnparsable, parseManifestText } from './yaml-text.ts'

/** Fewer aliases than this cannot multiply to anything large. */
const HARMLESS = 10

/**
 * The first file whose aliases multiply beyond what manifests hold, and which kustomize would work on until its time is
 * over; undefined where there is none. Only files with many aliases are parsed for it.
 */
export function aliasBombIn(
  contents: Iterable<readonly [path: string, bytes: Uint8Array]>,
): string | undefined {
  for (const [path, bytes] of contents) {
    const text = decodeManifest(bytes)
    if (text === undefined || !hasManyAliases(text)) continue
    const parsed = parseManifestText(text)
    if (isUnparsable(parsed) && /alias/i.test(parsed.error)) return path
  }
  return undefined
}

function hasManyAliases(text: string): boolean {
  let count = 0
  for (const _alias of text.matchAll(/(?:^|[\s,[{:])\*[^\s,\]}*]/gm)) if (++count > HARMLESS) return true
  return false
}

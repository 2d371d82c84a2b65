/** What a file's text tells at a glance, without being parsed: too much rather than too little. */
export interface ManifestFacts {
  /**
   * What stands behind `name:` where objects and generators are named. Empty among them: a name that only a parser can
   * tell.
   */
  readonly names: readonly string[]
  /** As `names`, behind `kind:`. */
  readonly kinds: readonly string[]
  /** It may make objects of other kinds or names than stand in manifests: plugins, replacements, telling patches. */
  readonly renames: boolean
  /** It names an engine's API group. */
  readonly ofEngines: boolean
  /** It speaks of ConfigMaps or Secrets. */
  readonly ofConfig: boolean
}

/** Of a file that cannot be read as text of moderate size: it may name anything. Nothing is made of it. */
export const UNREADABLE: ManifestFacts = {
  names: [''],
  kinds: [''],
  renames: true,
  ofEngines: false,
  ofConfig: false,
}

const RENAMES =
  /\b(generators|transformers|replacements|vars)["']?\s*:|allow(Name|Kind)Change|\/metadata\/name\b|["']?path["']?:\s*["']?\/kind\b/m
const ENGINES = /toolkit\.fluxcd\.io\/|argoproj\.io\//
const CONFIG = /ConfigMap|configMapGenerator|Secret|secretGenerator/

export function manifestFacts(text: string): ManifestFacts {
  return {
    names: valuesOf(NAME, withoutContents(text)),
    kinds: valuesOf(KIND, text),
    renames: RENAMES.test(text),
    ofEngines: ENGINES.test(text),
    ofConfig: CONFIG.test(text),
  }
}

const NAME = /["']?name["']?\s*:[ \t]*["']?([^\s"',{}[\]#]*)/g
const KIND = /["']?kind["']?\s*:[ \t]*["']?([^\s"',{}[\]#]*)/g
/** A tag, an anchor, an alias, a block, an escape, or nothing in that line: what it says is told elsewhere, or otherwise. */
const INDIRECT = /^$|^[!&*|>?]|\\/

function valuesOf(pattern: RegExp, text: string): readonly string[] {
  const values = new Set<string>()
  for (const [, value = ''] of text.matchAll(pattern)) values.add(INDIRECT.test(value) ? '' : value)
  return [...values].map(detached)
}

/** V8 keeps a whole text in memory for the sake of a part of it. */
function detached(part: string): string {
  return Buffer.from(part).toString()
}

/** Lines that leave no doubt where a member of a document begins. */
const CLEAR = /^(?:[A-Za-z][\w.-]*:(?: |$)|(["'])[A-Za-z][\w.-]*\1:(?: |$)|#|- |-$|---\s*$|\.\.\.\s*$| |$)/
/** Members that hold no object's own name: containers, ports and volumes are named there. */
const CONTENTS = /^["']?(?:spec|data|stringData|binaryData|status)["']?:\s*(?:#.*)?$/
/** Anchors, merge keys, and what only some readers take for a line's end. */
const UNCLEAR = /(?:^|[\s[{,:])[&*][^\s*]|<<|[\u0085\u2028\u2029]|\r(?!\n)/

/** The text without what objects hold, where it is plainly one of block style; else all of it. */
function withoutContents(text: string): string {
  if (UNCLEAR.test(text)) return text
  const kept: string[] = []
  let isContents = false
  for (const line of text.split(/\r?\n/)) {
    if (!CLEAR.test(line)) return text
    if (/^[^\s#]/.test(line)) isContents = CONTENTS.test(line)
    if (isContents) continue
    // A quoted text that goes on may hold lines that look like members.
    if (isOdd(line, '"') || isOdd(line, "'")) return text
    kept.push(line)
  }
  return kept.join('\n')
}

function isOdd(line: string, quote: string): boolean {
  return line.includes(quote) && line.split(quote).length % 2 === 0
}

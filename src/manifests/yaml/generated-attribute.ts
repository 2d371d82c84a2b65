import { posix } from 'node:path'

/** The `.gitattributes` that can speak of a file, the outermost first. */
export function attributeFiles(file: string): readonly string[] {
  const folders = file.split('/').slice(0, -1)
  return ['', ...folders.map((_, i) => `${folders.slice(0, i + 1).join('/')}/`)].map(
    (folder) => `${folder}.gitattributes`,
  )
}

/**
 * True when `.gitattributes` mark a file as `linguist-generated`. As in git, the last line that matches wins, and a file
 * deeper down has the last word.
 */
export function isMarkedGenerated(file: string, attributes: ReadonlyMap<string, string>): boolean {
  let marked = false
  for (const path of attributeFiles(file)) {
    const folder = posix.dirname(path)
    const relative = folder === '.' ? file : file.slice(folder.length + 1)
    for (const line of (attributes.get(path) ?? '').split('\n')) {
      const [pattern, ...words] = line.trim().split(/\s+/)
      if (pattern === undefined || pattern === '' || pattern.startsWith('#')) continue
      const word = words.findLast((each) => /^[-!]?linguist-generated(=|$)/.test(each))
      if (word !== undefined && matches(pattern, relative)) marked = /^linguist-generated(=true)?$/.test(word)
    }
  }
  return marked
}

/** A pattern without a slash speaks of names, another one of paths; `**` crosses folders. */
function matches(pattern: string, path: string): boolean {
  const anchored = pattern.replace(/^\//, '')
  if (!pattern.includes('/')) return fits(pattern, posix.basename(path))
  return fits(anchored, path)
}

/** Glob matching by a table, from the ends: hostile patterns cost pattern times text and no more. */
function fits(pattern: string, text: string): boolean {
  const tokens = pattern.slice(0, MAX_PATTERN).match(/\*\*\/|\*\*|\*|\?|\\?[\s\S]/g) ?? []
  let behind = Array.from({ length: text.length + 1 }, (_, j) => j === text.length)
  for (const token of tokens.toReversed()) {
    const here = behind.map(() => false)
    for (let j = text.length; j >= 0; j--) {
      const slash = text[j] === '/'
      here[j] =
        token === '**' || (token === '*' && !slash)
          ? behind[j] === true || here[j + 1] === true
          : token === '*'
            ? behind[j] === true
            : // Whole folders, or none.
              token === '**/'
              ? ((j === 0 || text[j - 1] === '/') && behind[j] === true) || here[j + 1] === true
              : (token === '?' ? j < text.length && !slash : token.replace(/^\\(?=.)/, '') === text[j]) &&
                behind[j + 1] === true
    }
    behind = here
  }
  return behind[0] === true
}

const MAX_PATTERN = 1000

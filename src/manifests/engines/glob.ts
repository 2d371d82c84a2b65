/** Patterns are untrusted: alternatives are bounded, and matching takes at most pattern × text steps. */
const MOST_ALTERNATIVES = 64

/**
 * Globs as Argo CD uses them. With a separator `*` and `?` stay within one part and `**` spans any number of parts
 * (doublestar: generators, values files); without one `*` matches anything (gobwas: directory include and exclude,
 * projects). `{a,b}`, `[a-z]`, `[!a]` and a backslash are known to both.
 */
export function globMatches(pattern: string, text: string, separator?: '/'): boolean {
  return alternatives(pattern).some((each) =>
    separator === undefined
      ? matchesPart(tokens(each), [...text])
      : matchesParts(each.split('/'), text.split('/')),
  )
}

export function isGlob(text: string): boolean {
  return /[*?[]/.test(text)
}

/** The patterns that a pattern with `{a,b}` stands for. */
function alternatives(pattern: string): readonly string[] {
  let open = [pattern]
  for (let round = 0; round < 8; round++) {
    const next = open.flatMap((each) => {
      const [whole, inner] = /\{([^{}]*)\}/.exec(each) ?? []
      return whole === undefined || inner === undefined
        ? [each]
        : inner.split(',').map((choice) => each.replace(whole, () => choice))
    })
    if (next.length > MOST_ALTERNATIVES) return []
    if (next.length === open.length && next.every((each, i) => each === open[i])) return next
    open = next
  }
  return open
}

/** Which prefixes of the parts the patterns so far match: one row of a table at a time. */
function matchesParts(patterns: readonly string[], parts: readonly string[]): boolean {
  let row = [true, ...parts.map(() => false)]
  for (const pattern of patterns) {
    const wanted = tokens(pattern)
    const next: boolean[] = []
    for (let i = 0; i <= parts.length; i++) {
      const part = i === 0 ? undefined : parts[i - 1]
      if (pattern === '**') next.push(row[i] === true || (i > 0 && next[i - 1] === true))
      else next.push(part !== undefined && row[i - 1] === true && matchesPart(wanted, [...part]))
    }
    row = next
  }
  return row[parts.length] === true
}

type Token = { readonly any: true } | { readonly fits: (character: string) => boolean }

function tokens(pattern: string): readonly Token[] {
  const found: Token[] = []
  const characters = [...pattern]
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? ''
    const close = character === '[' ? characters.indexOf(']', i + 2) : -1
    if (character === '*') found.push({ any: true })
    else if (character === '?') found.push({ fits: () => true })
    else if (close > 0) {
      found.push({ fits: classOf(characters.slice(i + 1, close)) })
      i = close
    } else {
      if (character === '\\') i += 1
      const exact = characters[i] ?? character
      found.push({ fits: (other) => other === exact })
    }
  }
  return found
}

function classOf(inner: readonly string[]): (character: string) => boolean {
  const negated = inner[0] === '!' || inner[0] === '^'
  const rest = negated ? inner.slice(1) : inner
  return (character) => {
    let inside = false
    for (let i = 0; i < rest.length; i++) {
      const [from = '', dash, to] = [rest[i], rest[i + 1], rest[i + 2]]
      if (dash === '-' && to !== undefined) {
        inside ||= from <= character && character <= to
        i += 2
      } else inside ||= from === character
    }
    return inside !== negated
  }
}

/** Goes back to the last `*` only: enough for wildcards, and never exponential. */
function matchesPart(wanted: readonly Token[], text: readonly string[]): boolean {
  let [at, t, star, mark] = [0, 0, -1, 0]
  while (at < text.length) {
    const token = wanted[t]
    if (token !== undefined && 'any' in token) {
      star = t
      mark = at
      t += 1
    } else if (token?.fits(text[at] ?? '')) {
      t += 1
      at += 1
    } else if (star >= 0) {
      t = star + 1
      mark += 1
      at = mark
    } else return false
  }
  return wanted.slice(t).every((token) => 'any' in token)
}

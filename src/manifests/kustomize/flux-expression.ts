export type Variables = Readonly<Record<string, string>>

/** A `${…}` that Flux would refuse, or that we do not evaluate; the message is a sentence. */
export class SubstitutionError extends Error {
  override readonly name = 'SubstitutionError'
}

/**
 * Replaces `${…}` in a text as Flux's `envsubst` does (a fork of drone/envsubst), its quirks included: `$$` is a dollar
 * sign, every operator with a word (`:-`, `:=`, `=`, `:?`, `:+`) means a default for an empty or missing variable, and
 * `${NAME-word}` is an error. SubstitutionError.
 */
export function evaluate(text: string, variables: Variables, strict: boolean): string {
  const reader = new Reader(text, variables, strict)
  return reader.all()
}

const MAX_DEPTH = 100
const MAX_OUTPUT = 32 * 2 ** 20
/** Patterns are tried on every prefix of a value. */
const MAX_TRIMMED = 4096

class Reader {
  readonly #text: string
  readonly #variables: Variables
  readonly #strict: boolean
  #at = 0
  #depth = 0

  constructor(text: string, variables: Variables, strict: boolean) {
    this.#text = text
    this.#variables = variables
    this.#strict = strict
  }

  all(): string {
    const parts: string[] = []
    let size = 0
    while (this.#at < this.#text.length) {
      const dollar = this.#text.indexOf('$', this.#at)
      const end = dollar < 0 ? this.#text.length : dollar
      parts.push(this.#text.slice(this.#at, end))
      this.#at = end
      if (dollar < 0) break
      if (this.#peek(2) === '$$') {
        parts.push('$')
        this.#at += 2
      } else if (this.#peek(2) === '${') {
        parts.push(this.#expression())
      } else {
        parts.push('$')
        this.#at += 1
      }
      size += parts.at(-1)?.length ?? 0
      if (size > MAX_OUTPUT) throw new SubstitutionError('variable substitution makes it too large')
    }
    return parts.join('')
  }

  #peek(length: number): string {
    return this.#text.slice(this.#at, this.#at + length)
  }

  /** Reads `${…}` and gives its value. */
  #expression(): string {
    const start = this.#at
    this.#at += 2
    if (++this.#depth > MAX_DEPTH) throw this.#bad(start)
    const value = this.#operation(start)
    if (this.#peek(1) !== '}') throw this.#bad(start)
    this.#at += 1
    this.#depth -= 1
    return value
  }

  #operation(start: number): string {
    if (this.#peek(1) === '#') {
      this.#at += 1
      return String(Buffer.byteLength(this.#value(this.#name(start))))
    }
    const name = this.#name(start)
    const next = this.#peek(1)
    if (next === '}') return this.#value(name)
    const fallback = /^(:[=\-?+]|=)/.exec(this.#peek(2))?.[0]
    if (fallback !== undefined) {
      this.#at += fallback.length
      const word = this.#words(start)
      const own = Object.hasOwn(this.#variables, name) ? this.#variables[name] : undefined
      return own === undefined || own === '' ? word : own
    }
    if (next === ':') return this.#substring(name, start)
    if (next === ',' || next === '^') return this.#casing(name)
    if (next === '/') return this.#replacement(name, start)
    if (next === '#' || next === '%') return this.#trimmed(name, next, start)
    throw this.#bad(start)
  }

  #name(start: number): string {
    const name = /^[\p{L}\p{Nd}_]+/u.exec(this.#text.slice(this.#at, this.#at + 256))?.[0]
    if (name === undefined) throw this.#bad(start)
    this.#at += name.length
    return name
  }

  #value(name: string): string {
    const value = Object.hasOwn(this.#variables, name) ? this.#variables[name] : undefined
    if (value === undefined && this.#strict)
      throw new SubstitutionError(`the variable ${name} has no value and no default`)
    return value ?? ''
  }

  /** Text and nested expressions up to the closing brace. */
  #words(start: number): string {
    let words = ''
    while (this.#peek(1) !== '}') words += this.#word(/[^}]/, start)
    return words
  }

  /** One nested expression, or at least one character that is accepted. */
  #word(accepted: RegExp, start: number, escapes = false): string {
    if (this.#peek(2) === '${') return this.#expression()
    const from = this.#at
    let text = ''
    while (this.#at < this.#text.length && this.#peek(2) !== '${') {
      const pair = this.#peek(2)
      if (escapes && (pair === '$$' || pair === '\\/' || pair === '\\\\')) {
        text += pair[1] ?? ''
        this.#at += 2
        continue
      }
      const char = this.#peek(1)
      if (!accepted.test(char)) break
      text += char
      this.#at += 1
    }
    if (this.#at === from) throw this.#bad(start)
    return text
  }

  /** `${NAME:from}`, `${NAME:from:length}`; both count bytes, and what is no number leaves the value as it is. */
  #substring(name: string, start: number): string {
    this.#at += 1
    const first = this.#word(/[^:}]/, start)
    let second: string | undefined
    if (this.#peek(1) === ':') {
      while (this.#peek(1) === ':') this.#at += 1
      second = this.#word(/[^}]/, start)
    }
    const value = this.#value(name)
    const bytes = Buffer.from(value)
    const from = integer(first)
    if (from === undefined) return value
    const begin = from < 0 ? Math.max(0, bytes.length + from) : from
    if (second === undefined) return bytes.subarray(begin).toString()
    const length = integer(second)
    if (length === undefined) return value
    const end = length < 0 ? bytes.length + length : begin + length
    return end < begin ? '' : bytes.subarray(begin, end).toString()
  }

  #casing(name: string): string {
    const operator = /^[,^]{1,2}/.exec(this.#peek(2))?.[0] ?? ''
    this.#at += operator.length
    const value = this.#value(name)
    const first = [...value][0] ?? ''
    if (operator === ',,') return value.toLowerCase()
    if (operator === '^^') return value.toUpperCase()
    if (operator === ',') return first.toLowerCase() + value.slice(first.length)
    if (operator === '^') return first.toUpperCase() + value.slice(first.length)
    return value
  }

  #replacement(name: string, start: number): string {
    const operator = /^\/[/#%]?/.exec(this.#peek(2))?.[0] ?? '/'
    this.#at += operator.length
    const pattern = this.#peek(1) === '/' ? '' : this.#word(/[^/]/, start, true)
    if (this.#peek(1) !== '/') throw this.#bad(start)
    while (this.#peek(1) === '/') this.#at += 1
    const replacement = this.#peek(1) === '}' ? undefined : this.#word(/[^}]/, start, true)
    const value = this.#value(name)
    const by = () => replacement ?? ''
    if (operator === '//')
      return pattern === '' && replacement === undefined ? value : value.replaceAll(pattern, by)
    if (operator === '/') return value.replace(pattern, by)
    if (replacement === undefined) return value
    if (operator === '/#')
      return value.startsWith(pattern) ? replacement + value.slice(pattern.length) : value
    return value.endsWith(pattern) ? value.slice(0, value.length - pattern.length) + replacement : value
  }

  /** `#`, `##` from the beginning, `%`, `%%` from the end: the shortest or longest part that a pattern matches. */
  #trimmed(name: string, operator: string, start: number): string {
    const isLong = this.#peek(2) === operator + operator
    this.#at += isLong ? 2 : 1
    const pattern = this.#word(/[^}]/, start)
    const value = this.#value(name)
    if (/[[\]\\]/.test(pattern) || value.length > MAX_TRIMMED)
      throw new SubstitutionError(`the pattern of \${${name}${operator}…} is not evaluated here`)
    const characters = [...value]
    const lengths = characters.map((_each, i) => i + 1)
    for (const length of isLong ? lengths.toReversed() : lengths) {
      const part = operator === '#' ? characters.slice(0, length) : characters.slice(-length)
      if (!matches([...pattern], part)) continue
      return (operator === '#' ? characters.slice(length) : characters.slice(0, -length)).join('')
    }
    return value
  }

  #bad(start: number): SubstitutionError {
    const shown = (this.#text.slice(start, start + 60).split('\n')[0] ?? '').replaceAll(/\p{Cc}/gu, ' ')
    return new SubstitutionError(`the variable expression ${shown} cannot be read`)
  }
}

function integer(text: string): number | undefined {
  return /^[-+]?\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** A pattern of `*` and `?` against a whole text, in time proportional to the product of their lengths. */
function matches(pattern: readonly string[], text: readonly string[]): boolean {
  let [p, t, star, from] = [0, 0, -1, 0]
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++
      from = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++from
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

import { z } from 'zod'
import { parseByteSize } from './byte-size.ts'
import { parseDuration } from './duration.ts'
import { type ListenAddress, parseListenAddress } from './listen-address.ts'
import { urlProblem } from './server-url.ts'

/** What a setting carries besides its check. `type` is also how its text in a variable or flag is read. */
export interface About {
  readonly type: SettingType
  readonly about: string
}

export type SettingType =
  | 'text'
  | 'path'
  | 'URL'
  | 'duration'
  | 'size'
  | 'address'
  | 'true or false'
  | 'whole number'
  | 'list of texts'
  | 'list of repositories'

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** A text that a predicate accepts. `expected` finishes the sentence "expected …". */
export function textOf(expected: string, accepts: (text: string) => boolean) {
  return z.string({ error: expected }).refine(accepts, { error: expected })
}

export function someText(expected = 'text') {
  return textOf(expected, (text) => text !== '' && text.length <= 1024 && !/\p{Cc}/u.test(text))
}

/** A text that is read into something else. */
export function textInto<T>(expected: string, read: (text: string) => T | undefined) {
  return z.string({ error: expected }).transform((text, context): T => {
    const value = read(text)
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: expected })
    return z.NEVER
  })
}

export function path() {
  return someText('a path')
}

/** Milliseconds. */
export function duration(least = 0) {
  const expected =
    least === 0 ? 'a duration such as 15s or 10m' : `a duration such as 15s or 10m, at least ${least} ms`
  return textInto(expected, (text) => {
    const ms = parseDuration(text)
    return ms !== undefined && ms >= least ? ms : undefined
  })
}

/** Bytes. */
export function byteSize(most: number) {
  const expected = `a size such as 512KiB or 1MiB, between 1 and ${most} bytes`
  return z.union([z.string(), z.int()], { error: expected }).transform((value, context): number => {
    const bytes = parseByteSize(String(value))
    if (bytes !== undefined && bytes >= 1 && bytes <= most) return bytes
    context.addIssue({ code: 'custom', message: expected })
    return z.NEVER
  })
}

export function address() {
  return textInto<ListenAddress>('HOST:PORT, [IPv6]:PORT or :PORT', parseListenAddress)
}

export function plainHttpUrl() {
  return z.string({ error: 'a URL' }).superRefine((text, context) => {
    const problem = urlProblem(text, ['https', 'http'], 'anywhere')
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })
}

export function wholeNumber(least: number, most: number) {
  const expected = `a whole number between ${least} and ${most}`
  return z.int({ error: expected }).min(least, { error: expected }).max(most, { error: expected })
}

export function trueOrFalse() {
  return z.boolean({ error: 'true or false' })
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: `one of ${values.join(', ')}` })
}

/** A namespace, or any other DNS label (RFC 1123). */
export function dnsLabel(expected = 'the name of a namespace') {
  return textOf(expected, (text) => LABEL.test(text))
}

export function listOf<T extends z.ZodType>(item: T, expected: string) {
  return z.array(item, { error: expected })
}

/** A text or a list of texts. */
export function oneOrMore<T extends z.ZodType<string, string>>(item: T, expected: string) {
  return z
    .union([z.string(), z.array(z.unknown())], { error: expected })
    .transform((value): unknown => (Array.isArray(value) ? value : [value]))
    .pipe(z.array(item, { error: expected }))
}

export function environmentName() {
  return textOf('the name of an environment variable', (text) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text))
}

/** A setting: its check, how its text is read in a variable or flag, and what it is for. */
export function say<T extends z.ZodType>(schema: T, type: SettingType, about: string): T {
  return schema.meta({ type, about } satisfies About)
}

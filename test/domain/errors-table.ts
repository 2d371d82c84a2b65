import { readFile } from 'node:fs/promises'
import { ERRORS, type ErrorCode } from '#src/domain/errors.ts'

const DOCUMENT = new URL('../../docs/errors.md', import.meta.url)
const SOURCE = new URL('../../src/domain/errors.ts', import.meta.url)

/** What a row says of a code that nobody has explained yet. */
export const UNEXPLAINED = '**to be written**'

export interface ErrorsTable {
  /** The rows as they stand in docs/errors.md, by code. */
  readonly written: ReadonlyMap<string, string>
  /** The rows as they should be, by code, in the order of the source; meanings are those that are written. */
  readonly expected: ReadonlyMap<ErrorCode, string>
}

/** Rooms are the comments of src/domain/errors.ts, meanings are written by hand, the rest is made of the code. */
export async function readErrorsTable(): Promise<ErrorsTable> {
  const lines = (await readFile(DOCUMENT, 'utf8')).split('\n')
  const rows = lines.flatMap((line) => {
    const [, code] = /^\| `(\w+)` \|/.exec(line) ?? []
    return code === undefined ? [] : [[code, line] as const]
  })
  const written = new Map(rows)
  const expected = new Map(
    roomsOf(await readFile(SOURCE, 'utf8')).map(({ code, room }) => {
      const meaning = written.get(code)?.split(' | ')[2] ?? UNEXPLAINED
      const retry = ERRORS[code].retry === 'never' ? 'no' : 'yes'
      return [code, `| \`${code}\` | ${room} | ${meaning} | ${retry} | ${ERRORS[code].remedy} |`] as const
    }),
  )
  return { written, expected }
}

function roomsOf(source: string): readonly { code: ErrorCode; room: string }[] {
  let room = ''
  return source.split('\n').flatMap((line) => {
    room = /^ {2}\/\/ (\w+)$/.exec(line)?.[1] ?? room
    const code = /^ {2}(\w+): \{/.exec(line)?.[1]
    return code !== undefined && Object.hasOwn(ERRORS, code) ? [{ code: code as ErrorCode, room }] : []
  })
}

import assert from 'node:assert/strict'
import type { Contents } from './repository-copy.ts'
import type { Row } from './row.ts'

type Hunks = Extract<Row['becomes'], Readonly<Record<string, readonly string[]>>>

/** The files as the hunks of a row make them. Fails where a line that should go does not stand there. */
export function withHunks(original: Contents, hunks: Hunks): Contents {
  const after = new Map(original)
  const byFile = Map.groupBy(Object.entries(hunks), ([at]) => at.slice(0, at.lastIndexOf(':')))
  for (const [file, of] of byFile) {
    const lines = (original.get(file) ?? '').split('\n')
    const isNew = !original.has(file)
    for (const [at, changes] of of.toReversed()) {
      const line = at.slice(at.lastIndexOf(':') + 1)
      assert.equal(line === 'new', isNew, `${at}: the file is ${isNew ? 'new' : 'there already'}`)
      const start = isNew ? 0 : Number(line) - 1
      const gone = changes.filter((change) => change.startsWith('-')).map((change) => change.slice(1))
      const come = changes.filter((change) => change.startsWith('+')).map((change) => change.slice(1))
      assert.equal(gone.length + come.length, changes.length)
      assert.deepEqual(lines.slice(start, start + gone.length), gone, at)
      lines.splice(start, gone.length, ...come)
    }
    after.set(file, lines.join('\n'))
  }
  return after
}

/** What differs, in the form of a row: how a row that fails is told. */
export function hunksBetween(before: Contents, after: Contents): Hunks {
  const hunks: Record<string, readonly string[]> = {}
  for (const [path, text] of after) {
    const was = before.get(path)
    if (was === text) continue
    if (was === undefined) hunks[`${path}:new`] = text.split('\n').map((line) => `+${line}`)
    else Object.assign(hunks, lineHunks(path, was.split('\n'), text.split('\n')))
  }
  return hunks
}

/** Line by line along a longest common subsequence. */
function lineHunks(path: string, was: readonly string[], is: readonly string[]): Hunks {
  const common = commonLengths(was, is)
  const length = (i: number, j: number) => common[i]?.[j] ?? 0
  const hunks: Record<string, readonly string[]> = {}
  let [i, j, start] = [0, 0, -1]
  let [gone, come]: [string[], string[]] = [[], []]
  const close = () => {
    if (start >= 0) hunks[`${path}:${start + 1}`] = [...gone, ...come]
    ;[gone, come, start] = [[], [], -1]
  }
  while (i < was.length || j < is.length) {
    if (i < was.length && j < is.length && was[i] === is[j]) {
      close()
      i++
      j++
      continue
    }
    if (start < 0) start = i
    if (j >= is.length || (i < was.length && length(i + 1, j) >= length(i, j + 1))) gone.push(`-${was[i++]}`)
    else come.push(`+${is[j++]}`)
  }
  close()
  return hunks
}

function commonLengths(was: readonly string[], is: readonly string[]): readonly (readonly number[])[] {
  const common = Array.from({ length: was.length + 1 }, () => new Array<number>(is.length + 1).fill(0))
  for (let i = was.length - 1; i >= 0; i--)
    for (let j = is.length - 1; j >= 0; j--) {
      const row = common[i]
      if (row === undefined) continue
      row[j] =
        was[i] === is[j]
          ? (common[i + 1]?.[j + 1] ?? 0) + 1
          : Math.max(common[i + 1]?.[j] ?? 0, row[j + 1] ?? 0)
    }
  return common
}

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { editJson, runHere } from '../../cli/edit/edit-command.ts'
import { FLEET } from './fleet-edits.ts'
import { hunksBetween, withHunks } from './hunks.ts'
import { PLATFORM } from './platform-edits.ts'
import { copyOf } from './repository-copy.ts'
import type { Row } from './row.ts'
import { SHIPPING } from './shipping-edits.ts'

const TABLES: Readonly<Record<string, readonly Row[]>> = {
  fleet: FLEET,
  shipping: SHIPPING,
  platform: PLATFORM,
}

for (const [name, rows] of Object.entries(TABLES))
  describe(`in the repository ${name}`, () => {
    let copy: Awaited<ReturnType<typeof copyOf>>
    before(async () => {
      copy = await copyOf(name)
    })
    after(() => copy.remove())
    for (const row of rows)
      test(row.why, async () => {
        if (row.trace !== undefined) await traced(copy.folder, row, row.trace)
        try {
          const { code, stderr, report } = await editJson(copy.folder, ...argumentsOf(row), '--write')
          const { becomes } = row
          const contents = await copy.contents()
          if (becomes === 'unchanged' || Array.isArray(becomes)) {
            assert.deepEqual(hunksBetween(copy.original, contents), {})
            const [wanted, says] = becomes === 'unchanged' ? ['', ''] : (becomes as readonly string[])
            const { code: refused = '', message = '' } = report.error ?? {}
            assert.deepEqual([code, refused], [wanted === '' ? 0 : 3, wanted], message + stderr)
            assert.ok(message.includes(says ?? ''), message)
            return
          }
          const hunks = becomes as Exclude<typeof becomes, readonly string[]>
          const { code: refused, message } = report.error ?? {}
          assert.equal(code, 0, `${refused}: ${message} ${stderr}`)
          assert.deepEqual(hunksBetween(copy.original, contents), hunks)
          assert.deepEqual(contents, withHunks(copy.original, hunks))
          assert.equal(report.outcome, 'edited')
          for (const { file, line } of report.edits)
            assert.ok(isWithin(hunks, file, line), `told: ${file}:${line}`)
          if (row.again) await unchanged(copy.folder, row)
        } finally {
          await copy.restore()
        }
      })
  })

function argumentsOf({ root, target, set = [], unset = [], flags = [] }: Row): readonly string[] {
  const [folder = '.', ...chart] = root.split(' ')
  const each = (option: string, of: string | readonly string[]) => [of].flat().flatMap((one) => [option, one])
  return [
    ...['--root', folder, ...chart, '--target', target],
    ...[...each('--set', set), ...each('--unset', unset), ...flags],
  ]
}

async function unchanged(folder: string, row: Row): Promise<void> {
  const { code, report } = await editJson(folder, ...argumentsOf(row), '--write')
  assert.deepEqual([code, report.outcome], [0, 'unchanged'])
}

async function traced(
  folder: string,
  { set = [], unset = [] }: Row,
  [object, engine, at]: readonly [string, string, string],
): Promise<void> {
  const [field = ''] = [set, unset].flat()
  const path = fieldOf(field)
  const { code, stdout, stderr } = await runHere(['trace', '--repo', folder, '--json', object, path])
  assert.equal(code, 0, stdout + stderr)
  const report = JSON.parse(stdout) as { engine: string; file: string; line: number }
  assert.deepEqual([report.engine, `${report.file}:${report.line}`], [engine, at])
}

/** The field of `FIELD=VALUE`. */
function fieldOf(text: string): string {
  const bracket = /^(?:[^=[]|\[[^\]]*\])*/.exec(text)?.[0]
  return bracket ?? text
}

/** True where a row says that the file changes at the line. */
function isWithin(hunks: Readonly<Record<string, readonly string[]>>, file: string, line: number): boolean {
  return Object.entries(hunks).some(([at, changes]) => {
    if (at === `${file}:new`) return true
    const start = Number(at.slice(at.lastIndexOf(':') + 1))
    return at.startsWith(`${file}:`) && line >= start && line < start + changes.length
  })
}

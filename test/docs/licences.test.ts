import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { licencesTable } from './licences.ts'

/** What may go into a package under Apache-2.0 without a further thought. */
const FINE =
  /^(MIT|ISC|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|0BSD|Unlicense|CC0-1\.0|BlueOak-1\.0\.0|Python-2\.0|PSF-2\.0)$/

test('docs/licences.md lists every package that is installed with ours', async () => {
  const page = await readFile(new URL('../../docs/licences.md', import.meta.url), 'utf8')
  assert.ok(page.includes(await licencesTable()), 'print it with: node test/docs/print-licences.ts')
})

test('every licence allows what we do', async () => {
  const licences = [...(await licencesTable()).matchAll(/^\| ([^|]+) \| [^|]+ \|$/gm)].map(
    ([, name]) => name ?? '',
  )
  assert.ok(licences.length > 3)
  assert.deepEqual(
    licences.filter((name) => !/^(Licence|---)$/.test(name) && !FINE.test(name)),
    [],
  )
})

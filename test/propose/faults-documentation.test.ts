import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { fieldsTable, reasonsTable } from './faults-table.ts'

const HOW = 'print the tables with: node test/propose/print-faults-tables.ts'

describe('docs/faults.md', async () => {
  const text = await readFile(new URL('../../docs/faults.md', import.meta.url), 'utf8')

  it('lists every reason with its family', () => assert.ok(text.includes(reasonsTable()), HOW))

  it('lists every field that may be changed, and for which faults', () =>
    assert.ok(text.includes(fieldsTable()), HOW))
})

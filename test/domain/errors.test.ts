import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { asOperatorError, ERRORS, OperatorError } from '#src/domain/errors.ts'
import { readErrorsTable, UNEXPLAINED } from './errors-table.ts'

describe('docs/errors.md', async () => {
  const { written, expected } = await readErrorsTable()

  it('has a row for every code, as the code has it', () => {
    assert.equal(
      expected.size,
      Object.keys(ERRORS).length,
      'a code of src/domain/errors.ts was not found in its text',
    )
    const wrong = [...expected].filter(([code, row]) => written.get(code) !== row).map(([, row]) => row)
    const how = 'docs/errors.md lacks these rows (regenerate with: node test/domain/print-errors-table.ts)'
    assert.equal(wrong.length, 0, `${how}:\n${wrong.join('\n')}`)
  })

  it('has no row without a code', () => {
    const stale = [...written.keys()].filter((code) => !Object.hasOwn(ERRORS, code))
    assert.deepEqual(stale, [])
  })

  it('says of every code what happened', () => {
    const unexplained = [...expected].filter(([, row]) => row.includes(UNEXPLAINED)).map(([code]) => code)
    assert.deepEqual(unexplained, [])
  })

  it('keeps the order of the source', () => {
    assert.deepEqual([...written.keys()], [...expected.keys()])
  })
})

describe('an error for people', () => {
  it('names its object and its remedy, and takes its retry from the table', () => {
    const error = new OperatorError('NotInGit', 'no file renders it', { object: 'Deployment shop/web' })
    assert.equal(error.message, 'Deployment shop/web: no file renders it')
    assert.equal(error.retry, 'never')
    assert.equal(error.remedy, ERRORS.NotInGit.remedy)
  })

  it('waits as long as a server asked', () => {
    assert.deepEqual(new OperatorError('ForgeRateLimited', 'x', { retry: { afterMs: 5 } }).retry, {
      afterMs: 5,
    })
  })

  it('stays what it is, and everything else is a defect of ours', () => {
    const error = new OperatorError('NotInGit', 'x')
    assert.equal(asOperatorError(error), error)
    assert.equal(asOperatorError(new TypeError('boom')).code, 'Internal')
    assert.equal(asOperatorError('boom').message, 'boom')
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OperatorError } from '#src/domain/errors.ts'
import { ClosingGate } from '#src/reconcile/closing-gate.ts'

const WHY = new OperatorError('RepositoryClosed', 'it was removed')

test('calls pass an open gate with their answers and errors', async () => {
  const port = {
    double: async (n: number) => 2 * n,
    fail: async () => Promise.reject(new Error('no')),
    name: 'x',
  }
  const passed = new ClosingGate().around(port)
  assert.equal(await passed.double(4), 8)
  await assert.rejects(passed.fail(), /^Error: no$/)
  assert.equal(passed.name, 'x')
})

test('a call under way fails at once, and closing waits until its work has really ended', async () => {
  const work = Promise.withResolvers<string>()
  const gate = new ClosingGate()
  const call = gate.around({ read: () => work.promise }).read()
  let closed = false
  const closing = gate.close(WHY).then(() => {
    closed = true
  })
  await assert.rejects(call, { code: 'RepositoryClosed' })
  assert.equal(closed, false)
  work.resolve('too late')
  await closing
})

test('nothing passes a closed gate, and nothing is done behind it', async () => {
  const gate = new ClosingGate()
  let done = 0
  const port = gate.around({ push: async () => ++done })
  await gate.close(WHY)
  await assert.rejects(port.push(), { code: 'RepositoryClosed', retry: 'backoff' })
  assert.equal(done, 0)
})

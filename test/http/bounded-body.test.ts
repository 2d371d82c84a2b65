import assert from 'node:assert/strict'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { readBody } from '#src/http/bounded-body.ts'

describe('reading a body', () => {
  function message(headers: Record<string, string> = {}): IncomingMessage {
    return Object.assign(new IncomingMessage(new Socket()), { headers })
  }

  it('ends at the first byte beyond the limit, whatever was announced', async () => {
    const request = message({ 'content-length': '1' })
    const read = readBody(request, 10)
    request.push(Buffer.alloc(10))
    request.push(Buffer.alloc(1))
    assert.deepEqual(await read, { state: 'too-large' })
  })

  it('takes a body of exactly the limit', async () => {
    const request = message()
    const read = readBody(request, 3)
    request.push('ab')
    request.push('c')
    request.push(null)
    assert.deepEqual(await read, { state: 'read', body: Buffer.from('abc') })
  })

  it('tells a body that broke off from one that ended', async () => {
    const request = message()
    const read = readBody(request, 10)
    request.push('ab')
    request.destroy()
    assert.deepEqual(await read, { state: 'broken' })
  })
})

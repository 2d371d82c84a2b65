import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { deliver, type Fixture, type Reply, readReply, sign, startWebhook } from './webhook-fixture.ts'

const MIB = 1024 * 1024

describe('a webhook server under attack', () => {
  let fixture: Fixture
  const sockets: Socket[] = []
  beforeEach(async () => {
    fixture = await startWebhook({ headersMs: 600, requestMs: 600, checkEveryMs: 50, maxConnections: 8 })
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await fixture.server.close(0)
  })

  function open(): Socket {
    const socket = connect(fixture.server.port, '127.0.0.1')
    socket.on('error', () => undefined)
    sockets.push(socket)
    return socket
  }

  const HEADERS = [
    'POST /webhook HTTP/1.1',
    'Host: x',
    'Content-Type: application/json',
    `X-Hub-Signature-256: ${sign('')}`,
  ]

  function textUntilClosed(socket: Socket): Promise<string> {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString()
    })
    return new Promise((resolve) => socket.on('close', () => resolve(text)))
  }

  /** Streams so many bytes as fast as they are taken, until there is an answer or the connection is cut. */
  function stream(
    total: number,
    headers: Record<string, string>,
  ): Promise<{ reply: Reply | undefined; sent: number }> {
    const chunk = Buffer.alloc(64 * 1024, 'x')
    let sent = 0
    return new Promise((resolve) => {
      const outgoing = request({
        port: fixture.server.port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/webhook',
        agent: false,
        headers: { 'content-type': 'application/json', 'x-hub-signature-256': sign('x'), ...headers },
      })
      const write = () => {
        while (sent < total && !outgoing.destroyed) {
          sent += chunk.length
          if (!outgoing.write(chunk)) return
        }
        if (!outgoing.destroyed) outgoing.end()
      }
      outgoing.on('drain', write)
      outgoing.on('response', (incoming) => {
        readReply(incoming).then(
          (reply) => {
            outgoing.destroy()
            resolve({ reply, sent })
          },
          () => resolve({ reply: undefined, sent }),
        )
      })
      outgoing.on('error', () => resolve({ reply: undefined, sent }))
      write()
    })
  }

  it('refuses 25 MB by its announced length before reading it', async () => {
    const { reply, sent } = await stream(25 * MIB, { 'content-length': String(25 * MIB) })
    assert.deepEqual([reply?.status, reply?.code], [413, 'BodyTooLarge'])
    assert.ok(sent < 25 * MIB, `${sent} bytes were taken`)
    assert.deepEqual(fixture.results, ['too_large'])
  })

  it('refuses 25 MB of unannounced length at the limit, and takes no more of it', async () => {
    const { reply, sent } = await stream(25 * MIB, { 'transfer-encoding': 'chunked' })
    assert.deepEqual([reply?.status, reply?.code], [413, 'BodyTooLarge'])
    assert.ok(sent < 25 * MIB, `${sent} bytes were taken`)
    assert.deepEqual(fixture.results, ['too_large'])
  })

  it('cuts off a client that goes on sending after its refusal', async () => {
    const socket = open()
    await once(socket, 'connect')
    socket.write(`POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: ${100 * MIB}\r\n\r\n`)
    const chunk = Buffer.alloc(64 * 1024)
    const pump = () => {
      while (!socket.destroyed && socket.write(chunk)) {
        // The kernel's buffers take some; then drain goes on.
      }
    }
    socket.on('drain', pump)
    pump()
    const text = await textUntilClosed(socket)
    assert.ok(socket.bytesWritten < 100 * MIB)
    assert.match(text, /^(?:HTTP\/1\.1 415|$)/)
  })

  it('tells a client that waits for 100 Continue its refusal instead', async () => {
    const socket = open()
    const closed = textUntilClosed(socket)
    socket.write(`${HEADERS.join('\r\n')}\r\nExpect: 100-continue\r\nContent-Length: ${25 * MIB}\r\n\r\n`)
    const text = await closed
    assert.match(text, /^HTTP\/1\.1 413 /)
    assert.doesNotMatch(text, /100 Continue/)
  })

  it('reads a small body that waits for 100 Continue', async () => {
    const reply = await deliver(fixture, { headers: { expect: '100-continue' } })
    assert.equal(reply.status, 202)
  })

  it('ends connections that send their headers drop by drop', async () => {
    const socket = open()
    const closed = textUntilClosed(socket)
    socket.write('POST /webhook HTTP/1.1\r\nHost:')
    const drops = setInterval(() => socket.write('x'), 20)
    await closed
    clearInterval(drops)
    assert.deepEqual(fixture.results, [])
  })

  it('ends connections that send their body drop by drop', async () => {
    const socket = open()
    const closed = textUntilClosed(socket)
    socket.write(`${HEADERS.join('\r\n')}\r\nContent-Length: 1000\r\n\r\n`)
    const drops = setInterval(() => socket.write('x'), 20)
    await closed
    clearInterval(drops)
    assert.deepEqual(fixture.hints, [])
  })

  it('takes deliveries again after more slow connections than it allows', async () => {
    const slow = Array.from({ length: 12 }, () => {
      const socket = open()
      socket.write('POST /webhook HTTP/1.1\r\n')
      return textUntilClosed(socket)
    })
    await Promise.all(slow)
    assert.equal((await deliver(fixture)).status, 202)
  })

  it('survives clients that go away in the middle of a body', async () => {
    const socket = open()
    const closed = textUntilClosed(socket)
    await once(socket, 'connect')
    socket.write(`${HEADERS.join('\r\n')}\r\nContent-Length: 1000\r\n\r\nxxx`, () => socket.resetAndDestroy())
    await closed
    assert.equal((await deliver(fixture)).status, 202)
  })

  it('closes in bounded time while a request hangs', async () => {
    const socket = open()
    const closed = textUntilClosed(socket)
    await once(socket, 'connect')
    socket.write(`${HEADERS.join('\r\n')}\r\nContent-Length: 1000\r\n\r\n`)
    await fixture.server.close(10)
    await closed
    await assert.rejects(deliver(fixture))
  })
})

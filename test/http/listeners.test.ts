import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startListeners } from '#src/http/listeners.ts'
import { startHttpServer } from '#src/http/server.ts'
import type { Handler } from '#src/http/webhook.ts'
import { memoryLog } from './webhook-fixture.ts'

describe('listeners', () => {
  const log = memoryLog([])
  const says =
    (text: string): Handler =>
    async (_, response) => {
      response.end(text)
    }
  const get = async (port: number | undefined, path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })
    return response.ok ? response.text() : response.status
  }

  it('keep endpoints with addresses of their own apart', async () => {
    const listen = { host: '127.0.0.1', port: 0 }
    const listeners = await startListeners(
      [
        { listen, routes: new Map([['/a', says('a')]]) },
        { listen, routes: new Map([['/b', says('b')]]) },
      ],
      log,
    )
    const [a, b] = listeners.ports
    assert.deepEqual([await get(a, '/a'), await get(a, '/b'), await get(b, '/b')], ['a', 404, 'b'])
    await listeners.close(0)
    await assert.rejects(get(a, '/a'))
    await assert.rejects(get(b, '/b'))
  })

  it('serve endpoints with one address on one port', async () => {
    const probe = await startHttpServer({ host: '127.0.0.1', port: 0, routes: new Map(), log })
    await probe.close(0)
    const listen = { host: '127.0.0.1', port: probe.port }
    const listeners = await startListeners(
      [
        { listen, routes: new Map([['/a', says('a')]]) },
        { listen, routes: new Map([['/b', says('b')]]) },
      ],
      log,
    )
    assert.deepEqual(listeners.ports, [probe.port, probe.port])
    assert.deepEqual([await get(probe.port, '/a'), await get(probe.port, '/b')], ['a', 'b'])
    await listeners.close(0)
  })

  it('start all or none', async () => {
    const taken = await startHttpServer({ host: '127.0.0.1', port: 0, routes: new Map(), log })
    const free = await startHttpServer({ host: '127.0.0.1', port: 0, routes: new Map(), log })
    await free.close(0)
    const at = (port: number) => ({
      listen: { host: '127.0.0.1', port },
      routes: new Map([['/a', says('a')]]),
    })
    await assert.rejects(startListeners([at(free.port), at(taken.port)], log), { code: 'EADDRINUSE' })
    await assert.rejects(get(free.port, '/a'))
    await taken.close(0)
  })
})

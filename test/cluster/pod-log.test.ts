import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiTransport } from '#src/cluster/api-transport.ts'
import { podLog } from '#src/cluster/pod-log.ts'

/** What the kubelet behind the API server sends, whatever is asked. */
function answering(text: string): ApiTransport {
  const never = async () => Promise.reject(new Error('only a log is read'))
  async function* nothing() {}
  return { bytes: async () => Buffer.from(text), json: never, lines: nothing, close: async () => {} }
}

const read = (text: string) =>
  podLog(
    answering(text),
    '/log',
    { namespace: 'shop', name: 'web' },
    { container: 'web', tailLines: 50, limitBytes: 4096 },
  )

test('what a kubelet says of a container that is gone is no log', async () => {
  const gone =
    'unable to retrieve container logs for containerd://76c0c0f9a610c98e259ead772fa2b9fedbcc01d8e869d7'
  assert.equal(await read(gone), undefined)
  assert.equal(await read(`${gone}\n`), undefined)
})

test('a log that speaks of such a container is one', async () => {
  const text = 'starting\nunable to retrieve container logs for containerd://76c0\n'
  assert.equal(await read(text), text)
})

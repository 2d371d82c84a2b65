import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { connectToCluster } from '#src/cluster/connect.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { follow } from './followed.ts'
import { CORE_V1, protocolServer, sendJson, sendStatus } from './protocol-server.ts'

type Watch = (response: ServerResponse, url: URL) => void

function map(name: string, resourceVersion: string, a = '') {
  return { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, uid: name, resourceVersion }, data: { a } }
}

function send(response: ServerResponse, type: string, object: object): void {
  response.write(`${JSON.stringify({ type, object })}\n`)
}

const GONE = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version: 1 (2)' }

/** Lists `lists[n]` at the n-th list, answers the n-th watch by `watches[n]`, and every later one by silence. */
async function scripted(lists: readonly (readonly object[])[], watches: readonly Watch[]) {
  let listed = 0
  let watched = 0
  const server = await protocolServer((_, response, url) => {
    if (url.pathname === '/api/v1') sendJson(response, 200, CORE_V1)
    else if (url.searchParams.has('watch')) {
      const watch = watches[watched]
      watched += 1
      response.flushHeaders()
      watch?.(response, url)
    } else {
      const items = lists[Math.min(listed, lists.length - 1)]
      listed += 1
      sendJson(response, 200, { metadata: { resourceVersion: `${listed * 100}` }, items })
    }
  })
  const cluster = connectToCluster({ kubeconfig: server.kubeconfig }, systemClock)
  const watchedFrom = () =>
    server.seen
      .filter(({ url }) => url.searchParams.has('watch'))
      .map(({ url }) => url.searchParams.get('resourceVersion'))
  return { cluster, watchedFrom, lists: () => listed }
}

test('a 410 as an event inside a watch leads to a new list, and what vanished meanwhile is told', async () => {
  const { cluster, watchedFrom, lists } = await scripted(
    [
      [map('a', '1'), map('b', '1')],
      [map('b', '1'), map('c', '5')],
    ],
    [(response) => send(response, 'ERROR', GONE), (response) => send(response, 'ADDED', map('d', '201'))],
  )
  const { told, until, stop } = follow(cluster)
  await until(() => told.includes('+ d='))
  assert.deepEqual(told, ['+ a=', '+ b=', 'synced', '+ c=', '- a=', '+ d='])
  assert.deepEqual(watchedFrom(), ['100', '200'])
  assert.equal(lists(), 2)
  await stop()
  await cluster.close()
})

test('a watch that ends goes on from the last event or bookmark, without a list', async () => {
  const { cluster, watchedFrom, lists } = await scripted(
    [[]],
    [
      (response) => {
        send(response, 'ADDED', map('a', '101', 'x'))
        response.end()
      },
      (response) => {
        send(response, 'BOOKMARK', { kind: 'ConfigMap', metadata: { resourceVersion: '150' } })
        response.end()
      },
      (response) => {
        const line = JSON.stringify({ type: 'MODIFIED', object: map('a', '151', 'y') })
        response.write(`${line}\n`, () => response.destroy())
      },
      (response) => send(response, 'DELETED', map('a', '160', 'z')),
    ],
  )
  const { told, until, stop } = follow(cluster)
  await until(() => told.includes('- a=y'))
  assert.deepEqual(told, ['synced', '+ a=x', '+ a=y', '- a=y'])
  assert.deepEqual(watchedFrom(), ['100', '101', '150', '151'])
  assert.equal(lists(), 1)
  await stop()
  await cluster.close()
})

test('a watch that falls silent is dropped and goes on where it was', async () => {
  const { cluster, watchedFrom } = await scripted(
    [[]],
    [
      (response) => send(response, 'ADDED', map('a', '101')),
      (response) => send(response, 'ADDED', map('b', '102')),
    ],
  )
  const timing = { backoff: { baseMs: 1, maxMs: 1, jitter: 0 }, watchSeconds: 60, idleMs: 1_000 }
  const { told, until, stop } = follow(cluster, { timing })
  await until(() => told.includes('+ b='))
  assert.deepEqual(watchedFrom().slice(0, 2), ['100', '101'])
  await stop()
  await cluster.close()
})

test('garbage in a watch, and watches that end at once, lead to a new list instead of a tight loop', async () => {
  const { cluster, lists } = await scripted(
    [[], [map('a', '1')]],
    [
      (response) => response.write('not json\n'),
      (response) => response.end(),
      (response) => send(response, 'ERROR', { code: 500, message: 'etcd' }),
      (response) => send(response, 'ADDED', map('b', '202')),
    ],
  )
  const { told, logged, until, stop } = follow(cluster)
  await until(() => told.includes('+ b='))
  assert.equal(lists(), 2)
  assert.deepEqual(
    logged.map(({ fields }) => fields['failures']),
    [1, 2, 3],
  )
  await stop()
  await cluster.close()
})

test('a 410 as the HTTP status of a watch leads to a new list', async () => {
  let watches = 0
  const server = await protocolServer((_, response, url) => {
    if (url.pathname === '/api/v1') sendJson(response, 200, CORE_V1)
    else if (!url.searchParams.has('watch'))
      sendJson(response, 200, { metadata: { resourceVersion: '7' }, items: [map('a', '1')] })
    else {
      watches += 1
      if (watches === 1) sendStatus(response, 410, 'Expired', 'too old')
      else send(response, 'ADDED', map('b', '8'))
    }
  })
  const cluster = connectToCluster({ kubeconfig: server.kubeconfig }, systemClock)
  const { told, until, stop } = follow(cluster)
  await until(() => told.includes('+ b='))
  const lists = server.seen.filter(
    ({ url }) => url.pathname.endsWith('configmaps') && !url.searchParams.has('watch'),
  )
  assert.equal(lists.length, 2)
  assert.deepEqual(told, ['+ a=', 'synced', '+ b='])
  await stop()
  await cluster.close()
})

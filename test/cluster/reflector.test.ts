import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { connectToCluster } from '#src/cluster/connect.ts'
import { VirtualClock } from '../runtime/virtual-clock.ts'
import { follow } from './followed.ts'
import { tcpRelay } from './tcp-relay.ts'
import { testCluster } from './test-cluster.ts'

const cluster = await testCluster('reflector')
const { api, namespace } = cluster

function ref(name: string, inNamespace = namespace) {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace: inNamespace, name }
}

async function write(name: string, a: string, labels: Record<string, string> = {}, inNamespace = namespace) {
  const metadata = { name, namespace: inNamespace, labels }
  await api.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a } }, { force: true })
}

test('what was there, what comes, changes and goes is told in order, and only the projection is kept', async () => {
  await write('early', '1', { t: 'order' })
  const { reflector, told, until, stop } = follow(cluster, {
    namespaces: [namespace],
    labelSelector: 't=order',
  })
  await until(() => told.includes('synced'))
  assert.deepEqual(told, [`+ ${namespace}/early=1`, 'synced'])
  await write('late', '1', { t: 'order' })
  await write('late', '2', { t: 'order' })
  await write('other', '1', { t: 'no' })
  await api.remove(ref('early'))
  await until(() => told.at(-1) === `- ${namespace}/early=1`)
  assert.deepEqual(told.slice(2), [
    `+ ${namespace}/late=1`,
    `+ ${namespace}/late=2`,
    `- ${namespace}/early=1`,
  ])
  assert.deepEqual([...reflector.values()], [`${namespace}/late=2`])
  assert.equal(reflector.get(`${namespace}/late`), `${namespace}/late=2`)
  await stop()
})

test('an object that stops matching the selector is told as a deletion', async () => {
  await write('moves', '1', { t: 'selected' })
  const { told, until, stop } = follow(cluster, { namespaces: [namespace], labelSelector: 't=selected' })
  await until(() => told.includes('synced'))
  await write('moves', '1', { t: 'elsewhere' })
  await until(() => told.includes(`- ${namespace}/moves=1`))
  await stop()
})

test('of several namespaces each is followed, of others nothing is told', async () => {
  const other = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `${namespace}-b` } }
  await api.create(other)
  const namespaces = [namespace, `${namespace}-b`]
  const { told, until, stop } = follow(cluster, { namespaces, fieldSelector: 'metadata.name=shared' })
  await until(() => told.includes('synced'))
  await write('shared', '1', {}, 'default')
  await write('shared', '2')
  await write('shared', '3', {}, `${namespace}-b`)
  await until(() => told.length === 3)
  assert.deepEqual([...told.slice(1)].sort(), [`+ ${namespace}-b/shared=3`, `+ ${namespace}/shared=2`].sort())
  await stop()
  await api.remove({ ...other, name: `${namespace}-b` })
  await api.remove(ref('shared', 'default'))
})

test('an API server that is away for ten minutes: what came, changed and went meanwhile is told once', async () => {
  for (const name of ['stays', 'goes', 'changes']) await write(name, '1', { t: 'away' })
  const config = await readFile(cluster.kubeconfig, 'utf8')
  const [address = ''] = /https:\/\/127\.0\.0\.1:\d+/.exec(config) ?? []
  const relay = await tcpRelay(new URL(address))
  const kubeconfig = `${cluster.kubeconfig}.relay-${relay.port}`
  await writeFile(kubeconfig, config.replaceAll(address, `https://127.0.0.1:${relay.port}`), { mode: 0o600 })
  const clock = new VirtualClock()
  const through = connectToCluster({ kubeconfig }, clock)
  const { reflector, told, until, stop } = follow(through, {
    namespaces: [namespace],
    labelSelector: 't=away',
    clock,
    timing: {},
  })
  await until(() => told.includes('synced'))
  const before = told.length

  await relay.cut()
  await write('comes', '1', { t: 'away' })
  await write('changes', '2', { t: 'away' })
  await api.remove(ref('goes'))
  let attempts = 0
  while (clock.monotonic() < 600_000) {
    while (clock.next === undefined) await turn()
    assert.ok(clock.next <= 30_000, 'it comes back at most half a minute after the API server')
    assert.equal(reflector.failing, 1)
    attempts += 1
    await clock.advance(clock.next)
  }
  assert.ok(attempts > 20 && attempts < 80, `${attempts} attempts in ten minutes`)
  assert.equal(told.length, before)

  await relay.restore()
  const back = until(() => told.length === before + 3)
  while (told.length < before + 3) {
    if (clock.next !== undefined) await clock.advance(clock.next)
    await turn()
  }
  await back
  assert.deepEqual([...told.slice(before)].sort(), [
    `+ ${namespace}/changes=2`,
    `+ ${namespace}/comes=1`,
    `- ${namespace}/goes=1`,
  ])
  await write('comes', '2', { t: 'away' })
  await until(() => told.at(-1) === `+ ${namespace}/comes=2`)
  assert.equal(reflector.failing, 0)
  await stop()
  await through.close()
  await rm(kubeconfig)
})

test('handlers and projections that throw are logged and stop nothing', async () => {
  const { told, logged, until, stop } = follow(cluster, {
    namespaces: [namespace],
    labelSelector: 't=throws',
    project: (object) => {
      if (object.metadata.name === 'unprojectable') throw new Error('cannot project')
      return object.metadata.name
    },
  })
  await until(() => told.includes('synced'))
  await write('unprojectable', '1', { t: 'throws' })
  await write('fine', '1', { t: 'throws' })
  await until(() => told.includes('+ fine'))
  assert.deepEqual(
    logged.map(({ fields }) => fields['error']),
    ['cannot project'],
  )
  await stop()
})

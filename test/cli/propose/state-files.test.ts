import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { readLogFiles } from '#src/cli/propose/log-files.ts'
import { readOfflineSettings } from '#src/cli/propose/offline-settings.ts'
import { newestTime, readStateFiles } from '#src/cli/propose/state-files.ts'
import { clusterState, objectsOf } from '#src/domain/cluster-state.ts'
import { privateFolder } from '../command.ts'

test('objects come from streams, lists and JSON alike, a Secret without its content', async (t) => {
  const folder = await privateFolder(t)
  const stream = join(folder, 'stream.yaml')
  await writeFile(
    stream,
    '---\napiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: x}\n---\n---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: b, namespace: x}\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: s, namespace: x}\n  data: {password: c2VjcmV0}\n',
  )
  const json = join(folder, 'pods.json')
  const pod = { metadata: { name: 'c', namespace: 'x' } }
  await writeFile(json, JSON.stringify({ apiVersion: 'v1', kind: 'PodList', items: [pod] }))
  const state = clusterState(await readStateFiles([stream, json]))
  assert.deepEqual(
    objectsOf(state, 'Pod', 'x').map(({ metadata }) => metadata.name),
    ['a', 'b', 'c'],
  )
  assert.doesNotMatch(JSON.stringify(objectsOf(state, 'Secret')), /c2VjcmV0/)
})

test('the newest time is one that Kubernetes wrote, not one in an annotation or a text', () => {
  const objects = [
    {
      metadata: {
        creationTimestamp: '2025-01-01T00:00:00Z',
        annotations: { checkedAt: '2031-01-01T00:00:00Z' },
      },
      status: {
        conditions: [{ lastTransitionTime: '2025-03-01T00:00:00Z', message: '2032-01-01T00:00:00Z' }],
      },
    },
  ]
  assert.equal(newestTime(objects), Date.parse('2025-03-01T00:00:00Z'))
  assert.equal(newestTime([{ metadata: { name: 'a' } }]), undefined)
})

test('logs are told apart by namespace, pod, container and run', async (t) => {
  const folder = await privateFolder(t)
  await mkdir(join(folder, 'shop/web-1'), { recursive: true })
  for (const [name, text] of Object.entries({
    'web.log': 'now',
    'web.previous.log': 'before',
    'notes.txt': '',
  }))
    await writeFile(join(folder, 'shop/web-1', name), text)
  assert.deepEqual(await readLogFiles(folder), [
    { namespace: 'shop', pod: 'web-1', container: 'web', current: 'now', previous: 'before' },
  ])
})

test('tags are read as they are written', async (t) => {
  const file = join(await privateFolder(t), 'operator.yaml')
  await writeFile(file, 'roots: [apps/web]\nregistryTags:\n  example.com/web: [1.20, 007, yes]\n')
  const { registryTags, roots } = await readOfflineSettings(file)
  assert.deepEqual(
    { registryTags, roots },
    { registryTags: { 'example.com/web': ['1.20', '007', 'yes'] }, roots: ['apps/web'] },
  )
})

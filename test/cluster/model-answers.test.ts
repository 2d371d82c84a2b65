import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { parse } from 'yaml'
import { ensureCrd } from '#src/cluster/ensure-crd.ts'
import { ModelAnswers } from '#src/cluster/model-answers.ts'
import type { JsonObject } from '#src/domain/json.ts'
import { API_VERSION } from '#src/domain/remediation.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { memoryLog } from './memory-log.ts'
import { testCluster } from './test-cluster.ts'

const cluster = await testCluster('model-answers')
const { api, namespace } = cluster
const key = 'ab'.repeat(20)
const answers = new ModelAnswers(api, memoryLog())

test('without the kind nothing is kept, and nothing fails', async () => {
  const none = new ModelAnswers(
    {
      ...api,
      get: async () => assert.fail('no such kind'),
      create: async () => assert.fail('no such kind'),
    },
    memoryLog(),
  )
  await none.put({ namespace, key }, '{}')
  assert.equal(await none.get({ namespace, key }), undefined)
})

test('an answer is found again by whoever comes next, and cannot be changed', async () => {
  const crd = new URL('../../crds/aiops-operator.dev_modelanswers.yaml', import.meta.url)
  await ensureCrd(cluster, parse(await readFile(crd, 'utf8')) as JsonObject, systemClock)
  assert.equal(await answers.get({ namespace, key }), undefined)
  await answers.put({ namespace, key }, '{"a":1}')
  await answers.put({ namespace, key }, '{"a":2}')
  assert.equal(await new ModelAnswers(api, memoryLog()).get({ namespace, key }), '{"a":1}')
  const ref = { apiVersion: API_VERSION, kind: 'ModelAnswer', namespace, name: `answer-${key}` }
  await assert.rejects(api.mergePatch(ref, { spec: { answer: '{}' } }), /immutable/)
})

test('what is too long for the kind is not kept', async () => {
  const long = { namespace, key: 'cd'.repeat(20) }
  await answers.put(long, 'x'.repeat(8193))
  assert.equal(await answers.get(long), undefined)
})

test('only the newest fifty of a namespace are kept', async () => {
  for (let i = 0; i < 52; i++) await answers.put({ namespace, key: i.toString(16).padStart(40, '0') }, '{}')
  assert.equal((await api.list(API_VERSION, 'ModelAnswer', { namespace })).length, 50)
})

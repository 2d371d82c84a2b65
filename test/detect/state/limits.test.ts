import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quotaTrouble } from '#src/detect/state/limits.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { deployment, meta, podSpec, state } from './objects.ts'

const quota = (used: string) => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: meta('ResourceQuota', 'compute'),
  spec: { hard: { 'limits.memory': '2Gi' } },
  status: { hard: { 'limits.memory': '2Gi' }, used: { 'limits.memory': used } },
})
const web = (replicas: number) =>
  deployment(podSpec({ resources: { limits: { memory: '512Mi' } } }), {
    replicas,
  }) as unknown as KubeObject

test('a quota must have room for the replicas that are missing', () => {
  assert.equal(quotaTrouble(state([quota('1Gi')]), web(4)), undefined)
  assert.equal(quotaTrouble(state([quota('1Gi')]), web(5)), 'limits.memory')
})

test('a workload that lacks no replica needs room for one more, which the next rollout asks for', () => {
  assert.equal(quotaTrouble(state([quota('1536Mi')]), web(2)), undefined)
  assert.equal(quotaTrouble(state([quota('2Gi')]), web(2)), 'limits.memory')
})

test('fewer replicas than there are give back what they use', () => {
  assert.equal(quotaTrouble(state([quota('2Gi')]), web(1)), undefined)
})

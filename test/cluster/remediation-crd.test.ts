import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { OperatorError } from '#src/domain/errors.ts'
import type { Json, JsonObject } from '#src/domain/json.ts'
import { API_VERSION } from '#src/domain/remediation.ts'
import { newRemediation, statusOf } from '#src/domain/remediation-wire.ts'
import { aRemediation } from '../domain/a-remediation.ts'
import { installRemediationCrd } from './install-remediation-crd.ts'
import { testCluster } from './test-cluster.ts'

const cluster = await testCluster('crd')
const { api, namespace } = cluster
await installRemediationCrd(cluster)

function draft(name: string) {
  const { target, ...rest } = aRemediation()
  return newRemediation({ ...rest, name, target: { ...target, namespace } })
}

function ref(name: string) {
  return { apiVersion: API_VERSION, kind: 'Remediation', namespace, name }
}

async function made(name: string) {
  await api.create(draft(name))
  return ref(name)
}

function refused(sentence: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof OperatorError && error.code === 'ApiRejected', String(error))
    assert.match(error.message, sentence)
    return true
  }
}

test('approved is there as an explicit false, and has to be', async () => {
  const name = await made('explicit')
  assert.equal(((await api.get(name))?.['spec'] as JsonObject)['approved'], false)
  const { approved: _, ...spec } = draft('without')['spec'] as JsonObject
  await assert.rejects(api.create({ ...draft('without'), spec }), refused(/spec\.approved: Required value/))
  const text = { ...spec, approved: 'false' }
  await assert.rejects(
    api.create({ ...draft('without'), spec: text }),
    refused(/approved.*must be of type boolean/),
  )
})

test('targetRef and fault cannot be changed, and the refusal says why', async () => {
  const name = await made('immutable')
  const change = (spec: Json) => api.mergePatch(name, { spec })
  await assert.rejects(
    change({ targetRef: { name: 'other' } }),
    refused(/targetRef is immutable: another workload/),
  )
  await assert.rejects(change({ fault: { message: 'other' } }), refused(/fault is immutable: another fault/))
  const after = await change({ approved: true })
  assert.equal((after['spec'] as JsonObject)['approved'], true)
})

test('a spec without target or fault, or with an unknown field, is refused', async () => {
  const spec = draft('x')['spec'] as JsonObject
  const withSpec = (changed: JsonObject) => api.create({ ...draft('x'), spec: changed })
  await assert.rejects(
    withSpec({ ...spec, targetRef: undefined }),
    refused(/spec\.targetRef: Required value/),
  )
  await assert.rejects(withSpec({ ...spec, fault: undefined }), refused(/spec\.fault: Required value/))
  await assert.rejects(withSpec({ ...spec, shell: 'rm' }), refused(/unknown field "spec\.shell"/))
  await assert.rejects(api.create({ ...draft('x'), spec: undefined }), refused(/spec: Required value/))
})

test('evidence is free-form and kept as it is', async () => {
  const evidence = { pods: [{ name: 'web-1', logs: { current: 'a\nb' } }], nested: { deep: [null, 1, 'x'] } }
  const object = draft('evidence')
  await api.create({ ...object, spec: { ...(object['spec'] as JsonObject), evidence } })
  assert.deepEqual(((await api.get(ref('evidence')))?.['spec'] as JsonObject)['evidence'], evidence)
})

test('a status in a create, or in a change of the spec, is ignored', async () => {
  await api.create({ ...draft('status'), status: { phase: 'Approved' } })
  await api.mergePatch(ref('status'), { status: { phase: 'Approved' } })
  assert.equal((await api.get(ref('status')))?.['status'], undefined)
})

test('a phase that does not exist, and two conditions of one type, are refused', async () => {
  const name = await made('phases')
  const write = (status: Json) => api.mergePatch(name, { status }, { subresource: 'status' })
  await assert.rejects(write({ phase: 'Guessing' }), refused(/status\.phase: Unsupported value: "Guessing"/))
  const condition = {
    type: 'A',
    status: 'True',
    reason: 'R',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }
  await assert.rejects(write({ conditions: [condition, condition] }), refused(/Duplicate value/))
})

test('kubectl get rem shows phase, target, pull request, approval and age', async () => {
  const name = await made('web-auto-fix')
  const pullRequest = {
    id: '7',
    repositoryId: 'r',
    url: 'https://git.example/pr/7',
    branch: 'b',
    headSha: 'c',
  }
  const status = { ...statusOf(aRemediation(), 0), phase: 'ReadyForReview', pullRequest }
  await api.mergePatch(name, { status }, { subresource: 'status' })
  const args = ['--kubeconfig', cluster.kubeconfig, '-n', namespace, 'get', 'rem', 'web-auto-fix']
  const { stdout } = await promisify(execFile)(cluster.kubectl, args)
  const [header = '', row = ''] = stdout.split('\n')
  assert.match(header, /^NAME +PHASE +TARGET +PULL REQUEST +APPROVED +AGE$/)
  assert.match(row, /^web-auto-fix +ReadyForReview +web +https:\/\/git\.example\/pr\/7 +false +\d+s$/)
})

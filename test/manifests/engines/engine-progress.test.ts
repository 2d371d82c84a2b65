import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { progressOf } from '#src/manifests/engines/engine-progress.ts'

const A = 'a'.repeat(40)
const B = 'b'.repeat(40)
const object = (apiVersion: string, kind: string, status: JsonObject) =>
  ({ apiVersion, kind, metadata: { name: 'apps', namespace: 'ns' }, status }) as unknown as KubeObject
const kustomization = (status: JsonObject) =>
  object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', status)
const application = (status: JsonObject) => object('argoproj.io/v1alpha1', 'Application', status)
const ready = (status: string, reason: string, message: string) => ({
  conditions: [{ type: 'Ready', status, reason, message }],
})

test('a Kustomization has seen what it attempted and what it applied', () => {
  const status = { lastAttemptedRevision: `main@sha1:${B}`, lastAppliedRevision: `main@sha1:${A}` }
  assert.deepEqual(progressOf(kustomization(status)).seen, [B, A])
})

test('a GitRepository has seen its artifact; a branch name and nonsense are no commits', () => {
  const source = (revision: string) =>
    object('source.toolkit.fluxcd.io/v1', 'GitRepository', { artifact: { revision } })
  assert.deepEqual(progressOf(source(`main@sha1:${A}`)).seen, [A])
  assert.deepEqual(progressOf(source('main')).seen, [])
  assert.deepEqual(progressOf(source(`main@sha1:${A} `)).seen, [])
})

test('an Application has seen what it compared, of one source or of several', () => {
  assert.deepEqual(progressOf(application({ sync: { revision: A } })).seen, [A])
  assert.deepEqual(progressOf(application({ sync: { revisions: [A, '1.2.3', B] } })).seen, [A, B])
  assert.equal(
    progressOf(application({ reconciledAt: '2026-11-24T00:00:01Z' })).lookedAt,
    Date.UTC(2026, 10, 24, 0, 0, 1),
  )
})

test('what fails is told in the engine’s words, on one line and bounded; what is at work is no trouble', () => {
  assert.equal(
    progressOf(kustomization(ready('False', 'BuildFailed', 'no\n such path'))).trouble,
    'BuildFailed: no such path',
  )
  assert.equal(progressOf(kustomization(ready('False', 'ProgressingWithRetry', 'x'))).trouble, undefined)
  assert.equal(progressOf(kustomization(ready('True', 'ReconciliationSucceeded', 'x'))).trouble, undefined)
  const long = progressOf(kustomization(ready('False', 'BuildFailed', 'x'.repeat(999)))).trouble
  assert.equal(long?.length, 'BuildFailed: '.length + 300)
  const error = { conditions: [{ type: 'ComparisonError', message: 'no such path' }] }
  assert.equal(progressOf(application(error)).trouble, 'ComparisonError: no such path')
  assert.equal(
    progressOf(application({ operationState: { phase: 'Failed', message: 'immutable' } })).trouble,
    'Failed: immutable',
  )
})

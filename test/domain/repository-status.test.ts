import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conditionIn } from '#src/domain/condition.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { type RepositoryHealth, repositoryStatus } from '#src/domain/repository-status.ts'

const object = (generation: number, status?: unknown): KubeObject => ({
  apiVersion: 'aiops-operator.dev/v1alpha1',
  kind: 'ManifestRepository',
  metadata: { name: 'infra', generation },
  status,
})
const FINE: RepositoryHealth = { status: 'True', reason: 'Fetched', message: 'main is at a1', revision: 'a1' }
const AWAY: RepositoryHealth = { status: 'False', reason: 'RepositoryUnreachable', message: 'no answer' }

test('one that cannot be reached keeps its last commit, until its spec is changed', () => {
  const first = repositoryStatus(object(1), FINE, 0)
  assert.equal(first['revision'], 'a1')
  assert.equal(repositoryStatus(object(1, first), AWAY, 9000)['revision'], 'a1')
  const moved = repositoryStatus(object(2, first), AWAY, 9000)
  assert.equal(moved['revision'], undefined)
  assert.equal(moved['observedGeneration'], 2)
})

test('the same health twice is the same status, whenever it is told; another one has a time of its own', () => {
  const first = repositoryStatus(object(1), FINE, 0)
  assert.deepEqual(repositoryStatus(object(1, first), FINE, 9000), first)
  const ready = conditionIn(repositoryStatus(object(1, first), AWAY, 9000)['conditions'], 'Ready')
  assert.equal(ready?.['lastTransitionTime'], '1970-01-01T00:00:09Z')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fixKeyOf } from '#src/reconcile/fix-key-of.ts'

const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }
const edits = [{ file: 'apps/web.yaml', field: 'spec.replicas' }]

test('operators that reach one repository by other addresses meet on one fix', () => {
  const keys = [
    'https://git.example/shop/infra.git',
    'https://git.example/shop/infra',
    'https://bot@GIT.example/shop/infra/',
    'ssh://git@git.example/shop/infra.git',
    'git@git.example:shop/infra.git',
  ].map((url) => fixKeyOf(url, edits, target))
  assert.equal(new Set(keys).size, 1)
})

test('other repositories, lines, targets and changes are other fixes', () => {
  const url = 'https://git.example/shop/infra.git'
  const keys = [
    fixKeyOf(url, edits, target),
    fixKeyOf('https://git.example/shop/other.git', edits, target),
    fixKeyOf(url, [{ file: 'apps/api.yaml', field: 'spec.replicas' }], target),
    fixKeyOf(url, edits, { ...target, namespace: 'stage' }),
    fixKeyOf(url, edits, target, 'undo of 1234'),
  ]
  assert.equal(new Set(keys).size, keys.length)
})

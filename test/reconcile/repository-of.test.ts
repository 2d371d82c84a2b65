import assert from 'node:assert/strict'
import { test } from 'node:test'
import { repositoryOf } from '#src/reconcile/repository-of.ts'
import type { Repository } from '#src/reconcile/world.ts'

const spec = { name: 'infra', url: 'https://git.example.com/shop/infra.git', branch: 'main' }
const repositories = { all: () => [{ spec } as unknown as Repository] }
const source = { repository: 'infra', url: spec.url, baseBranch: 'main' }

test('a plan finds its repository, by https or by ssh', () => {
  for (const url of [spec.url, 'ssh://git@git.example.com/shop/infra'])
    assert.equal(repositoryOf({ repositories }, { ...source, url }).spec, spec)
})

test('a repository that is gone, elsewhere or on another branch answers for no plan', () => {
  const others = [
    { ...source, repository: 'other' },
    { ...source, url: 'https://git.example.com/shop/other' },
    { ...source, baseBranch: 'production' },
  ]
  for (const other of others)
    assert.throws(() => repositoryOf({ repositories }, other), { code: 'RepositoryClosed', retry: 'backoff' })
})

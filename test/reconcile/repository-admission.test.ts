import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { admissions, type Candidate } from '#src/reconcile/repository-admission.ts'

function spec(name: string, changes: Partial<RepositorySpec> = {}): RepositorySpec {
  return {
    name,
    url: `https://git.example.com/shop/${name}.git`,
    branch: 'main',
    forge: { type: 'git', allowUnreviewed: true },
    paths: [{ path: '.' }],
    namespaces: [name],
    mode: 'apply',
    pullRequest: { branchPrefix: 'aiops-operator/', labels: [], includeLogs: false },
    ...changes,
  }
}

const object = (repository: RepositorySpec, created = 0): Candidate => ({
  name: repository.name,
  created,
  read: { ok: true, repository },
})

/** What the objects named last are told, the file's repositories first. */
const table: Readonly<
  Record<string, readonly [readonly RepositorySpec[], readonly Candidate[], string, RegExp | 'admitted']>
> = {
  'one that shares nothing counts': [[spec('a')], [object(spec('b'))], 'b', 'admitted'],
  'another branch of the same repository counts': [
    [spec('a')],
    [object(spec('b', { url: spec('a').url, branch: 'production' }))],
    'b',
    'admitted',
  ],
  'the file wins over the same URL by ssh': [
    [spec('a')],
    [object(spec('b', { url: 'ssh://git@git.example.com/shop/a' }))],
    'b',
    /^spec\.url: .* repository a of the configuration file; that one counts$/,
  ],
  'the file wins over the same name': [
    [spec('a')],
    [object(spec('a', { url: 'https://other.example/x', namespaces: [] }))],
    'a',
    /^metadata\.name: is the name of repository a of the configuration file/,
  ],
  'the file wins over the same namespace, and the place is told': [
    [spec('a')],
    [object(spec('b', { namespaces: ['b', 'a'] }))],
    'b',
    /^spec\.namespaces\[1\]: a is granted to repository a of the configuration file/,
  ],
  'the older object wins': [
    [],
    [object(spec('a', { namespaces: ['x'] }), 2), object(spec('b', { namespaces: ['x'] }), 1)],
    'a',
    /^spec\.namespaces\[0\]: x is granted to ManifestRepository b, which is older/,
  ],
  'of two of one moment the first name wins': [
    [],
    [object(spec('b', { namespaces: ['x'] })), object(spec('a', { namespaces: ['x'] }))],
    'a',
    'admitted',
  ],
  'one that does not count keeps nobody else out': [
    [spec('a')],
    [object(spec('b', { namespaces: ['a', 'x'] }), 1), object(spec('c', { namespaces: ['x'] }), 2)],
    'c',
    'admitted',
  ],
  'one that cannot be read says what is wrong': [
    [],
    [{ name: 'a', created: 0, read: { ok: false, message: 'spec.forge: is missing' } }],
    'a',
    /^spec\.forge: is missing$/,
  ],
}

describe('of the repositories that share something, one counts', () => {
  for (const [claim, [file, objects, name, told]] of Object.entries(table)) {
    test(claim, () => {
      const verdict = admissions(file, objects).get(name)
      if (told === 'admitted') return assert.equal(verdict?.admitted, true, JSON.stringify(verdict))
      assert.ok(verdict?.admitted === false)
      assert.match(verdict.message, told)
    })
  }
})

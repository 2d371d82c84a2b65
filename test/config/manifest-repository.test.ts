import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { manifestRepositoryOf } from '#src/config/manifest-repository.ts'
import { formatProblem } from '#src/config/problem.ts'
import type { Json } from '#src/domain/json.ts'
import { ACCEPTED, GIT, REFUSED } from './manifest-repository-samples.ts'

function repository(spec: Json, name = 'infra') {
  return manifestRepositoryOf({
    apiVersion: 'aiops-operator.dev/v1alpha1',
    kind: 'ManifestRepository',
    metadata: { name },
    spec,
  })
}

describe('a ManifestRepository is read', () => {
  for (const [what, spec] of Object.entries(ACCEPTED)) {
    test(what, () => {
      const parsed = repository(spec)
      assert.ok(parsed.ok, parsed.ok ? '' : parsed.problems.map(formatProblem).join('; '))
      assert.equal(parsed.repository.name, 'infra')
      assert.equal(parsed.repository.url, spec['url'])
    })
  }

  test('with the defaults of the configuration file', () => {
    assert.deepEqual(repository(GIT), {
      ok: true,
      repository: {
        name: 'infra',
        url: GIT['url'],
        branch: 'main',
        forge: { type: 'git', allowUnreviewed: true },
        paths: [{ path: '.' }],
        namespaces: [],
        mode: 'apply',
        pullRequest: {
          branchPrefix: 'aiops-operator/',
          labels: ['aiops-operator'],
          includeLogs: false,
          checks: true,
          maxOpen: 100,
          maxOpenPerNamespace: 100,
          maxPerHour: 200,
          reviewers: [],
          assignees: [],
        },
      },
    })
  })
})

describe('a ManifestRepository is refused with', () => {
  for (const [what, [spec, , key]] of Object.entries(REFUSED)) {
    test(what, () => {
      const parsed = repository(spec)
      assert.ok(!parsed.ok)
      assert.ok(
        parsed.problems.some((problem) => problem.key === key),
        parsed.problems.map(formatProblem).join('; '),
      )
    })
  }

  test('a name that is no label', () => {
    const parsed = repository(GIT, 'infra.prod')
    assert.deepEqual(parsed.ok ? [] : parsed.problems.map(({ key }) => key), ['metadata.name'])
  })

  test('a spec that is no mapping', () => {
    const parsed = repository('https://git.example.com/shop/infra')
    assert.deepEqual(parsed.ok ? [] : parsed.problems.map(({ key }) => key), ['spec'])
  })

  test('everything that is wrong at once, and never a value', () => {
    const parsed = repository({
      url: 'https://u:hunter2@h/x',
      forge: { type: 'git' },
      mode: 'hunter2',
      hunter: 1,
    })
    assert.ok(!parsed.ok)
    assert.deepEqual(parsed.problems.map(({ key }) => key).toSorted(), [
      'spec.forge.allowUnreviewed',
      'spec.hunter',
      'spec.mode',
      'spec.url',
    ])
    assert.doesNotMatch(parsed.problems.map(formatProblem).join(), /hunter2/)
  })
})

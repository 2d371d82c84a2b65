import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { TreeEntry } from '#src/manifests/git/git-objects.ts'
import { RepositoryFiles } from '#src/manifests/repository-files.ts'

const PATHS = ['kustomization.yaml', 'apps/web/web.yaml', 'apps/web/prod/kustomization.yaml', 'apps/api.yaml']

function filesOf(paths: readonly string[], links: Readonly<Record<string, string>> = {}): RepositoryFiles {
  const entry = (path: string, type: TreeEntry['type']) => [path, { type, mode: '', id: path }] as const
  const entries = new Map([
    ...paths.map((path) => entry(path, 'file')),
    ...Object.keys(links).map((path) => entry(path, 'link')),
  ])
  return new RepositoryFiles({ id: 'tree', entries }, new Map(Object.entries(links)))
}

const segment = fc.constantFrom('apps', 'web', 'prod', 'kustomization.yaml', 'web.yaml', 'x', '.', '..', '')
const path = fc.array(segment, { maxLength: 6 }).map((segments) => segments.join('/'))

test('a path leads to the same place whether or not there is a link elsewhere', () => {
  const plain = filesOf(PATHS)
  const linked = filesOf(PATHS, { elsewhere: 'apps' })
  fc.assert(
    fc.property(path, fc.constantFrom('', 'apps', 'apps/web', 'apps/web/prod'), (to, from) => {
      assert.deepEqual(plain.find(to, from), linked.find(to, from))
    }),
    { numRuns: 2000 },
  )
})

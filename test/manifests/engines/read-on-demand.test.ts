import assert from 'node:assert/strict'
import { test } from 'node:test'
import { engineSources } from '#src/manifests/engines/engine-sources.ts'
import { readOnDemand } from '#src/manifests/engines/read-on-demand.ts'
import { objectsIn, treeOf } from './given.ts'

const URL = 'https://git.example.com/shop/gitops'
const FILES: Readonly<Record<string, string>> = {
  'sets/web.json': '{"folder": "charts/web"}',
  'charts/web/Chart.yaml': '',
  'charts/web/.argocd-source.yaml': 'helm: { fileParameters: [{ name: config, path: app.conf }] }',
  'charts/web/app.conf': 'level=debug',
  'unrelated/large.yaml': '',
}
const OBJECTS = objectsIn(`
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: set, namespace: argocd }
spec:
  generators: [{ git: { repoURL: "${URL}", files: [{ path: sets/* }] } }]
  template: { metadata: { name: web }, spec: { source: { repoURL: "${URL}", path: "{{folder}}" } } }
`)

test('only the files that an answer needs are read, each once, and it is the same as with all at hand', async () => {
  const read: string[] = []
  const found = await readOnDemand(
    [
      {
        repositoryUrl: URL,
        paths: Object.keys(FILES),
        async read(paths) {
          read.push(...paths)
          return new Map(paths.flatMap((path) => (FILES[path] === undefined ? [] : [[path, FILES[path]]])))
        },
      },
    ],
    (trees) => engineSources(OBJECTS, { trees }),
  )
  assert.deepEqual(found, engineSources(OBJECTS, { trees: [treeOf(URL, FILES)] }))
  assert.equal(found[0]?.root.folder, 'charts/web')
  assert.deepEqual(read, ['sets/web.json', 'charts/web/.argocd-source.yaml', 'charts/web/app.conf'])
})

test('a file that cannot be read counts as absent and is not asked for again', async () => {
  let reads = 0
  const found = await readOnDemand(
    [
      {
        repositoryUrl: URL,
        paths: ['sets/web.json'],
        async read() {
          reads += 1
          return new Map()
        },
      },
    ],
    (trees) => engineSources(OBJECTS, { trees }),
  )
  assert.equal(reads, 1)
  assert.ok(found[0] && 'problem' in found[0].root)
  assert.match(found[0].root.problem, /sets\/web\.json holds no parameters/)
})

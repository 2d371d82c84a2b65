import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json, JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { describeChain, engineChain } from '#src/manifests/engines/chain.ts'
import { engineSources } from '#src/manifests/engines/engine-sources.ts'
import { objectsIn, treeOf } from './given.ts'

/** Objects with all fields that are read, so that a wrong value anywhere is one that is looked at. */
const GOOD = objectsIn(`
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: fleet, namespace: shop }
spec: { url: https://git.example.com/a/b, ref: { branch: main }, include: [{ toPath: x }], ignore: x, suspend: false }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: apps, namespace: shop }
spec:
  sourceRef: { kind: GitRepository, name: fleet }
  path: ./apps
  patches: [{ patch: x, target: { kind: X } }]
  patchesStrategicMerge: [{ a: b }]
  patchesJson6902: [{ patch: [], target: {} }]
  images: [{ name: a }]
  components: [x]
  commonMetadata: { labels: { a: b }, annotations: { a: b } }
  postBuild: { substitute: { a: b }, substituteFrom: [{ kind: ConfigMap, name: c }] }
  ignore: [{ paths: [/a], target: { kind: X } }]
status: { inventory: { entries: [{ id: shop_web_apps_Deployment, v: v1 }] } }
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: web, namespace: shop, labels: { kustomize.toolkit.fluxcd.io/name: apps, kustomize.toolkit.fluxcd.io/namespace: shop } }
spec:
  chart: { spec: { chart: charts/web, sourceRef: { kind: GitRepository, name: fleet }, valuesFiles: [x] } }
  valuesFrom: [{ kind: ConfigMap, name: c, valuesKey: v, targetPath: a.b }, { kind: ConfigMap, name: c, valuesKey: v }]
  values: { a: 1 }
  postRenderers: [{ kustomize: { images: [{ name: a }], patches: [] } }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: c, namespace: shop }
data: { v: "a: 1" }
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: { name: default, namespace: argocd }
spec: { syncWindows: [{ kind: allow, schedule: x, duration: 1h, applications: ["*"] }] }
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: web, namespace: argocd, annotations: { argocd.argoproj.io/tracking-id: "web:argoproj.io/Application:argocd/web" } }
spec:
  sources:
    - { repoURL: https://git.example.com/a/b, path: chart, helm: { valueFiles: [a], values: "a: 1", parameters: [{ name: a, value: b }], fileParameters: [{ name: a, path: b }] } }
    - { repoURL: https://git.example.com/a/b, path: apps, targetRevision: v1, kustomize: { images: [a:b], replicas: [{ name: a, count: 1 }], commonLabels: { a: b } } }
    - { repoURL: https://git.example.com/a/b, ref: v }
  ignoreDifferences: [{ kind: X, jsonPointers: [/a], jqPathExpressions: [.x] }]
  destination: { server: x, name: y, namespace: z }
  syncPolicy: { automated: { enabled: true } }
status: { resources: [{ group: apps, kind: Deployment, namespace: shop, name: web }] }
---
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: set, namespace: argocd }
spec:
  goTemplate: true
  generators: [{ matrix: { generators: [{ git: { repoURL: https://git.example.com/a/b, files: [{ path: "*.json" }], values: { a: b } } }, { list: { elements: [{ a: b }] } }] } }]
  template: { metadata: { name: "{{ .a }}" }, spec: { source: { repoURL: x, path: "{{ .a }}" } } }
`)

const TREE = treeOf('https://git.example.com/a/b', {
  'x.json': '{"a": 1}',
  'chart/.argocd-source.yaml': 'helm: { parameters: 7 }',
  'apps/kustomization.yaml': 'configMapGenerator: [{ name: c, files: [7, v=x] }]',
})

const wrong: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    0,
    '',
    '../../x',
    'toString',
    '__proto__',
    '{{ .a',
    '[',
    {},
    [],
    [null],
    [[]],
    ['x'],
    { a: null },
  ),
  fc.string({ maxLength: 8 }),
)

/** Every place below `spec`, `status` and `data` at which something stands. */
function places(value: Json | undefined, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner as Json, [...path, key]))]
}

function replaced(value: Json | undefined, path: readonly string[], by: Json): Json {
  const [key, ...rest] = path
  if (key === undefined) return by
  if (Array.isArray(value))
    return value.map((item: Json, i) => (String(i) === key ? replaced(item, rest, by) : item))
  const object = value as JsonObject
  return { ...object, [key]: replaced(object[key], rest, by) }
}

const PLACES = GOOD.flatMap((object, index) =>
  (['spec', 'status', 'data'] as const).flatMap((part) =>
    places(object[part] as Json | undefined, [part]).map((path) => ({ index, path })),
  ),
)

test('a wrong value anywhere in an engine’s object is an answer, never an exception', () => {
  const target: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
  }
  fc.assert(
    fc.property(fc.constantFrom(...PLACES), wrong, ({ index, path }, value) => {
      const objects = GOOD.map((object, i) =>
        i === index ? (replaced(object as unknown as Json, path, value) as unknown as KubeObject) : object,
      )
      const found = engineSources(objects, { trees: [TREE] })
      for (const { root, repositoryUrl } of found) {
        if ('problem' in root) assert.ok(root.problem.length > 5)
        else
          assert.ok(repositoryUrl !== undefined && !/^\/|(?:^|\/)\.\.(?:\/|$)/.test(root.folder), root.folder)
      }
      assert.ok(describeChain(engineChain(target, objects, { trees: [TREE] })).every((line) => line !== ''))
    }),
    { numRuns: 1000 },
  )
})

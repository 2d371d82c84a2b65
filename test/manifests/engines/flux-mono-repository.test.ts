import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EngineSource } from '#src/manifests/engines/engine-source.ts'
import { engineSources } from '#src/manifests/engines/engine-sources.ts'
import { objectsIn, treeOf } from './given.ts'

/** One repository with a base and three environments, as one cluster's flux-system sees it. */
const CLUSTER = `
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: fleet, namespace: flux-system }
spec:
  interval: 1m
  url: ssh://git@Git.Example.com/shop/fleet.git
  ref: { branch: main }
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: fleet-release, namespace: flux-system }
spec: { url: "https://git.example.com/shop/fleet", ref: { semver: ">=1.0.0" }, ignore: "/*\\n!/apps" }
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: { name: charts, namespace: flux-system }
spec: { url: https://charts.example.com }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: cluster-facts, namespace: flux-system }
data: { REGION: "eu-1\\n", REPLICAS: "2" }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: apps-dev, namespace: flux-system }
spec:
  sourceRef: { kind: GitRepository, name: fleet }
  path: ./apps/overlays/dev
  prune: true
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: apps-staging, namespace: flux-system }
spec:
  sourceRef: { kind: GitRepository, name: fleet }
  path: ./apps/overlays/staging
  targetNamespace: staging
  namePrefix: stg-
  images: [{ name: web, newTag: "1.2" }]
  patches:
    - patch: "- {op: replace, path: /spec/replicas, value: 1}"
      target: { kind: Deployment }
  components: [../../components/debug]
  commonMetadata: { labels: { team: shop } }
  postBuild:
    substitute: { REPLICAS: "3" }
    substituteFrom: [{ kind: ConfigMap, name: cluster-facts }, { kind: ConfigMap, name: absent, optional: true }]
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: apps-prod, namespace: flux-system }
spec:
  sourceRef: { kind: GitRepository, name: fleet-release }
  path: ./apps/overlays/prod
  suspend: true
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: web
  namespace: shop
  labels:
    kustomize.toolkit.fluxcd.io/name: apps-dev
    kustomize.toolkit.fluxcd.io/namespace: flux-system
spec:
  chart:
    spec: { chart: ./charts/web, sourceRef: { kind: GitRepository, name: fleet, namespace: flux-system } }
  targetNamespace: web
  valuesFrom:
    - { kind: ConfigMap, name: web-values }
    - { kind: ConfigMap, name: tags, valuesKey: tag, targetPath: image.tag }
  values: { replicaCount: 2 }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: tags, namespace: shop }
data: { tag: "1.20" }
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: cache
  namespace: shop
  labels:
    kustomize.toolkit.fluxcd.io/name: apps-dev
    kustomize.toolkit.fluxcd.io/namespace: flux-system
spec:
  chart: { spec: { chart: cache, version: 4.1.0, sourceRef: { kind: HelmRepository, name: charts, namespace: flux-system } } }
  values: { memory: 64Mi }
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: queue, namespace: shop }
spec:
  chart: { spec: { chart: queue, version: 2.x, sourceRef: { kind: HelmRepository, name: charts, namespace: flux-system } } }
  values: { memory: 64Mi }
`

const REPOSITORY = treeOf('https://git.example.com/shop/fleet', {
  'apps/base/web/deployment.yaml': '',
  'apps/overlays/dev/kustomization.yaml': `
configMapGenerator: [{ name: web-values, files: [values.yaml=web/values-dev.yaml] }]
`,
  'apps/overlays/dev/web/values-dev.yaml': 'image: {tag: dev}',
  'apps/overlays/prod/kustomization.yaml': `
configMapGenerator: [{ name: web-values, files: [values.yaml=web/values-prod.yaml] }]
`,
  'apps/overlays/prod/web/values-prod.yaml': 'image: {tag: prod}',
  'charts/web/Chart.yaml': 'name: web',
  'vendor/charts/cache-4.1.0.tgz': '',
})

const FLEET = 'git.example.com/shop/fleet'
const MAIN = { kind: 'branch', name: 'main' } as const

function kustomization(name: string) {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    namespace: 'flux-system',
    name,
  }
}

function release(name: string) {
  return { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', namespace: 'shop', name }
}

const PINNED =
  'GitRepository flux-system/fleet-release follows the version range >=1.0.0 and no branch: a merge changes nothing until that moves'

const EXPECTED: Readonly<Record<string, EngineSource>> = {
  'the first environment is its folder and nothing more': {
    engine: 'flux',
    object: kustomization('apps-dev'),
    field: 'spec',
    repositoryUrl: FLEET,
    revision: MAIN,
    root: { folder: 'apps/overlays/dev' },
    valueSources: [],
    destination: {},
    holds: [],
  },
  'the second adds all that a Kustomization can': {
    engine: 'flux',
    object: kustomization('apps-staging'),
    field: 'spec',
    repositoryUrl: FLEET,
    revision: MAIN,
    root: {
      folder: 'apps/overlays/staging',
      overrides: {
        site: { object: kustomization('apps-staging'), field: 'spec' },
        sites: {
          namespace: { object: kustomization('apps-staging'), field: 'spec.targetNamespace' },
          labels: { object: kustomization('apps-staging'), field: 'spec.commonMetadata.labels' },
          substitute: { object: kustomization('apps-staging'), field: 'spec.postBuild.substitute' },
        },
        namespace: 'staging',
        namePrefix: 'stg-',
        images: [{ name: 'web', newTag: '1.2' }],
        patches: [
          { patch: '- {op: replace, path: /spec/replicas, value: 1}', target: { kind: 'Deployment' } },
        ],
        components: ['../../components/debug'],
        labels: { team: 'shop' },
        substitute: { REGION: 'eu-1', REPLICAS: '3' },
      },
    },
    valueSources: [],
    destination: { namespace: 'staging' },
    holds: [],
  },
  'the third is suspended and follows tags': {
    engine: 'flux',
    object: kustomization('apps-prod'),
    field: 'spec',
    repositoryUrl: FLEET,
    revision: { kind: 'semver', name: '>=1.0.0' },
    root: { folder: 'apps/overlays/prod' },
    valueSources: [],
    destination: {},
    ignoredFiles: '/*\n!/apps',
    holds: [
      {
        reason: 'Suspended',
        sentence:
          'Kustomization flux-system/apps-prod is suspended: nothing new is applied until it is resumed',
      },
      { reason: 'PinnedRevision', sentence: PINNED },
    ],
  },
  'a release of a chart in the repository has its values in the order that counts': {
    engine: 'flux',
    object: release('web'),
    field: 'spec',
    repositoryUrl: FLEET,
    revision: MAIN,
    root: {
      folder: 'charts/web',
      helm: {
        release: 'web-web',
        namespace: 'web',
        values: [
          { kind: 'file', path: 'apps/overlays/dev/web/values-dev.yaml' },
          {
            kind: 'inline',
            values: { replicaCount: 2 },
            site: { object: release('web'), field: 'spec.values' },
          },
          {
            kind: 'inline',
            values: { image: { tag: '1.20' } },
            site: {
              object: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'tags' },
              field: 'data["tag"]',
              valueAt: 'image.tag',
            },
          },
        ],
      },
    },
    valueSources: [],
    destination: { namespace: 'web' },
    holds: [
      {
        reason: 'ChartVersion',
        sentence:
          'the chart charts/web is packed again only when the version in its Chart.yaml changes (reconcileStrategy ChartVersion)',
        below: 'charts/web',
      },
    ],
  },
  'a release of a registry’s chart is rendered from the archive that the repository holds': {
    engine: 'flux',
    object: release('cache'),
    field: 'spec',
    repositoryUrl: FLEET,
    revision: MAIN,
    root: {
      folder: 'vendor/charts',
      helm: {
        release: 'cache',
        namespace: 'shop',
        archive: 'vendor/charts/cache-4.1.0.tgz',
        values: [
          {
            kind: 'inline',
            values: { memory: '64Mi' },
            site: { object: release('cache'), field: 'spec.values' },
          },
        ],
      },
    },
    valueSources: [],
    destination: { namespace: 'shop' },
    holds: [],
  },
  'a release of a chart that is nowhere in Git has only its values': {
    engine: 'flux',
    object: release('queue'),
    field: 'spec',
    repositoryUrl: undefined,
    revision: { kind: 'unknown' },
    root: {
      problem:
        'the chart queue 2.x comes from HelmRepository flux-system/charts and is not in the repository: only the values of the release can be changed',
      values: [
        {
          kind: 'inline',
          values: { memory: '64Mi' },
          site: { object: release('queue'), field: 'spec.values' },
        },
      ],
    },
    valueSources: [],
    destination: { namespace: 'shop' },
    holds: [],
  },
}

const found = engineSources(objectsIn(CLUSTER), { trees: [REPOSITORY] })

for (const [claim, expected] of Object.entries(EXPECTED)) {
  test(claim, () => {
    assert.deepEqual(
      found.filter(
        ({ object }) => object.name === expected.object.name && object.kind === expected.object.kind,
      ),
      [expected],
    )
  })
}

test('nothing else is a source', () => assert.equal(found.length, Object.keys(EXPECTED).length))

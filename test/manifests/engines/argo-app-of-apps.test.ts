import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EngineSource } from '#src/manifests/engines/engine-source.ts'
import { engineSources } from '#src/manifests/engines/engine-sources.ts'
import { objectsIn, treeOf } from './given.ts'

/** A root Application and what it creates: Helm, several sources, Kustomize, a hydrator, ApplicationSets. */
const CLUSTER = `
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: { name: shop, namespace: argocd }
spec:
  syncWindows:
    - { kind: deny, schedule: "0 22 * * *", duration: 8h, applications: ["web-*"], timeZone: Europe/Berlin }
    - { kind: allow, schedule: "0 6 * * 1", duration: 1h, namespaces: [other] }
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: root, namespace: argocd }
spec:
  source: { repoURL: "git@git.example.com:shop/gitops.git", path: apps, targetRevision: HEAD, directory: { recurse: true, exclude: "{drafts/*,*.md}" } }
  destination: { server: https://kubernetes.default.svc, namespace: argocd }
  syncPolicy: { automated: { selfHeal: true } }
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: web-prod, namespace: argocd }
spec:
  project: shop
  source:
    repoURL: https://git.example.com/shop/gitops
    path: charts/web
    targetRevision: main
    helm:
      valueFiles: [values-prod.yaml, /env/common.yaml, "extra/*.yaml", missing.yaml]
      ignoreMissingValueFiles: true
      values: |
        resources: { limits: { memory: 64Mi } }
      parameters:
        - { name: image.tag, value: "1.20", forceString: true }
        - { name: service\\.port, value: "8080" }
      fileParameters: [{ name: config, path: files/app.conf }]
      skipCrds: true
  destination: { server: https://kubernetes.default.svc, namespace: shop }
  syncPolicy: { automated: {} }
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: nginx, namespace: team-a }
spec:
  sources:
    - { repoURL: https://charts.example.com, chart: nginx, targetRevision: 15.1.0, helm: { releaseName: edge, valueFiles: [$values/env/nginx.yaml] } }
    - { repoURL: https://git.example.com/shop/gitops.git, targetRevision: main, ref: values }
    - { repoURL: https://git.example.com/shop/gitops.git, targetRevision: v1.0.0, path: extras }
  destination: { name: in-cluster, namespace: edge }
  syncPolicy: { automated: {} }
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: billing, namespace: argocd }
spec:
  source:
    repoURL: https://git.example.com/shop/gitops
    path: overlays/billing
    kustomize:
      images: [billing=registry.example.com/billing:2.0]
      replicas: [{ name: billing, count: "3" }]
      commonLabels: { team: billing }
      namePrefix: eu-
  destination: { server: https://prod.example.com:6443, namespace: billing }
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: hydrated, namespace: argocd }
spec:
  sourceHydrator:
    drySource: { repoURL: https://git.example.com/shop/gitops, targetRevision: main, path: overlays/plain }
    syncSource: { targetBranch: env/prod, path: hydrated }
    hydrateTo: { targetBranch: env/prod-next }
  destination: { namespace: shop }
  syncPolicy: { automated: {} }
---
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: teams, namespace: argocd }
spec:
  goTemplate: true
  generators:
    - git:
        repoURL: https://git.example.com/shop/gitops
        revision: main
        directories: [{ path: teams/* }, { path: teams/drafts, exclude: true }]
  template:
    metadata: { name: "team-{{ .path.basename }}" }
    spec:
      source: { repoURL: https://git.example.com/shop/gitops, targetRevision: main, path: "{{.path.path}}", kustomize: { namePrefix: "{{ .path.basename }}-" } }
      destination: { namespace: "{{ .path.basenameNormalized }}" }
      syncPolicy: { automated: {} }
---
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: clusters, namespace: argocd }
spec: { generators: [{ clusters: {} }], template: { metadata: { name: "{{name}}" }, spec: {} } }
`

const REPOSITORY = treeOf('ssh://git@git.example.com:22/shop/gitops', {
  'apps/root.yaml': '',
  'charts/web/Chart.yaml': 'name: web',
  'charts/web/values-prod.yaml': '',
  'charts/web/extra/b.yaml': '',
  'charts/web/extra/a.yaml': '',
  'charts/web/files/app.conf': 'level=debug',
  'env/common.yaml': '',
  'env/nginx.yaml': 'replicas: 2',
  'vendor/charts/nginx-15.1.0.tgz': '',
  'extras/cm.yaml': '',
  'overlays/billing/kustomization.yaml': '',
  'overlays/billing/.argocd-source-billing.yaml':
    'kustomize: { images: ["billing=registry.example.com/billing:2.1"] }',
  'overlays/plain/deployment.yaml': '',
  'teams/red_one/kustomization.yaml': '',
  'teams/blue/kustomization.yaml': '',
  'teams/drafts/kustomization.yaml': '',
  'teams/blue/deep/x.yaml': '',
})

const GITOPS = 'git.example.com/shop/gitops'
const MAIN = { kind: 'branch', name: 'main' } as const

function application(name: string, namespace = 'argocd') {
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', namespace, name }
}

function applicationSet(name: string) {
  return { ...application(name), kind: 'ApplicationSet' }
}

function site(name: string, field: string) {
  return { object: application(name), field }
}

const source = {
  engine: 'argocd',
  repositoryUrl: GITOPS,
  revision: MAIN,
  valueSources: [],
  holds: [],
} as const

const EXPECTED: Readonly<Record<string, readonly EngineSource[]>> = {
  'the root Application is a folder of manifests': [
    {
      ...source,
      object: application('root'),
      field: 'spec.source',
      revision: { kind: 'HEAD' },
      root: { folder: 'apps', plain: { recurse: true, exclude: '{drafts/*,*.md}' } },
      destination: { namespace: 'argocd' },
    },
  ],
  'a chart in the repository gets files, then values, then parameters': [
    {
      ...source,
      object: application('web-prod'),
      field: 'spec.source',
      root: {
        folder: 'charts/web',
        helm: {
          release: 'web-prod',
          namespace: 'shop',
          includeCrds: false,
          values: [
            { kind: 'file', path: 'charts/web/values-prod.yaml' },
            { kind: 'file', path: 'env/common.yaml' },
            { kind: 'file', path: 'charts/web/extra/a.yaml' },
            { kind: 'file', path: 'charts/web/extra/b.yaml' },
            {
              kind: 'inline',
              values: { resources: { limits: { memory: '64Mi' } } },
              site: { ...site('web-prod', 'spec.source.helm.values'), text: true },
            },
            {
              kind: 'inline',
              values: { image: { tag: '1.20' } },
              site: {
                ...site('web-prod', 'spec.source.helm.parameters[name=image.tag].value'),
                valueAt: 'image.tag',
              },
            },
            {
              kind: 'inline',
              values: { 'service.port': 8080 },
              site: {
                ...site('web-prod', 'spec.source.helm.parameters[name=service\\.port].value'),
                valueAt: '["service.port"]',
              },
            },
            {
              kind: 'inline',
              values: { config: 'level=debug' },
              site: {
                ...site('web-prod', 'spec.source.helm.fileParameters[name=config].path'),
                valueAt: 'config',
              },
            },
          ],
        },
      },
      destination: { namespace: 'shop' },
      holds: [
        {
          reason: 'SyncWindow',
          sentence: 'the project shop restricts when it is synced: deny "0 22 * * *" for 8h (Europe/Berlin)',
          windows: [
            {
              kind: 'deny',
              schedule: '0 22 * * *',
              duration: '8h',
              applications: ['web-*'],
              timeZone: 'Europe/Berlin',
            },
          ],
        },
      ],
    },
  ],
  'several sources: a registry’s chart with values and archive in Git, and a folder; values alone are none': [
    {
      ...source,
      object: application('nginx', 'team-a'),
      field: 'spec.sources[0]',
      root: {
        folder: 'vendor/charts',
        helm: {
          release: 'edge',
          namespace: 'edge',
          archive: 'vendor/charts/nginx-15.1.0.tgz',
          values: [{ kind: 'file', path: 'env/nginx.yaml' }],
        },
      },
      destination: { namespace: 'edge' },
    },
    {
      ...source,
      object: application('nginx', 'team-a'),
      field: 'spec.sources[2]',
      revision: { kind: 'tag', name: 'v1.0.0' },
      root: { folder: 'extras', plain: { recurse: false } },
      destination: { namespace: 'edge' },
      holds: [
        {
          reason: 'PinnedRevision',
          sentence:
            'Application team-a/nginx follows the tag v1.0.0 and no branch: a merge changes nothing until that moves',
        },
      ],
    },
  ],
  'a kustomization with additions, one of them in a file beside it, for another cluster and without automatic sync':
    [
      {
        ...source,
        object: application('billing'),
        field: 'spec.source',
        revision: { kind: 'HEAD' },
        root: {
          folder: 'overlays/billing',
          overrides: {
            site: site('billing', 'spec.source.kustomize'),
            sites: {
              images: {
                ...site('billing', 'kustomize.images'),
                file: 'overlays/billing/.argocd-source-billing.yaml',
              },
            },
            namePrefix: 'eu-',
            images: [{ name: 'billing', newName: 'registry.example.com/billing', newTag: '2.1' }],
            replicas: [{ name: 'billing', count: 3 }],
            commonLabels: { team: 'billing' },
          },
        },
        destination: { namespace: 'billing', cluster: 'https://prod.example.com:6443' },
        holds: [
          {
            reason: 'RemoteCluster',
            sentence:
              'Application argocd/billing applies to another cluster (https://prod.example.com:6443), not to this one',
          },
          {
            reason: 'AutoSyncOff',
            sentence:
              'Application argocd/billing is not synced automatically: somebody has to start the sync',
          },
        ],
      },
    ],
  'a hydrated Application comes from its dry source': [
    {
      ...source,
      object: application('hydrated'),
      field: 'spec.sourceHydrator.drySource',
      root: { folder: 'overlays/plain', plain: { recurse: false } },
      destination: { namespace: 'shop' },
      holds: [
        {
          reason: 'Promotion',
          sentence:
            'Application argocd/hydrated is hydrated to a branch of its own: what is merged arrives when that is promoted',
        },
      ],
    },
  ],
  'an ApplicationSet over folders is its Applications, changed in its template': ['blue', 'red_one'].map(
    (folder) => ({
      ...source,
      object: application(`team-${folder}`),
      generatedBy: applicationSet('teams'),
      field: 'spec.source',
      root: {
        folder: `teams/${folder}`,
        overrides: {
          site: { object: applicationSet('teams'), field: 'spec.template.spec.source.kustomize' },
          namePrefix: `${folder}-`,
        },
      },
      destination: { namespace: folder.replace('_', '-') },
    }),
  ),
  'an ApplicationSet over clusters is a sentence': [
    {
      ...source,
      object: applicationSet('clusters'),
      field: 'spec.template',
      repositoryUrl: undefined,
      revision: { kind: 'unknown' },
      root: {
        problem:
          'generated by an ApplicationSet that is not expanded here: the generator clusters needs more than the repository',
      },
      destination: {},
    },
  ],
}

const found = engineSources(objectsIn(CLUSTER), { trees: [REPOSITORY] })

for (const [claim, expected] of Object.entries(EXPECTED)) {
  test(claim, () => {
    const names = expected.map(({ object }) => `${object.kind}/${object.name}`)
    assert.deepEqual(
      found.filter(({ object }) => names.includes(`${object.kind}/${object.name}`)),
      expected,
    )
  })
}

test('nothing else is a source', () => assert.equal(found.length, Object.values(EXPECTED).flat().length))

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkoutOf, type Tree } from '../cli/edit/edit-command.ts'
import { openedCheckout } from './opened-checkout.ts'

const kustomization = (name: string, path: string, more = '') => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: ${name}
  namespace: flux-system
spec:
  interval: 10m
  path: ${path}
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
${more}`

const REPOSITORY = `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 1m
  ref:
    branch: main
  url: ssh://git@git.example/fleet.git
`
const DEPLOYMENT = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n'

const FLUX: Tree = {
  ...Object.fromEntries(
    ['production', 'staging'].flatMap((cluster) => [
      [`clusters/${cluster}/flux-system/kustomization.yaml`, 'resources:\n- gotk-sync.yaml\n'],
      [
        `clusters/${cluster}/flux-system/gotk-sync.yaml`,
        `${REPOSITORY}---\n${kustomization('flux-system', `./clusters/${cluster}`)}`,
      ],
      [`clusters/${cluster}/apps.yaml`, kustomization('apps', `./apps/${cluster}`)],
      [`apps/${cluster}/kustomization.yaml`, `namespace: shop\nresources:\n- ../base\n`],
    ]),
  ),
  'apps/base/kustomization.yaml': 'resources:\n- web.yaml\n',
  'apps/base/web.yaml': DEPLOYMENT,
}

test("Flux: each cluster's own Kustomizations are followed from its sync to the folders that they build", async (t) => {
  const checkout = await openedCheckout(t, await checkoutOf(t, FLUX))
  const { roots, problems } = await checkout.engines()
  assert.deepEqual(problems, [])
  assert.deepEqual(
    roots.map(({ source, root, parents }) => [
      source.object.name,
      root.folder,
      parents.map(({ object }) => object.name).join(' > '),
    ]),
    [
      ['flux-system', 'clusters/production', ''],
      ['apps', 'apps/production', 'flux-system'],
      ['flux-system', 'clusters/staging', ''],
      ['apps', 'apps/staging', 'flux-system'],
    ],
  )
})

test('Argo CD: an app of apps is followed to its children and their folders', async (t) => {
  const application = (name: string, path: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${name}
  namespace: argocd
spec:
  project: default
  source:
    repoURL: https://git.example/fleet.git
    targetRevision: main
    path: ${path}
  destination:
    server: https://kubernetes.default.svc
    namespace: shop
`
  const checkout = await openedCheckout(
    t,
    await checkoutOf(t, {
      'bootstrap/root.yaml': application('root', 'apps'),
      'apps/web.yaml': application('web', 'workloads/web'),
      'apps/gone.yaml': application('gone', 'workloads/gone'),
      'workloads/web/deployment.yaml': DEPLOYMENT,
    }),
  )
  const { roots, problems } = await checkout.engines()
  assert.deepEqual(
    roots
      .map(({ source, root, parents }) => [
        source.object.name,
        root.folder,
        parents.map(({ object }) => object.name),
      ])
      .sort(),
    [
      ['root', 'apps', []],
      ['web', 'workloads/web', ['root']],
    ],
  )
  assert.deepEqual(
    problems.map(({ object }) => object.name),
    ['gone'],
  )
})

test('Flux: variables of a ConfigMap that stands in a file of its own beside the Kustomization are known', async (t) => {
  const variables =
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: vars\n  namespace: flux-system\ndata:\n  TAG: "7"\n'
  const from = '  postBuild:\n    substituteFrom:\n    - kind: ConfigMap\n      name: vars\n'
  const checkout = await openedCheckout(
    t,
    await checkoutOf(t, {
      'clusters/lab/repository.yaml': REPOSITORY,
      'clusters/lab/variables.yaml': variables,
      'clusters/lab/apps.yaml': kustomization('apps', './apps', from),
      'apps/web.yaml': DEPLOYMENT,
    }),
  )
  const { roots, problems, decidedBy } = await checkout.engines()
  assert.deepEqual(problems, [])
  assert.deepEqual(
    roots.map(({ root }) => root.overrides?.substitute),
    [{ TAG: '7' }],
  )
  assert.ok(decidedBy.has('clusters/lab/variables.yaml'))
})

test('Flux: what is found beside its source only once its own engine renders it is no problem', async (t) => {
  const checkout = await openedCheckout(
    t,
    await checkoutOf(t, {
      'clusters/lab/sync/sync.yaml': `${REPOSITORY}---\n${kustomization('sync', './clusters/lab')}`,
      'clusters/lab/apps/apps.yaml': kustomization('apps', './apps'),
      'apps/web.yaml': DEPLOYMENT,
    }),
  )
  const { roots, problems } = await checkout.engines()
  assert.deepEqual(problems, [])
  assert.deepEqual(
    roots.map(({ root }) => root.folder),
    ['clusters/lab', 'apps'],
  )
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject, ObjectMeta } from '#src/domain/kube-object.ts'
import { targetOf } from '#src/domain/target.ts'
import {
  type Claim,
  claimsOf,
  describeApplier,
  type TrackingSettings,
} from '#src/manifests/engines/claims.ts'
import { claimedObject, confirm } from '#src/manifests/engines/confirm.ts'
import { engineObjects } from '#src/manifests/engines/engine-objects.ts'
import { objectsIn } from './given.ts'

function deployment(metadata: Partial<ObjectMeta>, apiVersion = 'apps/v1'): KubeObject {
  return { apiVersion, kind: 'Deployment', metadata: { name: 'web', namespace: 'shop', ...metadata } }
}

const tracked = (id: string, more: Record<string, string> = {}) =>
  deployment({ annotations: { 'argocd.argoproj.io/tracking-id': id, ...more } })
const kustomized = (name: string, namespace = 'flux-system'): Record<string, string> => ({
  'kustomize.toolkit.fluxcd.io/name': name,
  'kustomize.toolkit.fluxcd.io/namespace': namespace,
})
const helmed = (name: string, namespace: string) => ({
  'helm.toolkit.fluxcd.io/name': name,
  'helm.toolkit.fluxcd.io/namespace': namespace,
})
const instance = { 'app.kubernetes.io/instance': 'shop' }
const OWN = 'shop:apps/Deployment:shop/web'

describe('an object claims', () => {
  const CLAIMS: Readonly<Record<string, readonly [KubeObject, readonly string[], TrackingSettings?]>> = {
    'an Application in Argo CD’s own namespace by its tracking id': [tracked(OWN), ['Application shop']],
    'an Application in another namespace': [tracked(`team-a_${OWN}`), ['Application team-a/shop']],
    'nothing by the id of another name, copied': [tracked('shop:apps/Deployment:shop/api'), []],
    'nothing by the id of another namespace, copied': [tracked('shop:apps/Deployment:other/web'), []],
    'nothing by the id of the custom resource that an operator made it for': [
      tracked('shop:minio.min.io/Tenant:shop/web'),
      [],
    ],
    'its Application still when the id has the group of before an upgrade': [
      tracked('shop:extensions/Deployment:shop/web'),
      ['Application shop'],
    ],
    'nothing by an id that cannot be read': [tracked('shop:apps/Deployment'), []],
    'nothing by an id with an application of three parts': [tracked(`a_b_${OWN}`), []],
    'nothing by the id of another installation': [
      tracked(OWN, { 'argocd.argoproj.io/installation-id': 'east' }),
      [],
      { installationId: 'west' },
    ],
    'its Application in the same installation': [
      tracked(OWN, { 'argocd.argoproj.io/installation-id': 'west' }),
      ['Application shop'],
      { installationId: 'west' },
    ],
    'nothing by the instance label, which Helm charts set': [deployment({ labels: instance }), []],
    'an Application by the instance label where Argo CD tracks by it': [
      deployment({ labels: instance }),
      ['Application shop'],
      { trackingMethod: 'label' },
    ],
    'an Application by a label of another key': [
      deployment({ labels: { 'example.com/app': 'shop' } }),
      ['Application shop'],
      { trackingMethod: 'label', instanceLabelKey: 'example.com/app' },
    ],
    'the annotation’s Application with annotation+label, whose labels are cut off': [
      deployment({ labels: instance, annotations: { 'argocd.argoproj.io/tracking-id': OWN } }),
      ['Application shop'],
      { trackingMethod: 'annotation+label' },
    ],
    'a Kustomization': [deployment({ labels: kustomized('apps') }), ['Kustomization flux-system/apps']],
    'nothing by half of Flux’s labels': [
      deployment({ labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } }),
      [],
    ],
    'a HelmRelease before the Kustomization whose labels it carries too': [
      deployment({ labels: { ...kustomized('apps'), ...helmed('web', 'shop') } }),
      ['HelmRelease shop/web', 'Kustomization flux-system/apps'],
    ],
    'a release of Helm': [
      deployment({
        annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'shop' },
      }),
      ['Release shop/web'],
    ],
    'nothing at all': [deployment({}), []],
  }
  for (const [claim, [object, expected, settings]] of Object.entries(CLAIMS)) {
    test(claim, () =>
      assert.deepEqual(
        claimsOf(object, settings).map(({ applier }) => describeApplier(applier)),
        expected,
      ),
    )
  }

  test('a cluster-scoped object carries the namespace of its Application’s destination', () => {
    const object: KubeObject = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: {
        name: 'system:web',
        annotations: {
          'argocd.argoproj.io/tracking-id': 'shop:rbac.authorization.k8s.io/ClusterRole:shop/system:web',
        },
      },
    }
    assert.equal(claimsOf(object).length, 1)
  })
})

const ENGINES = `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop, namespace: argocd }
spec: { destination: { server: https://kubernetes.default.svc } }
status:
  resources:
    - { group: apps, version: v1, kind: Deployment, namespace: shop, name: web, status: Synced }
    - { group: apps, version: v1, kind: Deployment, namespace: shop, name: old, status: OutOfSync, requiresPruning: true }
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: far, namespace: argocd }
spec: { destination: { server: "https://prod.example.com" } }
status: { resources: [{ group: apps, kind: Deployment, namespace: shop, name: web }] }
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: fresh, namespace: argocd }
spec: { destination: { name: in-cluster } }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: apps, namespace: flux-system }
spec: {}
status:
  inventory:
    entries:
      - { id: shop_web_apps_Deployment, v: v1 }
      - { id: shop_store_minio.min.io_Tenant, v: v2 }
      - { id: _system__web_rbac.authorization.k8s.io_ClusterRole, v: v1 }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: apps, namespace: tenant }
spec: {}
status: { inventory: { entries: [] } }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: remote, namespace: flux-system }
spec: { kubeConfig: { secretRef: { name: prod } } }
status: { inventory: { entries: [{ id: shop_web_apps_Deployment, v: v1 }] } }
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: web, namespace: shop }
spec: { targetNamespace: edge }
status: { inventory: { entries: [{ id: shop_web_apps_Deployment, v: v1 }] } }
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: older, namespace: shop }
spec: {}
`

describe('a claim is', () => {
  const known = engineObjects(objectsIn(ENGINES))
  const web = (metadata: Partial<ObjectMeta>) => deployment(metadata)
  const release = (name: string, namespace: string) => ({
    annotations: { 'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': namespace },
  })
  const OUTCOMES: Readonly<Record<string, readonly [KubeObject, string, TrackingSettings?]>> = {
    'confirmed by the Application’s resources': [tracked(OWN), 'confirmed'],
    'confirmed by the Kustomization’s inventory': [web({ labels: kustomized('apps') }), 'confirmed'],
    'confirmed by the HelmRelease’s inventory': [web({ labels: helmed('web', 'shop') }), 'confirmed'],
    'confirmed for Helm’s annotations by the HelmRelease that makes that release': [
      web(release('edge-web', 'edge')),
      'confirmed',
    ],
    'not confirmed for a release that somebody installed by hand': [
      web(release('web', 'shop')),
      'NoEngineObject',
    ],
    'not confirmed when an operator copied its resource’s labels to what it makes': [
      { ...web({ labels: kustomized('apps'), name: 'store-pool-0' }), kind: 'StatefulSet' },
      'NotInInventory',
    ],
    'not confirmed for a namesake in another namespace': [
      web({ labels: kustomized('apps'), namespace: 'other' }),
      'NotInInventory',
    ],
    'not confirmed for another kind of the same name in another group': [
      { ...deployment({ labels: kustomized('apps') }, 'example.com/v1') },
      'NotInInventory',
    ],
    'not confirmed by a Kustomization of the same name in another namespace': [
      web({ labels: kustomized('apps', 'tenant') }),
      'NotInInventory',
    ],
    'not confirmed by a Kustomization that applies to another cluster, whatever it lists': [
      web({ labels: kustomized('remote') }),
      'RemoteCluster',
    ],
    'not confirmed by an Application that applies to another cluster, whatever it lists': [
      tracked('far:apps/Deployment:shop/web'),
      'RemoteCluster',
    ],
    'not confirmed by an Application that was never synced': [
      tracked('fresh:apps/Deployment:shop/web'),
      'NoInventory',
    ],
    'not confirmed by a HelmRelease of a version that keeps no inventory': [
      web({ labels: helmed('older', 'shop') }),
      'NoInventory',
    ],
    'not confirmed by an Application that is not there': [
      tracked('gone:apps/Deployment:shop/web'),
      'NoEngineObject',
    ],
    'not confirmed for what Git no longer has': [
      deployment({
        name: 'old',
        annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/old' },
      }),
      'RemovedFromGit',
    ],
    'not confirmed for an instance label that a chart copied to a child': [
      { ...web({ labels: instance, name: 'web-worker' }) },
      'NotInInventory',
      { trackingMethod: 'label' },
    ],
    'confirmed for an instance label of what the Application lists': [
      web({ labels: instance }),
      'confirmed',
      { trackingMethod: 'label' },
    ],
  }
  for (const [claim, [object, expected, settings]] of Object.entries(OUTCOMES)) {
    test(claim, () => {
      const [first] = claimsOf(object, settings)
      assert.ok(first)
      const verdict = confirm(first, claimedObject(first, known, 'argocd'), targetOf(object))
      assert.equal(verdict.confirmed ? 'confirmed' : verdict.reason, expected, verdict.sentence)
      assert.ok(verdict.sentence.length > 20)
    })
  }

  test('confirmed for a cluster-scoped object whose name has a colon', () => {
    const claim: Claim = {
      engine: 'flux',
      key: 'k',
      by: 'label',
      applier: { kind: 'Kustomization', namespace: 'flux-system', name: 'apps' },
    }
    const target = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      namespace: '',
      name: 'system:web',
    }
    assert.equal(confirm(claim, claimedObject(claim, known, 'argocd'), target).confirmed, true)
  })

  test('not confirmed by an object that it does not name', () => {
    const [claim] = claimsOf(tracked(OWN))
    const other = known.find('argoproj.io', 'Application', 'argocd', 'far')
    assert.ok(claim)
    const verdict = confirm(claim, other, targetOf(tracked(OWN)))
    assert.equal(verdict.confirmed ? '' : verdict.reason, 'OtherEngineObject')
  })
})

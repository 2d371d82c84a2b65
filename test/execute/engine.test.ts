import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject, ObjectMeta } from '#src/domain/kube-object.ts'
import { type EngineEvidence, engineOf } from '#src/execute/engine.ts'

const live = (metadata: Partial<ObjectMeta>): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', ...metadata },
})
const managed = (...managers: string[]) =>
  live({
    managedFields: managers.map((manager) => ({ manager, operation: 'Update', apiVersion: 'apps/v1' })),
  })
const owned = (kind: string, controller: boolean) =>
  live({ ownerReferences: [{ apiVersion: 'x.dev/v1', kind, name: 'shop', uid: 'u', controller }] })
const instance = live({ labels: { 'app.kubernetes.io/instance': 'shop' } })

const CLAIMS: Readonly<Record<string, readonly [KubeObject, string, EngineEvidence?]>> = {
  'Argo CD’s tracking annotation': [
    live({ annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/web' } }),
    'argocd',
  ],
  'a tracking annotation of another object, copied by a controller': [
    live({ annotations: { 'argocd.argoproj.io/tracking-id': 'shop:x.dev/Shop:shop/shop' } }),
    'argocd',
  ],
  'any other key of Argo CD': [live({ annotations: { 'argocd.argoproj.io/sync-wave': '1' } }), 'argocd'],
  'Argo CD’s manager for server-side and client-side apply': [
    managed('kubectl', 'argocd-controller'),
    'argocd',
  ],
  'Argo CD’s manager for roles': [managed('argocd-application-controller'), 'argocd'],
  'an edit in Argo CD’s user interface': [managed('argocd-server'), 'argocd'],
  'an instance label that names a known Application': [instance, 'argocd', { applications: ['shop'] }],
  'an instance label of a configured key': [
    live({ labels: { 'example.com/app': 'shop' } }),
    'argocd',
    { instanceLabelKey: 'example.com/app', applications: ['shop'] },
  ],
  'Flux’s Kustomization labels': [live({ labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } }), 'flux'],
  'Flux’s HelmRelease labels': [live({ labels: { 'helm.toolkit.fluxcd.io/name': 'web' } }), 'flux'],
  'Flux told to leave the object alone: still Flux’s': [
    live({ annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' } }),
    'flux',
  ],
  'Flux’s managers': [managed('kustomize-controller'), 'flux'],
  'Flux’s Helm manager': [managed('helm-controller'), 'flux'],
  'the status managers of Flux': [managed('gotk-kustomize-controller'), 'flux'],
  'Rancher Fleet': [live({ annotations: { 'objectset.rio.cattle.io/id': 'x' } }), 'other'],
  'Config Sync': [live({ annotations: { 'configmanagement.gke.io/managed': 'enabled' } }), 'other'],
  'a custom resource that controls the workload': [owned('Shop', true), 'controller'],
}

for (const [claim, [object, engine, evidence]] of Object.entries(CLAIMS)) {
  test(`claimed: ${claim}`, () => {
    const found = engineOf(object, evidence)
    assert.equal(found?.engine, engine)
    assert.ok((found?.why.length ?? 0) > 10)
  })
}

const FREE: Readonly<Record<string, readonly [KubeObject, EngineEvidence?]>> = {
  'nothing said': [live({})],
  'Helm, by label and annotations': [
    live({
      labels: { 'app.kubernetes.io/managed-by': 'Helm', 'helm.sh/chart': 'web-1.0' },
      annotations: { 'meta.helm.sh/release-name': 'web' },
    }),
  ],
  'Helm and kubectl as managers': [managed('helm', 'kubectl-client-side-apply', 'kube-controller-manager')],
  'an instance label as Helm charts set it': [instance],
  'an instance label that names no known Application': [instance, { applications: ['other'] }],
  'an owner that does not control': [owned('Shop', false)],
  'keys that only look like an engine’s': [
    live({ labels: { 'argocd.argoproj.io.example.com/a': 'x', 'myfluxcd.io/b': 'x', 'fluxcd.io': 'x' } }),
  ],
}

for (const [claim, [object, evidence]] of Object.entries(FREE)) {
  test(`free: ${claim}`, () => assert.equal(engineOf(object, evidence), undefined))
}

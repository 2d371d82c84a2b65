import assert from 'node:assert/strict'
import { test } from 'node:test'
import { showsNow } from '#src/detect/present-revision.ts'
import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'

const place = { family: 'image', role: 'main', container: 'web' } as const

function replicaSet(uid: string): KubeObject {
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: uid, uid } }
}

function pod(owner: string, failing: boolean, labels: Record<string, string> = {}): KubeObject {
  const state = failing ? { waiting: { reason: 'ImagePullBackOff' } } : { running: {} }
  const reference = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `web-${owner}`,
      namespace: 'shop',
      uid: `pod-${owner}`,
      labels,
      ownerReferences: [reference],
    },
    spec: { containers: [{ name: 'web' }] },
    status: { phase: 'Pending', containerStatuses: [{ name: 'web', restartCount: 0, state }] },
  }
}

function workload(
  kind: string,
  over: { observed?: number; status?: object; annotations?: Record<string, string> } = {},
): KubeObject {
  const { observed = 2, status = {}, annotations = {} } = over
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'web', namespace: 'shop', uid: 'w', generation: 2, annotations },
    status: { observedGeneration: observed, ...status },
  }
}

const deployment = (pods: readonly KubeObject[], observed?: number): WorkloadSnapshot => ({
  workload: workload('Deployment', observed === undefined ? {} : { observed }),
  pods,
  replicaSets: [replicaSet('new'), replicaSet('old')],
})
const other = (object: KubeObject, labels: Record<string, string>): WorkloadSnapshot => ({
  workload: object,
  pods: [pod('w', true, labels)],
  replicaSets: [],
})
const updated = workload('StatefulSet', { status: { updateRevision: 'web-2' } })
const daemon = workload('DaemonSet', { annotations: { 'deprecated.daemonset.template.generation': '2' } })

const table: Readonly<Record<string, readonly [WorkloadSnapshot, boolean]>> = {
  'a failing pod of the newest ReplicaSet shows the fault': [
    deployment([pod('new', true), pod('old', false)]),
    true,
  ],
  'a failing pod of an older ReplicaSet does not': [deployment([pod('new', false), pod('old', true)]), false],
  'nothing shows while the controller has not seen the change': [deployment([pod('new', true)], 1), false],
  'a failing pod of the update revision of a StatefulSet does': [
    other(updated, { 'controller-revision-hash': 'web-2' }),
    true,
  ],
  'a failing pod of its current, older revision does not': [
    other(updated, { 'controller-revision-hash': 'web-1' }),
    false,
  ],
  "a failing pod of a DaemonSet's present template does": [
    other(daemon, { 'pod-template-generation': '2' }),
    true,
  ],
  "a failing pod of a DaemonSet's older template does not": [
    other(daemon, { 'pod-template-generation': '1' }),
    false,
  ],
}

for (const [claim, [snapshot, expected]] of Object.entries(table)) {
  test(claim, () => assert.equal(showsNow(snapshot, place, 0, 1000), expected))
}

import type { KubeObject, OwnerReference } from '#src/domain/kube-object.ts'
import { rfc3339 } from '#src/domain/time.ts'

/** 2026-03-01T12:00:00Z: `now` of the tables in this room. */
export const NOW = Date.UTC(2026, 2, 1, 12)
export const ago = (seconds: number): string => rfc3339(NOW - seconds * 1000)

export const REPLICA_SET: OwnerReference = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: 'web-7c9f5d6b8',
  uid: '5d6e7f80-0000-4000-8000-000000000001',
  controller: true,
}

export interface PodParts {
  readonly name?: string
  readonly uid?: string
  readonly owner?: OwnerReference | null
  readonly phase?: string
  readonly deleting?: boolean
  readonly restartPolicy?: string
  readonly created?: string
  readonly sidecars?: readonly object[]
  readonly inits?: readonly object[]
  readonly containers?: readonly object[]
}

/** A raw pod as the API server sends it, cut to the members that a kubelet and a controller write. */
export function rawPod(parts: PodParts = {}): KubeObject {
  const owner = parts.owner === undefined ? REPLICA_SET : parts.owner
  const main = parts.containers ?? [running('web')]
  const inits = [
    ...(parts.inits ?? []).map((status) => ({ status })),
    ...(parts.sidecars ?? []).map((status) => ({ status, restartPolicy: 'Always' })),
  ]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: parts.name ?? 'web-7c9f5d6b8-x2x4z',
      namespace: 'shop',
      uid: parts.uid ?? 'b1a2c3d4-0000-4000-8000-00000000000a',
      resourceVersion: '4711',
      creationTimestamp: parts.created ?? ago(600),
      labels: { app: 'web', 'pod-template-hash': '7c9f5d6b8' },
      ...(parts.deleting && { deletionTimestamp: ago(5) }),
      ...(owner !== null && { ownerReferences: [owner] }),
    },
    spec: {
      restartPolicy: parts.restartPolicy ?? 'Always',
      nodeName: 'node-1',
      initContainers: inits.map(({ status, ...rest }) => ({ name: nameOf(status), image: 'i', ...rest })),
      containers: main.map((status) => ({ name: nameOf(status), image: 'registry.example/web:1.4.2' })),
    },
    status: {
      phase: parts.phase ?? 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'True' }],
      ...(inits.length > 0 && { initContainerStatuses: inits.map(({ status }) => status) }),
      containerStatuses: main,
    },
  }
}

export function waiting(name: string, reason: string, message?: string, extra: object = {}): object {
  return status(name, { waiting: { reason, ...(message !== undefined && { message }) } }, extra)
}

export function running(name: string, startedAt = ago(590), extra: object = {}): object {
  return status(name, { running: { startedAt } }, { ready: true, started: true, ...extra })
}

export function terminated(name: string, end: object, extra: object = {}): object {
  return status(name, { terminated: end }, extra)
}

export function ended(exitCode: number, secondsAgo: number, extra: object = {}): object {
  return {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: ago(secondsAgo + 2),
    finishedAt: ago(secondsAgo),
    containerID: 'containerd://0123',
    ...extra,
  }
}

function status(name: string, state: object, extra: object): object {
  return {
    name,
    state,
    lastState: {},
    ready: false,
    restartCount: 0,
    image: 'registry.example/web:1.4.2',
    imageID: '',
    ...extra,
  }
}

function nameOf(value: object): string {
  return 'name' in value ? String(value.name) : ''
}

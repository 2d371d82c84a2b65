import { type ClusterState, type ContainerLog, clusterState } from '#src/domain/cluster-state.ts'
import { digest } from '#src/domain/digest.ts'
import type { JsonObject } from '#src/domain/json.ts'
import { rfc3339 } from '#src/domain/time.ts'

/** 2026-03-01T12:00:00Z: `now` of the tables. */
export const NOW = Date.UTC(2026, 2, 1, 12)
export const ago = (minutes: number): string => rfc3339(NOW - minutes * 60_000)

type Part = JsonObject | readonly JsonObject[]

export function state(parts: readonly Part[], logs: readonly ContainerLog[] = []): ClusterState {
  return clusterState(parts.flat(), logs)
}

const uid = (kind: string, name: string) => `${kind.toLowerCase()}-${name}`.padEnd(36, '0')

export function meta(kind: string, name: string, over: JsonObject = {}): JsonObject {
  return { name, namespace: 'shop', uid: uid(kind, name), creationTimestamp: ago(60), ...over }
}

export function owner(kind: string, name: string): JsonObject {
  const apiVersion = kind === 'Job' || kind === 'CronJob' ? 'batch/v1' : 'apps/v1'
  return { apiVersion, kind, name, uid: uid(kind, name), controller: true, blockOwnerDeletion: true }
}

export const container = (over: JsonObject = {}): JsonObject => ({
  name: 'web',
  image: 'registry.example/shop/web:1.4.2',
  imagePullPolicy: 'IfNotPresent',
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  ...over,
})

export const podSpec = (over: JsonObject = {}, pod: JsonObject = {}): JsonObject => ({
  containers: [container(over)],
  dnsPolicy: 'ClusterFirst',
  restartPolicy: 'Always',
  schedulerName: 'default-scheduler',
  securityContext: {},
  terminationGracePeriodSeconds: 30,
  ...pod,
})

export function deployment(spec: JsonObject, over: JsonObject = {}, name = 'web'): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('Deployment', name, {
      generation: 3,
      annotations: { 'deployment.kubernetes.io/revision': '3' },
    }),
    spec: {
      progressDeadlineSeconds: 600,
      replicas: 2,
      revisionHistoryLimit: 10,
      selector: { matchLabels: { app: name } },
      strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' }, type: 'RollingUpdate' },
      template: { metadata: { creationTimestamp: null, labels: { app: name } }, spec },
      ...over,
    },
    status: { observedGeneration: 3, replicas: 2, updatedReplicas: 2 },
  }
}

export function replicaSet(
  spec: JsonObject,
  hash: string,
  revision: number,
  available = 0,
  name = 'web',
): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: meta('ReplicaSet', `${name}-${hash}`, {
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      labels: { app: name, 'pod-template-hash': hash },
      ownerReferences: [owner('Deployment', name)],
    }),
    spec: { replicas: 2, template: { metadata: { labels: { app: name } }, spec } },
    status: { replicas: 2, observedGeneration: 1, ...(available > 0 && { availableReplicas: available }) },
  }
}

export interface PodFacts {
  readonly name?: string
  readonly workload?: string
  readonly hash?: string
  readonly phase?: string
  readonly status?: JsonObject
  readonly statuses?: readonly JsonObject[]
  readonly conditions?: readonly JsonObject[]
  readonly meta?: JsonObject
  readonly ready?: boolean
}

export function pod(spec: JsonObject, facts: PodFacts = {}): JsonObject {
  const { workload = 'web', hash = '7c9f5d6b8', ready = false } = facts
  const name = facts.name ?? `${workload}-${hash}-x2x4z`
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta('Pod', name, {
      creationTimestamp: ago(10),
      labels: { app: workload, 'pod-template-hash': hash },
      ownerReferences: [owner('ReplicaSet', `${workload}-${hash}`)],
      ...facts.meta,
    }),
    spec,
    status: {
      phase: facts.phase ?? 'Running',
      conditions: facts.conditions ?? [
        { type: 'PodScheduled', status: 'True', lastTransitionTime: ago(10) },
        { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: ago(10) },
      ],
      ...(facts.statuses && { containerStatuses: facts.statuses }),
      ...facts.status,
    },
  }
}

export const status = (over: JsonObject): JsonObject => ({
  name: 'web',
  image: 'registry.example/shop/web:1.4.2',
  ready: false,
  restartCount: 0,
  ...over,
})
export const waiting = (reason: string, message = '', over: JsonObject = {}): JsonObject =>
  status({ state: { waiting: { reason, message } }, ...over })
export const running = (over: JsonObject = {}): JsonObject =>
  status({ ready: true, started: true, state: { running: { startedAt: ago(9) } }, ...over })
export const ended = (exitCode: number, reason = 'Error', seconds = 5): JsonObject => ({
  terminated: {
    exitCode,
    reason,
    startedAt: rfc3339(NOW - 60_000 - seconds * 1000),
    finishedAt: ago(1),
  },
})
export const crashing = (exitCode: number, reason = 'Error', restarts = 6, seconds = 5): JsonObject =>
  waiting('CrashLoopBackOff', 'back-off 5m0s restarting failed container=web pod=web-7c9f5d6b8-x2x4z_shop', {
    restartCount: restarts,
    lastState: ended(exitCode, reason, seconds),
  })

export function event(
  kind: string,
  name: string,
  reason: string,
  message: string,
  over: JsonObject = {},
): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${name}.${digest(reason, message).slice(0, 12)}`,
      namespace: 'shop',
      creationTimestamp: ago(9),
    },
    involvedObject: { apiVersion: 'v1', kind, namespace: 'shop', name, uid: uid(kind, name) },
    reason,
    message,
    type: 'Warning',
    count: 12,
    firstTimestamp: ago(9),
    lastTimestamp: ago(1),
    source: { component: 'kubelet' },
    ...over,
  }
}

/** A Deployment `web` whose present ReplicaSet has one pod with these statuses. */
export function app(spec: JsonObject, facts: PodFacts = {}): readonly JsonObject[] {
  const { workload = 'web', hash = '7c9f5d6b8' } = facts
  return [deployment(spec, {}, workload), replicaSet(spec, hash, 3, 0, workload), pod(spec, facts)]
}

export const POD = 'web-7c9f5d6b8-x2x4z'

export function node(name: string, over: JsonObject = {}, labels: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: uid('Node', name),
      creationTimestamp: ago(9000),
      labels: {
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        ...labels,
      },
    },
    spec: { ...over },
    status: {
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  }
}

export function service(over: JsonObject = {}, name = 'web'): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta('Service', name),
    spec: {
      clusterIP: '10.96.12.7',
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }],
      selector: { app: 'web' },
      type: 'ClusterIP',
      ...over,
    },
    status: { loadBalancer: {} },
  }
}

/** A Deployment that is well: its pod runs and is ready. */
export function wellApp(spec: JsonObject = podSpec(), workload = 'web'): readonly JsonObject[] {
  const made = app(spec, { workload, ready: true, statuses: [running()] })
  return made
}

export const unschedulable = (message: string): readonly JsonObject[] => [
  { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime: ago(10) },
]

export const object = (
  apiVersion: string,
  kind: string,
  name: string,
  rest: JsonObject = {},
): JsonObject => ({
  apiVersion,
  kind,
  metadata: meta(kind, name),
  ...rest,
})

export const clusterWide = (
  apiVersion: string,
  kind: string,
  name: string,
  rest: JsonObject = {},
): JsonObject => {
  const { metadata, ...more } = rest
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      uid: uid(kind, name),
      creationTimestamp: ago(9000),
      ...(metadata as JsonObject | undefined),
    },
    ...more,
  }
}

import type { GitVersion } from '#src/domain/evidence.ts'
import { FAULT_FAMILY, type FaultReason } from '#src/domain/fault.ts'
import type { Json, JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { ContainerRole } from '#src/domain/target.ts'
import type { Incident, KnownReference } from '#src/propose/proposer.ts'

export const WEB = 'registry.example/shop/web'
export const GOOD = `${WEB}:1.0`
export const BAD = `${WEB}:9.9`

/** Path of the faulty container in a Deployment. */
export const AT = 'spec.template.spec.containers[name=web]'

export function container(over: JsonObject = {}): JsonObject {
  return { name: 'web', image: GOOD, ...over }
}

export function podSpec(over: JsonObject = {}): JsonObject {
  return { containers: [container(over)] }
}

export function deployment(spec: JsonObject, over: JsonObject = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', uid: 'web-uid' },
    spec: { replicas: 2, template: { metadata: { labels: { app: 'web' } }, spec }, ...over },
  }
}

export function replicaSet(name: string, available: number, spec: JsonObject): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'shop',
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'web-uid', controller: true },
      ],
    },
    spec: { template: { spec } },
    status: available > 0 ? { replicas: available, availableReplicas: available } : { replicas: 0 },
  }
}

export interface PodFacts {
  readonly waiting?: string
  readonly ready?: boolean
  readonly readySince?: string
  readonly startTime?: string
  readonly restarts?: number
  readonly crashedAt?: string
}

export function pod(name: string, spec: JsonObject, facts: PodFacts): KubeObject {
  const ready = facts.ready ?? false
  const status = {
    name: 'web',
    ready,
    restartCount: facts.restarts ?? 0,
    state: facts.waiting === undefined ? { running: {} } : { waiting: { reason: facts.waiting } },
    ...(facts.crashedAt === undefined
      ? {}
      : { lastState: { terminated: { exitCode: 1, finishedAt: facts.crashedAt } } }),
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop' },
    spec,
    status: {
      startTime: facts.startTime ?? '2026-01-10T08:00:00Z',
      conditions: [
        {
          type: 'Ready',
          status: ready ? 'True' : 'False',
          lastTransitionTime: facts.readySince ?? '2026-01-10T08:00:00Z',
        },
      ],
      containerStatuses: [status],
    },
  }
}

export interface CommitFacts {
  readonly ours?: boolean
  readonly subject?: string
}

/** Newest first: each entry is the pod spec after that commit, or undefined where nothing could be rendered. */
export function history(
  ...versions: readonly (JsonObject | undefined | readonly [JsonObject, CommitFacts])[]
): readonly GitVersion[] {
  return versions.map((entry, i) => {
    const [spec, facts] = Array.isArray(entry)
      ? (entry as [JsonObject, CommitFacts])
      : [entry as JsonObject, {}]
    const number = versions.length - i
    return {
      commit: `${number}`.repeat(40).slice(0, 40),
      author: 'Alice',
      date: `2026-01-0${number}T10:00:00Z`,
      subject: facts.subject ?? `change ${number}`,
      ours: facts.ours ?? false,
      rendered: spec === undefined ? undefined : deployment(spec),
    }
  })
}

export interface IncidentFacts {
  readonly reason: FaultReason
  readonly message?: string
  readonly role?: ContainerRole
  /** Newest first; the first is what Git renders and what the cluster has. */
  readonly git: readonly GitVersion[]
  readonly replicaSets?: readonly KubeObject[]
  readonly pods?: readonly KubeObject[]
  readonly references?: readonly KnownReference[]
  readonly live?: JsonObject
  readonly evidence?: Json
}

export function incident(facts: IncidentFacts): Incident {
  const rendered = facts.git[0]?.rendered ?? deployment(podSpec())
  return {
    target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
    fault: {
      key: 'key',
      reason: facts.reason,
      family: FAULT_FAMILY[facts.reason],
      role: facts.role ?? 'main',
      container: 'web',
      field: AT,
      message: facts.message ?? '',
    },
    evidence: (facts.evidence ?? {}) as JsonObject,
    snapshot: {
      workload: facts.live === undefined ? rendered : deployment(facts.live),
      pods: facts.pods ?? [],
      replicaSets: facts.replicaSets ?? [],
    },
    rendered,
    history: facts.git,
    references: facts.references ?? [],
  }
}

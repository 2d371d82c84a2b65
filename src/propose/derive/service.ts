import { snapshotIn } from '#src/detect/state/owners.ts'
import { declaredPorts, list, podLabelsIn, podSpecIn } from '#src/detect/state/pod-template.ts'
import { backendsOf, candidatesIn, portPath } from '#src/detect/state/services.ts'
import { at, type ClusterState } from '#src/domain/cluster-state.ts'
import { formatFieldPath, parseFieldPath } from '#src/domain/field-path.ts'
import type { Json, JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { type Labels, labelsOf } from '#src/domain/label-selector.ts'
import { describeTarget, targetOf } from '#src/domain/target.ts'
import { nearestName } from '#src/propose/nearest-name.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { type Derived, set } from './derived.ts'

/** Labels that say which program it is; other labels (version, track, role …) tell its pods apart on purpose. */
const NAME_KEYS: ReadonlySet<string> = new Set([
  'app',
  'app.kubernetes.io/name',
  'app.kubernetes.io/instance',
  'k8s-app',
  'name',
])
const METRICS = /metric|prom|admin|debug|health/

/** What the pods behind a Service really have: their labels where it selects none, their ports where its port leads nowhere. */
export function derivedForService(incident: Incident): readonly Derived[] {
  const { fault, state, snapshot, rendered } = incident
  if (fault.family !== 'service' || state === undefined || rendered.kind !== 'Service') return []
  const service = snapshot.workload
  const behind = backendsOf(state, service)
  if (behind.length > 0) return derivedPorts(state, rendered, behind)
  return candidatesIn(state, service.metadata.namespace ?? '').flatMap((object) =>
    derivedSelector(state, rendered, object),
  )
}

function derivedSelector(state: ClusterState, service: KubeObject, object: KubeObject): readonly Derived[] {
  const selector = labelsOf(at(service, 'spec', 'selector'))
  const labels = podLabelsIn(object)
  const wrong = Object.keys(selector).filter((key) => labels[key] !== selector[key])
  const [key, ...more] = wrong
  if (key === undefined || more.length > 0) return []
  const value = selector[key] ?? ''
  const evidence = `The pods of ${describeTarget(targetOf(object))} have this label.`
  const same = Object.keys(selector).length > 1 || object.metadata.name === service.metadata.name
  const present = labels[key]
  if (present !== undefined) {
    const selected = earlierTemplates(state, object).find((earlier) =>
      matches(selector, podLabelsIn(earlier)),
    )
    if (selected !== undefined) {
      const before = `The pods of ${describeTarget(targetOf(object))} have this label; those of its ReplicaSet ${selected.metadata.name} had the one that is asked for.`
      return [{ changes: [set(selectorField(key), present)], kind: 'cluster', evidence: before }]
    }
    const slip = nearestName(value, [present]).kind === 'found'
    if (!slip && !(same && NAME_KEYS.has(key) && object.metadata.name === service.metadata.name)) return []
    return [{ changes: [set(selectorField(key), present)], kind: 'cluster', evidence }]
  }
  return renamedKeys(selector, labels, key).map((other) => ({
    changes: [{ op: 'remove', field: selectorField(key) }, set(selectorField(other), value)],
    kind: 'cluster',
    evidence,
  }))
}

/* What a Deployment's pods were before, newest first: what a Service asked for then, it asked for rightly. */
function earlierTemplates(state: ClusterState, object: KubeObject): readonly KubeObject[] {
  const [, ...earlier] = snapshotIn(state, object).replicaSets
  return earlier
}

function matches(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}

/* The same value under another key: a slip of the key, or the other of the usual names for it. */
function renamedKeys(selector: Labels, labels: Labels, key: string): readonly string[] {
  return Object.keys(labels).filter(
    (other) =>
      selector[other] === undefined &&
      labels[other] === selector[key] &&
      (nearestName(key, [other]).kind === 'found' || (NAME_KEYS.has(key) && NAME_KEYS.has(other))),
  )
}

function selectorField(key: string): string {
  return formatFieldPath([...parseFieldPath('spec.selector'), { member: key }])
}

function derivedPorts(
  state: ClusterState,
  service: KubeObject,
  behind: readonly KubeObject[],
): readonly Derived[] {
  return list(at(service, 'spec', 'ports')).flatMap((port, index) => {
    const wanted = port['targetPort'] ?? port['port']
    const protocol = port['protocol'] ?? 'TCP'
    const perBackend = behind.map((object) => ({
      object,
      ports: declaredPorts(podSpecIn(object)).filter((it) => it.protocol === protocol),
    }))
    const known = perBackend.some(({ ports }) =>
      ports.some((it) => it.name === wanted || it.port === Number(wanted)),
    )
    if (known) return []
    const field = `${portPath(service, index)}.targetPort`
    const values = perBackend.map(({ object, ports }) =>
      typeof wanted === 'string' && !/^\d+$/.test(wanted)
        ? (renamed(state, object, wanted, ports) ?? named(wanted, ports, port))
        : numbered(object, ports),
    )
    const [value] = values
    if (value === undefined || values.some((other) => other !== value)) return []
    const names = behind.map((object) => describeTarget(targetOf(object))).join(', ')
    return [
      {
        changes: [set(field, value)],
        kind: 'cluster',
        evidence: `It is the port that ${names} declares for it.`,
      },
    ]
  })
}

type Ports = ReturnType<typeof declaredPorts>

/* The number had this name in an earlier ReplicaSet of the workload, and has another one now. */
function renamed(state: ClusterState, object: KubeObject, wanted: string, ports: Ports): Json | undefined {
  const numbers = earlierTemplates(state, object).flatMap((earlier) =>
    declaredPorts(podSpecIn(earlier)).flatMap(({ name, port }) => (name === wanted ? [port] : [])),
  )
  const [same, ...more] = ports.filter(({ port }) => port === numbers[0])
  return more.length === 0 ? same?.name : undefined
}

/* The port whose name is a slip away, the one with the Service port's own name or number, or the only one there is. */
function named(wanted: string, ports: Ports, port: JsonObject): Json | undefined {
  const names = ports.flatMap(({ name }) => name ?? [])
  const near = nearestName(wanted, names)
  if (near.kind === 'found') return near.name
  if (near.kind === 'ambiguous') return undefined
  const own = ports.find(({ name, port: number }) => name === port['name'] || number === port['port'])
  const only = ports.length === 1 && !METRICS.test(ports[0]?.name ?? '') ? ports[0] : undefined
  const found = own ?? only
  return found && (found.name ?? found.port)
}

/* A port need not be declared; one that is, is the only one, and is probed, is the one that is listened on. */
function numbered(object: KubeObject, ports: Ports): Json | undefined {
  const [only, ...more] = ports
  if (only === undefined || more.length > 0 || METRICS.test(only.name ?? '')) return undefined
  const container = list(podSpecIn(object)['containers']).find(({ name }) => name === only.container)
  const probed = ['readinessProbe', 'livenessProbe', 'startupProbe'].some((probe) =>
    ['httpGet', 'tcpSocket', 'grpc'].some((how) => {
      const port = at(container, probe, how, 'port')
      return port !== undefined && (port === only.port || port === only.name)
    }),
  )
  return probed ? only.port : undefined
}

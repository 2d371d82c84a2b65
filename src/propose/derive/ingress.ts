import { list } from '#src/detect/state/pod-template.ts'
import { at, objectOf, objectsOf } from '#src/domain/cluster-state.ts'
import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { asJson } from '#src/domain/kube-object.ts'
import { nearestName } from '#src/propose/nearest-name.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { type Derived, set } from './derived.ts'

/** The class, Service or port that exists and that the Ingress means: a slip away, or the only one there is. */
export function derivedForIngress(incident: Incident): readonly Derived[] {
  const { fault, rendered, state } = incident
  if (fault.family !== 'ingress' || state === undefined || fault.field === '') return []
  const present = valueAt(asJson(rendered), parseFieldPath(fault.field))
  switch (fault.reason) {
    case 'IngressClassMissing':
      return typeof present === 'string'
        ? nearest(incident, 'IngressClass', '', present)
        : onlyClass(incident)
    case 'IngressBackendMissing':
      return typeof present === 'string'
        ? nearest(incident, 'Service', incident.target.namespace, present)
        : []
    case 'IngressPortMissing':
      return onlyPort(incident)
    default:
      return []
  }
}

function nearest(
  { state, fault, target }: Incident,
  kind: string,
  namespace: string,
  wrong: string,
): readonly Derived[] {
  if (state === undefined) return []
  const names = objectsOf(state, kind)
    .filter(({ metadata }) => (metadata.namespace ?? '') === namespace)
    .map(({ metadata }) => metadata.name)
  const found = nearestName(wrong, names, kind === 'Service' ? target.name : '', {
    oneLetter: kind !== 'Service',
  })
  if (found.kind !== 'found') return []
  const evidence = `It is the one ${kind} whose name is near ${wrong}.`
  return [{ changes: [set(fault.field, found.name)], kind: 'cluster', evidence }]
}

function onlyClass({ state, fault }: Incident): readonly Derived[] {
  const [only, ...more] = state === undefined ? [] : objectsOf(state, 'IngressClass')
  if (only === undefined || more.length > 0) return []
  const evidence = 'It is the only IngressClass of the cluster.'
  return [{ changes: [set(fault.field, only.metadata.name)], kind: 'cluster', evidence }]
}

function onlyPort({ state, fault, rendered, target }: Incident): readonly Derived[] {
  const match = /^(.*)\.port\.(name|number)$/.exec(fault.field)
  const [, backend = '', how] = match ?? []
  const name = match === null ? undefined : valueAt(asJson(rendered), parseFieldPath(`${backend}.name`))
  if (state === undefined || typeof name !== 'string') return []
  const ports = list(at(objectOf(state, 'Service', target.namespace, name), 'spec', 'ports'))
  const [only, ...more] = ports
  const evidence = `It is the only port of the Service ${name}.`
  if (only !== undefined && more.length === 0) {
    const { name: own, port } = only
    if (how === 'number' && typeof port === 'number') {
      return [{ changes: [set(fault.field, port)], kind: 'cluster', evidence }]
    }
    if (how === 'name' && typeof own === 'string') {
      return [{ changes: [set(fault.field, own)], kind: 'cluster', evidence }]
    }
    return how === 'name' && typeof port === 'number'
      ? [{ changes: [set(`${backend}.port`, { number: port })], kind: 'cluster', evidence }]
      : []
  }
  const present = valueAt(asJson(rendered), parseFieldPath(fault.field))
  const names = ports.flatMap((port) => (typeof port['name'] === 'string' ? [port['name']] : []))
  const found = typeof present === 'string' ? nearestName(present, names) : undefined
  return found?.kind === 'found'
    ? [
        {
          changes: [set(fault.field, found.name)],
          kind: 'cluster',
          evidence: `It is a port of the Service ${name}.`,
        },
      ]
    : []
}

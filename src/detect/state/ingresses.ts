import { at, type ClusterState, knows, objectOf, objectsOf } from '#src/domain/cluster-state.ts'
import type { JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { describeTarget, targetOf } from '#src/domain/target.ts'
import { type Sighting, troubleSighting } from './check.ts'
import { eventsAbout } from './events.ts'
import { list } from './pod-template.ts'

export const DEFAULT_INGRESS_CLASS = 'ingressclass.kubernetes.io/is-default-class'
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class'

export interface IngressTrouble {
  readonly reason:
    | 'IngressClassMissing'
    | 'IngressBackendMissing'
    | 'IngressPortMissing'
    | 'IngressSecretMissing'
  readonly words: string
  readonly field: string
}

/** Ingresses that no controller serves or that lead nowhere. One finding per thing that is wrong. */
export function ingressFaults(state: ClusterState): readonly Sighting[] {
  return objectsOf(state, 'Ingress').flatMap((ingress) => {
    if (ingress.metadata.deletionTimestamp !== undefined) return []
    const target = targetOf(ingress)
    return ingressTroubles(state, ingress).map(({ reason, words, field }) =>
      troubleSighting(
        ingress,
        { reason, words, fields: [field] },
        `${describeTarget(target)} ${reason} ${words}`,
      ),
    )
  })
}

export function ingressTroubles(state: ClusterState, ingress: KubeObject): readonly IngressTrouble[] {
  return [
    ...classTrouble(state, ingress),
    ...backendsIn(ingress).flatMap((backend) => backendTrouble(state, ingress, backend)),
    ...secretTrouble(state, ingress),
  ]
}

function classTrouble(state: ClusterState, ingress: KubeObject): readonly IngressTrouble[] {
  if (!knows(state, 'IngressClass')) return []
  const name = at(ingress, 'spec', 'ingressClassName')
  const field = 'spec.ingressClassName'
  if (typeof name === 'string') {
    return objectOf(state, 'IngressClass', '', name) !== undefined
      ? []
      : [{ reason: 'IngressClassMissing', words: `names the class ${name}, which does not exist`, field }]
  }
  // The annotation is a controller's own word, no name of an IngressClass.
  if (ingress.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return []
  const served = list(at(ingress, 'status', 'loadBalancer', 'ingress')).length > 0
  const hasDefault = objectsOf(state, 'IngressClass').some(
    ({ metadata }) => metadata.annotations?.[DEFAULT_INGRESS_CLASS] === 'true',
  )
  return served || hasDefault
    ? []
    : [{ reason: 'IngressClassMissing', words: 'names no class, and there is no default one', field }]
}

export interface IngressBackend {
  /** Path of `backend.service`. */
  readonly field: string
  readonly service: JsonObject
}

export function backendsIn(ingress: KubeObject): readonly IngressBackend[] {
  const found: IngressBackend[] = []
  const note = (field: string, service: unknown) => {
    if (typeof service === 'object' && service !== null) found.push({ field, service: service as JsonObject })
  }
  note('spec.defaultBackend.service', at(ingress, 'spec', 'defaultBackend', 'service'))
  for (const [rule, { http }] of list(at(ingress, 'spec', 'rules')).entries()) {
    for (const [path, { backend }] of list(at(http, 'paths')).entries()) {
      note(`spec.rules[${rule}].http.paths[${path}].backend.service`, at(backend, 'service'))
    }
  }
  return found
}

function backendTrouble(
  state: ClusterState,
  ingress: KubeObject,
  { field, service }: IngressBackend,
): readonly IngressTrouble[] {
  const name = service['name']
  if (!knows(state, 'Service') || typeof name !== 'string') return []
  const found = objectOf(state, 'Service', ingress.metadata.namespace ?? '', name)
  if (found === undefined) {
    const words = `leads to the Service ${name}, which does not exist`
    return [{ reason: 'IngressBackendMissing', words, field: `${field}.name` }]
  }
  const ports = list(at(found, 'spec', 'ports'))
  const number = at(service['port'], 'number')
  const named = at(service['port'], 'name')
  if (at(found, 'spec', 'type') === 'ExternalName' || (number === undefined && named === undefined)) return []
  const known = ports.some(
    (port) =>
      (number !== undefined && port['port'] === number) || (named !== undefined && port['name'] === named),
  )
  if (known) return []
  const which = number === undefined ? 'name' : 'number'
  const words = `leads to port ${String(number ?? named)} of the Service ${name}, which has no such port`
  return [{ reason: 'IngressPortMissing', words, field: `${field}.port.${which}` }]
}

/* Secrets are not read: that one is missing is a controller's word in an event, or the absence of its name in the state. */
function secretTrouble(state: ClusterState, ingress: KubeObject): readonly IngressTrouble[] {
  const namespace = ingress.metadata.namespace ?? ''
  const said = eventsAbout(state, ingress).map(({ message }) => message)
  return list(at(ingress, 'spec', 'tls')).flatMap(({ secretName }, index): IngressTrouble[] => {
    if (typeof secretName !== 'string') return []
    const listed = objectsOf(state, 'Secret', namespace)
    const absent = listed.length > 0 && listed.every(({ metadata }) => metadata.name !== secretName)
    const told = said.some((text) => /not found|does not exist/i.test(text) && text.includes(secretName))
    if (!absent && !told) return []
    const words = `uses the TLS Secret ${secretName}, which does not exist`
    return [{ reason: 'IngressSecretMissing', words, field: `spec.tls[${index}].secretName` }]
  })
}

import { list, mentionsNumber } from '#src/detect/state/pod-template.ts'
import { at } from '#src/domain/cluster-state.ts'
import type { JsonObject } from '#src/domain/json.ts'
import { containerOf } from '#src/propose/container-view.ts'
import { nearestName } from '#src/propose/nearest-name.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { type Derived, set } from './derived.ts'

/* pkg/probe: the kubelet's own words, anchored; whatever a container prints stands behind them. */
const REFUSED = /^\w+ probe failed: (?:Get "[^"]*": )?dial tcp \S+: connect: connection refused/
const NOT_FOUND = /^\w+ probe failed: HTTP probe failed with statuscode: 404\b/
const NO_PORT = /^\w+ probe errored/

/** The port that the container declares, where the probed one is not declared; the path of its other probe, where this is a slip of it. */
export function derivedForProbe({ fault, rendered }: Incident): readonly Derived[] {
  const container = containerOf(rendered, fault)
  const name = /\.(readinessProbe|livenessProbe|startupProbe)$/.exec(fault.field)?.[1]
  if (fault.family !== 'probe' || container === undefined || name === undefined) return []
  const probe = at(container, name)
  const ports = list(container['ports']).filter((it) => (it['protocol'] ?? 'TCP') === 'TCP')
  if (REFUSED.test(fault.message) || NO_PORT.test(fault.message))
    return portOf(fault.field, probe, ports, container)
  return NOT_FOUND.test(fault.message) ? pathOf(fault.field, name, container) : []
}

function portOf(
  field: string,
  probe: unknown,
  ports: readonly JsonObject[],
  container: JsonObject,
): readonly Derived[] {
  const [only, ...more] = ports
  for (const how of ['httpGet', 'tcpSocket', 'grpc']) {
    const port = at(probe, how, 'port')
    if (port === undefined || ports.some((it) => it['containerPort'] === port || it['name'] === port))
      continue
    const at_ = `${field}.${how}.port`
    const names = ports.flatMap((it) => (typeof it['name'] === 'string' ? [it['name']] : []))
    const near = typeof port === 'string' ? nearestName(port, names) : undefined
    if (near?.kind === 'found') {
      return [
        {
          changes: [set(at_, near.name)],
          kind: 'cluster',
          evidence: `The container names a port ${near.name}.`,
        },
      ]
    }
    const number = only?.['containerPort']
    // The program was told to listen there: that it does not is its own fault.
    const { readinessProbe: _r, livenessProbe: _l, startupProbe: _s, ...program } = container
    if (typeof port === 'number' && mentionsNumber(program, port)) return []
    if (more.length > 0 || typeof number !== 'number') return []
    const value = typeof port === 'string' && typeof only?.['name'] === 'string' ? only['name'] : number
    const evidence = `It is the only port that the container declares; ${String(port)} is not declared.`
    return [{ changes: [set(at_, value)], kind: 'cluster', evidence }]
  }
  return []
}

function pathOf(field: string, name: string, container: JsonObject): readonly Derived[] {
  const wrong = at(container, name, 'httpGet', 'path')
  if (typeof wrong !== 'string') return []
  const others = ['readinessProbe', 'livenessProbe', 'startupProbe']
    .filter((other) => other !== name)
    .flatMap((other) => {
      const path = at(container, other, 'httpGet', 'path')
      return typeof path === 'string' && path !== wrong ? [path] : []
    })
  const bare = new Map(others.map((path) => [path.replaceAll('/', '-'), path]))
  const near = nearestName(wrong.replaceAll('/', '-'), [...bare.keys()])
  const path = near.kind === 'found' ? bare.get(near.name) : undefined
  if (path === undefined) return []
  const evidence = `It is the path of the container's other probe, which does not fail.`
  return [{ changes: [set(`${field}.httpGet.path`, path)], kind: 'cluster', evidence }]
}

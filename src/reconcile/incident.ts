import { workloadsIn } from '#src/detect/state/owners.ts'
import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import type { FaultFamily } from '#src/domain/fault.ts'
import { valueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { Remediation } from '#src/domain/remediation.ts'
import { containersOf, describeTarget, isWorkloadKind, podSpecPath, targetOf } from '#src/domain/target.ts'
import type { DeclaredConfig, Traced } from '#src/manifests/manifests.ts'
import { rememberedOf } from '#src/propose/memory/remembered.ts'
import type { Incident, KnownReference } from '#src/propose/proposer.ts'
import { sightingOf } from './symptom.ts'
import type { Repository, World } from './world.ts'

/** Earlier states of the target that are looked at: the commit that broke it is nearly always among them. */
export const HISTORY = 10

/**
 * Faults in which no other object has a part: for them neither the objects of the namespace nor all that Git declares
 * have to be read.
 */
const NAMELESS: ReadonlySet<string> = new Set<FaultFamily>(['image', 'run'])

/** Everything that proposers and gates may look at, read now. */
export async function incidentOf(
  world: World,
  { manifests }: Repository,
  remediation: Remediation,
  snapshot: WorkloadSnapshot,
  traced: Traced,
): Promise<Incident> {
  const { target, fault, evidence } = remediation
  const mayMissAName = !NAMELESS.has(fault.family)
  const [history, declared, state, before] = await Promise.all([
    manifests.history(traced, HISTORY),
    mayMissAName ? manifests.declared(target.namespace, traced.source.revision) : [],
    mayMissAName ? world.cluster.state(target.namespace) : undefined,
    world.remediations.list(target.namespace),
  ])
  const known = {
    ...{ target, fault, evidence, snapshot, rendered: traced.rendered, history },
    references: knownReferences(declared, state ? workloadsIn(state) : [], snapshot.workload),
    remembered: rememberedOf(before),
  }
  if (state === undefined) return known
  const fields = sightingOf(state, target, fault, world.clock.now())?.fields ?? [fault.field]
  return { ...known, state, fields }
}

/** Names from Git and from what other workloads of the namespace refer to: Secrets themselves are never read. */
export function knownReferences(
  declared: readonly DeclaredConfig[],
  neighbours: readonly KubeObject[],
  own: KubeObject,
): readonly KnownReference[] {
  const known = declared.map((each): KnownReference => ({ ...each, seenIn: 'git' }))
  const others = neighbours.filter(({ metadata }) => metadata.uid !== own.metadata.uid)
  return merged([...known, ...others.flatMap(referencesOf)])
}

/** One entry per name; the keys of all mentions, the first place it was seen in. */
function merged(references: readonly KnownReference[]): readonly KnownReference[] {
  const byName = new Map<string, KnownReference>()
  for (const reference of references) {
    const id = `${reference.kind}/${reference.name}`
    const before = byName.get(id)
    const keys = [...new Set([...(before?.keys ?? []), ...reference.keys])]
    byName.set(id, { ...(before ?? reference), keys })
  }
  return [...byName.values()]
}

function referencesOf(workload: KubeObject): readonly KnownReference[] {
  if (!isWorkloadKind(workload.kind)) return []
  const seenIn = describeTarget(targetOf(workload))
  const found: KnownReference[] = []
  const note = (kind: KnownReference['kind'], name: Json | undefined, key?: Json) => {
    if (typeof name === 'string')
      found.push({ kind, name, keys: typeof key === 'string' ? [key] : [], seenIn })
  }
  for (const { container } of containersOf(workload)) {
    for (const env of items(container['env'])) {
      const from = isObject(env['valueFrom']) ? env['valueFrom'] : {}
      const { configMapKeyRef: map, secretKeyRef: secret } = from
      if (isObject(map)) note('ConfigMap', map['name'], map['key'])
      if (isObject(secret)) note('Secret', secret['name'], secret['key'])
    }
    for (const { configMapRef: map, secretRef: secret } of items(container['envFrom'])) {
      if (isObject(map)) note('ConfigMap', map['name'])
      if (isObject(secret)) note('Secret', secret['name'])
    }
  }
  for (const volume of items(
    valueAt(asJson(workload), [...podSpecPath(workload.kind), { member: 'volumes' }]),
  )) {
    const { configMap: map, secret } = volume
    if (isObject(map)) note('ConfigMap', map['name'])
    if (isObject(secret)) note('Secret', secret['secretName'])
  }
  return found
}

function items(list: Json | undefined) {
  return isArray(list) ? list.filter(isObject) : []
}

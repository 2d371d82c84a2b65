import { differences } from '#src/domain/difference.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject, member } from '#src/domain/kube-object.ts'
import { objectsIn, podSpecOf } from '#src/propose/container-view.ts'

/** What a workload is given, and what guards it, one sentence each. A change may add no grant and lose no guard. */
export interface SecurityFacts {
  readonly grants: ReadonlySet<string>
  readonly guards: ReadonlySet<string>
  /** Names of Secrets that reach the pod, as volume or environment. */
  readonly secrets: ReadonlySet<string>
}

/* Settings of a securityContext that only tighten; every other one that appears is a grant. */
const TIGHTENING = [
  /^(runAsNonRoot|readOnlyRootFilesystem)=true$/,
  /^(allowPrivilegeEscalation|privileged)=false$/,
  /^(seccompProfile|appArmorProfile)\.type="RuntimeDefault"$/,
  /^runAsUser=[1-9]\d*$/,
  /^capability dropped /,
]
const LOOSE = /^(privileged=true|allowPrivilegeEscalation=true|capability added |runAsUser=0$|procMount=)/

const HARMLESS_VOLUMES = ['configMap', 'emptyDir', 'downwardAPI', 'secret', 'projected']

export function securityFacts(workload: KubeObject): SecurityFacts {
  const spec = podSpecOf(workload) ?? {}
  const facts = { grants: new Set<string>(), guards: new Set<string>(), secrets: new Set<string>() }
  if (podSpecOf(workload) === undefined) return objectFacts(workload, facts)
  podFacts(spec, facts)
  annotationFacts(workload, spec, facts)
  for (const volume of objectsIn(spec, 'volumes')) volumeFacts(volume, facts)
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
    for (const container of objectsIn(spec, list)) containerFacts(list, container, facts)
  }
  return facts
}

/* What a Service or an Ingress opens to the outside. */
function objectFacts(object: KubeObject, facts: Facts): Facts {
  const spec = member(asJson(object), 'spec')
  if (object.kind === 'Service') {
    for (const key of ['type', 'externalName', 'externalIPs', 'loadBalancerIP', 'clusterIP']) {
      const value = member(spec, key)
      if (value !== undefined) facts.grants.add(`${key} ${JSON.stringify(value)} of the Service`)
    }
    const ranges = member(spec, 'loadBalancerSourceRanges')
    if (ranges !== undefined) facts.guards.add(`source ranges ${JSON.stringify(ranges)} of the Service`)
  }
  if (object.kind === 'Ingress' && isObject(spec)) {
    for (const rule of objectsIn(spec, 'rules')) facts.grants.add(`host ${String(rule['host'] ?? '*')}`)
    for (const { hosts } of objectsIn(spec, 'tls')) {
      for (const host of isArray(hosts) ? hosts : []) facts.guards.add(`TLS for ${String(host)}`)
    }
  }
  return facts
}

interface Facts {
  readonly grants: Set<string>
  readonly guards: Set<string>
  readonly secrets: Set<string>
}

function podFacts(spec: JsonObject, { grants, guards }: Facts): void {
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace']) {
    if (spec[key] === true) grants.add(`${key} of the pod`)
  }
  const account = spec['serviceAccountName'] ?? spec['serviceAccount'] ?? 'default'
  grants.add(`ServiceAccount ${String(account)}`)
  for (const key of ['hostUsers', 'automountServiceAccountToken']) {
    if (spec[key] === false) guards.add(`${key}: false of the pod`)
    if (spec[key] === true) grants.add(`${key}: true of the pod`)
  }
  for (const key of ['runtimeClassName', 'nodeName']) {
    if (spec[key] !== undefined) guards.add(`${key} ${String(spec[key])} of the pod`)
    grants.add(`${key} ${String(spec[key] ?? 'unset')} of the pod`)
  }
  for (const secret of objectsIn(spec, 'imagePullSecrets'))
    grants.add(`pull secret ${String(secret['name'])}`)
  contextFacts('the pod', spec['securityContext'], { grants, guards })
}

function containerFacts(list: string, container: JsonObject, facts: Facts): void {
  const { grants, guards, secrets } = facts
  const name = `${list === 'containers' ? 'container' : list.slice(0, -1)} ${String(container['name'])}`
  grants.add(name)
  guards.add(name)
  contextFacts(name, container['securityContext'], facts)
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (isObject(container[probe])) guards.add(`${probe} of ${name}`)
  }
  const limits = member(container['resources'], 'limits')
  for (const limit of isObject(limits) ? Object.keys(limits) : []) guards.add(`limit of ${limit} of ${name}`)
  for (const port of objectsIn(container, 'ports')) {
    if (port['hostPort'] !== undefined) grants.add(`host port ${String(port['hostPort'])} of ${name}`)
  }
  for (const device of objectsIn(container, 'volumeDevices'))
    grants.add(`device ${String(device['name'])} of ${name}`)
  for (const mount of objectsIn(container, 'volumeMounts')) {
    const how = mount['readOnly'] === true ? 'read' : 'write'
    grants.add(`${how} mount of volume ${String(mount['name'])} in ${name}`)
    if (mount['mountPropagation'] === 'Bidirectional') grants.add(`bidirectional mount in ${name}`)
  }
  for (const { valueFrom } of objectsIn(container, 'env')) {
    const secret = member(member(valueFrom, 'secretKeyRef'), 'name')
    if (typeof secret === 'string') secrets.add(secret)
  }
  for (const source of objectsIn(container, 'envFrom')) {
    const secret = member(source['secretRef'], 'name')
    if (typeof secret === 'string') secrets.add(secret)
  }
}

/* A volume whose source is not one of configuration is a grant, told by everything that it says. */
function volumeFacts(volume: JsonObject, { grants, secrets }: Facts): void {
  const name = String(volume['name'])
  for (const [source, value] of Object.entries(volume)) {
    if (source === 'name') continue
    if (!HARMLESS_VOLUMES.includes(source)) grants.add(`volume ${name}: ${source} ${JSON.stringify(value)}`)
  }
  const direct = member(volume['secret'], 'secretName')
  if (typeof direct === 'string') secrets.add(direct)
  const { projected } = volume
  for (const source of objectsIn(isObject(projected) ? projected : undefined, 'sources')) {
    const secret = member(source['secret'], 'name')
    if (typeof secret === 'string') secrets.add(secret)
    for (const other of ['serviceAccountToken', 'clusterTrustBundle', 'podCertificate']) {
      if (source[other] !== undefined) grants.add(`volume ${name}: ${other} ${JSON.stringify(source[other])}`)
    }
  }
}

/* Every setting present is a guard unless it is loose in itself; every setting that does not tighten is a grant. */
function contextFacts(
  where: string,
  context: Json | undefined,
  facts: Pick<Facts, 'grants' | 'guards'>,
): void {
  for (const setting of settingsOf(context)) {
    if (!LOOSE.test(setting)) facts.guards.add(`${setting} of ${where}`)
    if (!TIGHTENING.some((pattern) => pattern.test(setting))) facts.grants.add(`${setting} of ${where}`)
  }
}

function settingsOf(context: Json | undefined): readonly string[] {
  if (!isObject(context)) return []
  const { capabilities, ...rest } = context
  const list = (key: string) => {
    const names = member(capabilities, key)
    return isArray(names) ? names.map(String) : []
  }
  return [
    ...list('add').map((name) => `capability added ${name}`),
    ...list('drop').map((name) => `capability dropped ${name}`),
    ...differences({}, rest).flatMap(({ path, after }) => leaves(formatFieldPath(path), after)),
  ]
}

function leaves(path: string, value: Json | undefined): readonly string[] {
  if (!isObject(value)) return [`${path}=${JSON.stringify(value)}`]
  return Object.entries(value).flatMap(([key, inner]) => leaves(`${path}.${key}`, inner))
}

/* Before 1.30 AppArmor, and before 1.27 seccomp, were annotations of the pod. */
function annotationFacts(workload: KubeObject, spec: JsonObject, { grants, guards }: Facts): void {
  const templates: Json[] = [asJson(workload)]
  const found: [string, string][] = []
  while (templates.length > 0) {
    const value = templates.pop()
    if (!isObject(value) || value === spec) continue
    const annotations = member(value['metadata'], 'annotations')
    for (const [key, text] of Object.entries(isObject(annotations) ? annotations : {})) {
      if (/apparmor|seccomp/i.test(key)) found.push([key, String(text)])
    }
    for (const key of ['spec', 'template', 'jobTemplate']) {
      const inner = value[key]
      if (inner !== undefined) templates.push(inner)
    }
  }
  for (const [key, text] of found) {
    if (text.toLowerCase() === 'unconfined') grants.add(`annotation ${key}: ${text}`)
    else guards.add(`annotation ${key}: ${text}`)
  }
}

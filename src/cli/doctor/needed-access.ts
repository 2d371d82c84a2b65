/** One right that the operator needs. deploy/chart/files/rules.yaml grants them; a test compares. */
export interface NeededAccess {
  readonly group: string
  /** With its subresource: `pods/log`. */
  readonly resource: string
  readonly verbs: readonly string[]
}

const WORKLOADS = ['deployments', 'statefulsets', 'daemonsets']
/** What else may be at fault and is repaired. */
const OTHERS = [
  { group: '', resource: 'services' },
  { group: '', resource: 'persistentvolumeclaims' },
  { group: 'networking.k8s.io', resource: 'ingresses' },
  { group: 'autoscaling', resource: 'horizontalpodautoscalers' },
  { group: 'policy', resource: 'poddisruptionbudgets' },
]

/** Without these the operator cannot work. */
export const NEEDED: readonly NeededAccess[] = [
  { group: '', resource: 'pods', verbs: ['get', 'list', 'watch'] },
  { group: '', resource: 'pods/log', verbs: ['get'] },
  { group: '', resource: 'namespaces', verbs: ['get'] },
  { group: '', resource: 'events', verbs: ['list'] },
  ...WORKLOADS.map((resource) => ({ group: 'apps', resource, verbs: ['get', 'list', 'watch'] })),
  { group: 'apps', resource: 'replicasets', verbs: ['get', 'list'] },
  ...['cronjobs', 'jobs'].map((resource) => ({ group: 'batch', resource, verbs: ['get', 'list', 'watch'] })),
  ...OTHERS.map((each) => ({ ...each, verbs: ['get', 'list', 'watch'] })),
  {
    group: 'aiops-operator.dev',
    resource: 'remediations',
    verbs: ['get', 'list', 'watch', 'create', 'patch'],
  },
  { group: 'aiops-operator.dev', resource: 'remediations/status', verbs: ['update'] },
]

/** In each namespace that a repository may write to. A dry-run needs them too. */
export const NEEDED_IN_GRANTED: readonly NeededAccess[] = [
  ...WORKLOADS.map((resource) => ({ group: 'apps', resource, verbs: ['patch'] })),
  { group: 'batch', resource: 'cronjobs', verbs: ['patch'] },
  ...OTHERS.map((each) => ({ ...each, verbs: ['patch'] })),
]

/** What nobody should have granted it. */
export const UNWANTED: readonly NeededAccess[] = [
  { group: '', resource: 'secrets', verbs: ['get', 'list'] },
  { group: 'rbac.authorization.k8s.io', resource: 'clusterroles', verbs: ['escalate', 'bind'] },
]

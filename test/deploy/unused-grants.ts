interface Need {
  /** What needs it, where the run of installed.test.ts does not. */
  readonly reason: string
  /** `group/resource`; the core group is empty. */
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

const NEEDS: readonly Need[] = [
  {
    reason: 'a container that ran has a log, and a pod is read again before its log is',
    resources: ['/pods', '/pods/log'],
    verbs: ['get'],
  },
  {
    reason: 'the run has one Deployment; workloads of the other kinds are read and repaired the same way',
    resources: ['apps/statefulsets', 'apps/daemonsets', 'batch/cronjobs'],
    verbs: ['get', 'list', 'patch'],
  },
  {
    reason:
      'objects of these kinds are read by name and repaired the same way, where one of them is at fault',
    resources: [
      '/services',
      '/persistentvolumeclaims',
      'networking.k8s.io/ingresses',
      'autoscaling/horizontalpodautoscalers',
      'policy/poddisruptionbudgets',
    ],
    verbs: ['get', 'patch'],
  },
  {
    reason: 'read where a namespace has pods that fit no node, claims, Ingresses or warnings',
    resources: [
      '/nodes',
      'storage.k8s.io/storageclasses',
      'networking.k8s.io/ingressclasses',
      'scheduling.k8s.io/priorityclasses',
    ],
    verbs: ['list'],
  },
  {
    reason: 'pods of Jobs lead to their CronJob; a snapshot of one lists its Jobs',
    resources: ['batch/jobs'],
    verbs: ['get', 'list'],
  },
  {
    reason: 'where a name is mistyped, the workloads of its namespace tell which ones exist',
    resources: ['apps/deployments'],
    verbs: ['list'],
  },
  {
    reason: 'no ReplicaSet is read by name as long as the owner cache or a list has it',
    resources: ['apps/replicasets'],
    verbs: ['get', 'list'],
  },
  { reason: 'events on Remediations and their targets', resources: ['/events'], verbs: ['create', 'patch'] },
  {
    reason: 'answers of language models are kept, and the run asks none',
    resources: ['aiops-operator.dev/modelanswers'],
    verbs: ['get', 'list', 'create', 'delete'],
  },
  {
    reason: 'retention deletes finished Remediations',
    resources: ['aiops-operator.dev/remediations'],
    verbs: ['delete'],
  },
  {
    reason: 'repositories as objects; the run has them in its configuration',
    resources: ['aiops-operator.dev/manifestrepositories'],
    verbs: ['get', 'list', 'watch'],
  },
  {
    reason: 'what is wrong with a repository stands in its status',
    resources: ['aiops-operator.dev/manifestrepositories/status'],
    verbs: ['update'],
  },
  {
    reason:
      'no engine applies the workload of the run; elsewhere its objects are read, and asked to look at a merge',
    resources: [
      'argoproj.io/applications',
      'kustomize.toolkit.fluxcd.io/kustomizations',
      'helm.toolkit.fluxcd.io/helmreleases',
      'source.toolkit.fluxcd.io/gitrepositories',
    ],
    verbs: ['get', 'list', 'patch'],
  },
  {
    reason: 'what an engine object refers to is read by name',
    resources: [
      'argoproj.io/applicationsets',
      'argoproj.io/appprojects',
      'source.toolkit.fluxcd.io/ocirepositories',
      'source.toolkit.fluxcd.io/buckets',
      'source.toolkit.fluxcd.io/helmrepositories',
      'source.toolkit.fluxcd.io/helmcharts',
      'source.toolkit.fluxcd.io/externalartifacts',
    ],
    verbs: ['get', 'list'],
  },
  {
    reason: 'the lease of the leader',
    resources: ['coordination.k8s.io/leases'],
    verbs: ['create', 'get', 'update'],
  },
]

/** `group/resource verb` → why it is granted although the run of installed.test.ts has no use for it. */
export const UNUSED: ReadonlyMap<string, string> = new Map(
  NEEDS.flatMap(({ reason, resources, verbs }) =>
    resources.flatMap((resource) => verbs.map((verb) => [`${resource} ${verb}`, reason] as const)),
  ),
)

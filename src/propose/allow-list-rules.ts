import type { FieldRule, FieldShape } from './allow-list.ts'

type Families = FieldRule['families']

function rules(
  below: FieldRule['below'],
  families: Families,
  fields: Readonly<Record<string, FieldShape>>,
  more: Pick<FieldRule, 'kinds' | 'deep'> = {},
): readonly FieldRule[] {
  return Object.entries(fields).map(([pattern, shape]) => ({ below, pattern, shape, families, ...more }))
}

const SECURITY_CONTEXT = {
  'securityContext.runAsNonRoot': 'flag',
  'securityContext.runAsUser': 'whole-number',
  'securityContext.runAsGroup': 'whole-number',
  'securityContext.seccompProfile': 'json',
  'securityContext.seccompProfile.type': 'text',
} as const

/** Fields of the pod spec, beside those that name configuration. */
export const POD_RULES: readonly FieldRule[] = [
  ...rules('pod', ['image'], { imagePullSecrets: 'json' }, { deep: true }),
  ...rules(
    'pod',
    ['scheduling'],
    { nodeSelector: 'json', affinity: 'json', tolerations: 'json', topologySpreadConstraints: 'json' },
    { deep: true },
  ),
  ...rules('pod', ['security'], {
    securityContext: 'json',
    ...SECURITY_CONTEXT,
    'securityContext.fsGroup': 'whole-number',
    'securityContext.supplementalGroups': 'json',
    hostNetwork: 'only-false',
    hostPID: 'only-false',
    hostIPC: 'only-false',
    'volumes[name=*]': 'json',
  }),
  ...rules('pod', ['account'], { serviceAccountName: 'object-name', serviceAccount: 'object-name' }),
  ...rules('pod', ['priority'], { priorityClassName: 'object-name' }),
  ...rules('pod', ['ephemeral'], { 'volumes[name=*].emptyDir.sizeLimit': 'quantity' }),
  ...rules('pod', ['claim'], { 'volumes[name=*].persistentVolumeClaim.claimName': 'object-name' }),
  ...rules('pod', ['mount'], { 'volumes[name=*]': 'json' }, { deep: true }),
]

/** Fields of a container, beside its image, start and environment. */
export const CONTAINER_RULES: readonly FieldRule[] = [
  ...rules('container', ['image'], { imagePullPolicy: 'text' }),
  ...rules('container', ['memory', 'quota', 'scheduling'], {
    'resources.limits.memory': 'quantity',
    'resources.requests.memory': 'quantity',
  }),
  ...rules('container', ['quota', 'scheduling', 'autoscaling'], {
    resources: 'json',
    'resources.limits': 'json',
    'resources.requests': 'json',
    'resources.limits.cpu': 'quantity',
    'resources.requests.cpu': 'quantity',
  }),
  ...rules('container', ['autoscaling'], { 'resources.requests.memory': 'quantity' }),
  ...rules('container', ['memory', 'ephemeral'], { resources: 'json', 'resources.limits': 'json' }),
  ...rules('container', ['ephemeral', 'quota', 'scheduling'], {
    'resources.limits["ephemeral-storage"]': 'quantity',
    'resources.requests["ephemeral-storage"]': 'quantity',
  }),
  ...rules('container', ['scheduling', 'quota'], {
    'resources.limits["*"]': 'quantity',
    'resources.requests["*"]': 'quantity',
  }),
  ...(['readinessProbe', 'livenessProbe', 'startupProbe'] as const).flatMap((probe) =>
    rules('container', ['probe'], { [probe]: 'json' }, { deep: true }),
  ),
  ...rules('container', ['probe', 'service'], { ports: 'json' }, { deep: true }),
  ...rules('container', ['security'], {
    securityContext: 'json',
    ...SECURITY_CONTEXT,
    'securityContext.allowPrivilegeEscalation': 'only-false',
    'securityContext.privileged': 'only-false',
    'securityContext.readOnlyRootFilesystem': 'flag',
    'securityContext.capabilities': 'json',
    'securityContext.capabilities.drop': 'strings',
    'securityContext.capabilities.add': 'strings',
    'ports[containerPort=*].hostPort': 'port',
    'ports[name=*].hostPort': 'port',
  }),
  ...rules('container', ['mount', 'security'], { volumeMounts: 'json' }, { deep: true }),
]

const SERVICE = { kinds: ['Service'] }
const INGRESS = { kinds: ['Ingress'] }

/** Fields of objects other than pod templates, and of workloads outside of theirs. */
export const OBJECT_RULES: readonly FieldRule[] = [
  ...rules(
    'object',
    ['service'],
    { 'spec.selector': 'labels', 'spec.selector["*"]': 'label-value' },
    SERVICE,
  ),
  ...['spec.ports[name=*]', 'spec.ports[port=*]', 'spec.ports[index=*]'].flatMap((port) =>
    rules('object', ['service'], { [`${port}.targetPort`]: 'port', [`${port}.protocol`]: 'text' }, SERVICE),
  ),
  ...rules('object', ['ingress'], { 'spec.ingressClassName': 'object-name' }, INGRESS),
  ...['spec.rules[index=*].http.paths[index=*].backend.service', 'spec.defaultBackend.service'].flatMap(
    (at) =>
      rules(
        'object',
        ['ingress'],
        {
          [`${at}.name`]: 'object-name',
          [`${at}.port`]: 'json',
          [`${at}.port.number`]: 'port',
          [`${at}.port.name`]: 'port-name',
        },
        INGRESS,
      ),
  ),
  ...rules('object', ['ingress'], { 'spec.tls[index=*].secretName': 'object-name' }, INGRESS),
  ...rules(
    'object',
    ['autoscaling'],
    {
      'spec.scaleTargetRef.name': 'object-name',
      'spec.scaleTargetRef.kind': 'text',
      'spec.scaleTargetRef.apiVersion': 'text',
    },
    { kinds: ['HorizontalPodAutoscaler'] },
  ),
  ...rules(
    'object',
    ['disruption'],
    { 'spec.minAvailable': 'number-or-percent', 'spec.maxUnavailable': 'number-or-percent' },
    { kinds: ['PodDisruptionBudget'] },
  ),
  ...rules(
    'object',
    ['schedule'],
    {
      'spec.schedule': 'text',
      'spec.timeZone': 'text',
      'spec.startingDeadlineSeconds': 'whole-number',
      'spec.jobTemplate.spec.activeDeadlineSeconds': 'whole-number',
    },
    { kinds: ['CronJob'] },
  ),
  ...rules('object', ['schedule'], { 'spec.activeDeadlineSeconds': 'whole-number' }, { kinds: ['Job'] }),
  ...rules(
    'object',
    ['claim'],
    {
      'spec.storageClassName': 'object-name',
      'spec.accessModes': 'strings',
      'spec.resources.requests.storage': 'quantity',
      'spec.volumeName': 'object-name',
    },
    { kinds: ['PersistentVolumeClaim'] },
  ),
  ...rules(
    'object',
    ['claim'],
    {
      'spec.volumeClaimTemplates[index=*].spec.storageClassName': 'object-name',
      'spec.volumeClaimTemplates[index=*].spec.accessModes': 'strings',
      'spec.volumeClaimTemplates[index=*].spec.resources.requests.storage': 'quantity',
    },
    { kinds: ['StatefulSet'] },
  ),
  ...rules(
    'object',
    ['quota'],
    { 'spec.replicas': 'whole-number' },
    { kinds: ['Deployment', 'StatefulSet'] },
  ),
  ...rules(
    'object',
    ['rollout'],
    { 'spec.progressDeadlineSeconds': 'whole-number', 'spec.minReadySeconds': 'whole-number' },
    { kinds: ['Deployment'] },
  ),
  ...rules('object', ['rollout'], { 'spec.strategy': 'json' }, { kinds: ['Deployment'], deep: true }),
]

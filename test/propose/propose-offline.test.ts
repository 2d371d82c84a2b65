import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ClusterState } from '#src/domain/cluster-state.ts'
import type { GitVersion } from '#src/domain/evidence.ts'
import type { JsonObject } from '#src/domain/json.ts'
import type { OfflineInput } from '#src/propose/propose-offline.ts'
import {
  app,
  clusterWide,
  crashing,
  deployment,
  event,
  node,
  object,
  POD,
  podSpec,
  replicaSet,
  running,
  service,
  state,
  unschedulable,
  waiting,
  wellApp,
} from '../detect/state/objects.ts'
import { answerFor, type Commit, changesFor, commits } from './offline.ts'

type Case = readonly [
  ClusterState,
  readonly GitVersion[],
  Readonly<Record<string, unknown>> | RegExp,
  Partial<OfflineInput>?,
]

const SPEC = 'spec.template.spec'
const AT = `${SPEC}.containers[name=web]`
const WEB = 'registry.example/shop/web'
const was = (...specs: readonly JsonObject[]) => commits(...specs.map((spec) => deployment(spec)))
const limits = (memory: string) => ({ resources: { limits: { memory } } })
const oom = (memory: string, restarts = 6, seconds = 5) =>
  state([
    node('node-1'),
    ...app(podSpec(limits(memory)), { statuses: [crashing(137, 'OOMKilled', restarts, seconds)] }),
  ])
const pull = (spec: JsonObject, message: string, more: readonly JsonObject[] = []) =>
  state([...app(spec, { phase: 'Pending', statuses: [waiting('ErrImagePull', message)] }), ...more])
const NOT_FOUND = 'rpc error: code = NotFound desc = failed to resolve reference: not found'
const image = (tag: string, pod: JsonObject = {}) => podSpec({ image: `${WEB}:${tag}` }, pod)
const tags = (...list: readonly string[]) => ({ registryTags: { [WEB]: list } })

const images: Record<string, Case> = {
  'a tag that is not there goes back to the one before': [
    pull(image('1.5.0'), NOT_FOUND),
    was(image('1.5.0'), image('1.4.2')),
    { [`${AT}.image`]: `${WEB}:1.4.2` },
  ],
  'a tag that is not there becomes the one that is meant': [
    pull(image('1.5.0'), NOT_FOUND),
    was(image('1.5.0')),
    { [`${AT}.image`]: `${WEB}:v1.5.0` },
    tags('v1.4.0', 'v1.5.0'),
  ],
  'the one before is not proposed when the registry has lost it': [
    pull(image('1.5.0'), NOT_FOUND),
    was(image('1.5.0'), image('1.4.2')),
    { [`${AT}.image`]: `${WEB}:v1.5.0` },
    tags('v1.5.0'),
  ],
  'no tag is near': [
    pull(image('2.0.0'), NOT_FOUND),
    was(image('2.0.0')),
    /No other object/,
    tags('1.4.2', '1.4.3'),
  ],
  'two tags are near': [
    pull(image('1.5.0'), NOT_FOUND),
    was(image('1.5.0')),
    /No other object|Several/,
    tags('v1.5.0', '1-5-0'),
  ],
  'a registry that does not answer says nothing about the tag': [
    pull(image('1.5.0'), 'dial tcp 10.0.0.7:443: i/o timeout'),
    was(image('1.5.0'), image('1.4.2')),
    /does not hand out/,
  ],
  'a rate limit is no wrong tag': [
    pull(image('1.5.0'), 'toomanyrequests: You have reached your pull rate limit'),
    was(image('1.5.0'), image('1.4.2')),
    /does not hand out/,
  ],
  'a registry that moved with the last change goes back': [
    pull(
      podSpec({ image: 'registry.exmaple/shop/web:1.4.2' }),
      'dial tcp: lookup registry.exmaple: no such host',
    ),
    was(podSpec({ image: 'registry.exmaple/shop/web:1.4.2' }), image('1.4.2')),
    { [`${AT}.image`]: `${WEB}:1.4.2` },
  ],
  'the tag exists: something else is wrong': [
    pull(image('1.5.0'), NOT_FOUND),
    was(image('1.5.0'), image('1.4.2')),
    /for another reason/,
    tags('1.5.0', '1.4.2'),
  ],
  'a pull secret that the last change took away comes back': [
    pull(image('1.5.0'), 'pull access denied: unauthorized'),
    was(image('1.5.0'), image('1.5.0', { imagePullSecrets: [{ name: 'regcred' }] })),
    { [`${SPEC}.imagePullSecrets`]: [{ name: 'regcred' }] },
  ],
  'a pull secret that the neighbour has for the same registry': [
    pull(image('1.5.0'), 'unauthorized: authentication required', [
      deployment(podSpec({}, { imagePullSecrets: [{ name: 'regcred' }] }), {}, 'api'),
    ]),
    was(image('1.5.0')),
    { [`${SPEC}.imagePullSecrets`]: [{ name: 'regcred' }] },
  ],
  "a pull secret that is a slip of the neighbour's": [
    pull(
      image('1.5.0', { imagePullSecrets: [{ name: 'regcerd' }] }),
      'unauthorized: authentication required',
      [deployment(podSpec({}, { imagePullSecrets: [{ name: 'regcred' }] }), {}, 'api')],
    ),
    was(image('1.5.0', { imagePullSecrets: [{ name: 'regcerd' }] })),
    { [`${SPEC}.imagePullSecrets`]: [{ name: 'regcred' }] },
  ],
  'another pull secret is left alone': [
    pull(image('1.5.0', { imagePullSecrets: [{ name: 'mine' }] }), 'unauthorized: authentication required', [
      deployment(podSpec({}, { imagePullSecrets: [{ name: 'regcred' }] }), {}, 'api'),
    ]),
    was(image('1.5.0', { imagePullSecrets: [{ name: 'mine' }] })),
    /No other object/,
  ],
  'two neighbours have two pull secrets': [
    pull(image('1.5.0'), 'unauthorized: authentication required', [
      deployment(podSpec({}, { imagePullSecrets: [{ name: 'regcred' }] }), {}, 'api'),
      deployment(podSpec({}, { imagePullSecrets: [{ name: 'other' }] }), {}, 'job'),
    ]),
    was(image('1.5.0')),
    /No other object/,
  ],
  'a pull policy of Never goes back': [
    state(
      app(podSpec({ imagePullPolicy: 'Never' }), {
        phase: 'Pending',
        statuses: [waiting('ErrImageNeverPull', '')],
      }),
    ),
    was(podSpec({ imagePullPolicy: 'Never' }), podSpec()),
    { [`${AT}.imagePullPolicy`]: 'IfNotPresent' },
  ],
}

const memory: Record<string, Case> = {
  'a limit that was lowered goes back': [
    oom('64Mi'),
    was(podSpec(limits('64Mi')), podSpec(limits('256Mi'))),
    { [`${AT}.resources.limits.memory`]: '256Mi' },
  ],
  'a limit that is too small from the start is doubled': [
    oom('64Mi'),
    was(podSpec(limits('64Mi'))),
    { [`${AT}.resources.limits.memory`]: '128Mi' },
  ],
  'a limit that was raised and still is too small is doubled': [
    oom('64Mi'),
    was(podSpec(limits('64Mi')), podSpec(limits('32Mi'))),
    { [`${AT}.resources.limits.memory`]: '128Mi' },
  ],
  'a program that has just changed may need more, or waste it': [
    oom('64Mi'),
    was(podSpec(limits('64Mi')), podSpec({ ...limits('64Mi'), image: `${WEB}:1.4.1` })),
    /may need more memory, or waste it/,
  ],
  'a container that ran for hours may leak': [oom('64Mi', 6, 7200), was(podSpec(limits('64Mi'))), /leak/],
  'one kill is chance': [
    state(app(podSpec(limits('64Mi')), { statuses: [crashing(137, 'OOMKilled', 1)] })),
    was(podSpec(limits('64Mi'))),
    /once only/,
  ],
  'no node is large enough for twice the limit': [
    oom('6Gi'),
    was(podSpec(limits('6Gi'))),
    /more than limits and nodes/,
  ],
  'a LimitRange forbids twice the limit': [
    state([
      ...app(podSpec(limits('64Mi')), { statuses: [crashing(137, 'OOMKilled')] }),
      object('v1', 'LimitRange', 'bounds', {
        spec: { limits: [{ type: 'Container', max: { memory: '100Mi' } }] },
      }),
    ]),
    was(podSpec(limits('64Mi'))),
    /more than limits and nodes allow \(100Mi\)/,
  ],
  'without a limit the node had no memory left': [
    state(app(podSpec(), { statuses: [crashing(137, 'OOMKilled')] })),
    was(podSpec()),
    /sets no memory limit/,
  ],
}

const probe = (path: string, port: number | string = 8080, over: JsonObject = {}) => ({
  readinessProbe: { httpGet: { path, port }, periodSeconds: 5 },
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  ...over,
})
const unready = (container: JsonObject, message: string) =>
  state([
    ...app(podSpec(container), { statuses: [running({ ready: false })] }),
    event('Pod', POD, 'Unhealthy', `Readiness probe failed: ${message}`),
  ])
const S404 = 'HTTP probe failed with statuscode: 404'
const REFUSED = 'Get "http://10.1.2.3:8081/healthz": dial tcp 10.1.2.3:8081: connect: connection refused'

const probes: Record<string, Case> = {
  'a startup probe that was taken away comes back': [
    state([
      ...app(podSpec({ livenessProbe: probe('/healthz').readinessProbe }), { statuses: [crashing(137)] }),
      event('Pod', POD, 'Unhealthy', `Liveness probe failed: ${REFUSED}`),
      event('Pod', POD, 'Killing', 'Container web failed liveness probe, will be restarted'),
    ]),
    was(
      podSpec({ livenessProbe: probe('/healthz').readinessProbe }),
      podSpec({
        livenessProbe: probe('/healthz').readinessProbe,
        startupProbe: { tcpSocket: { port: 8080 }, failureThreshold: 30 },
      }),
    ),
    { [`${AT}.startupProbe`]: { tcpSocket: { port: 8080 }, failureThreshold: 30 } },
  ],
  'a path that was changed goes back': [
    unready(probe('/health'), S404),
    was(podSpec(probe('/health')), podSpec(probe('/healthz'))),
    { [`${AT}.readinessProbe.httpGet.path`]: '/healthz' },
  ],
  "a path that changed together with the program is nobody's to undo": [
    unready(probe('/health', 8080, { image: `${WEB}:2.0` }), S404),
    was(podSpec(probe('/health', 8080, { image: `${WEB}:2.0` })), podSpec(probe('/healthz'))),
    /its probe may have changed with it/,
  ],
  'a port that the container does not declare becomes the only one it declares': [
    unready(probe('/healthz', 8081), REFUSED),
    was(podSpec(probe('/healthz', 8081))),
    { [`${AT}.readinessProbe.httpGet.port`]: 8080 },
  ],
  'a declared port on which nobody listens is left alone': [
    unready(probe('/healthz'), REFUSED),
    was(podSpec(probe('/healthz'))),
    /No other object/,
  ],
  'a port that the program was told to listen on is left alone': [
    unready(probe('/healthz', 8081, { args: ['--listen=:8081'] }), REFUSED),
    was(podSpec(probe('/healthz', 8081, { args: ['--listen=:8081'] }))),
    /No other object/,
  ],
  'of two declared ports none is chosen': [
    unready(probe('/healthz', 8081, { ports: [{ containerPort: 8080 }, { containerPort: 9090 }] }), REFUSED),
    was(podSpec(probe('/healthz', 8081, { ports: [{ containerPort: 8080 }, { containerPort: 9090 }] }))),
    /No other object/,
  ],
  "a path that is a slip of the other probe's": [
    unready(probe('/helathz', 8080, { livenessProbe: { httpGet: { path: '/healthz', port: 8080 } } }), S404),
    was(podSpec(probe('/helathz', 8080, { livenessProbe: { httpGet: { path: '/healthz', port: 8080 } } }))),
    { [`${AT}.readinessProbe.httpGet.path`]: '/healthz' },
  ],
  'a fix of ours is not undone': [
    unready(probe('/health'), S404),
    commits(
      { object: deployment(podSpec(probe('/health'))), ours: true },
      deployment(podSpec(probe('/healthz'))),
    ),
    /fix of ours/,
  ],
  'a roll-back is not undone': [
    unready(probe('/health'), S404),
    commits(
      { object: deployment(podSpec(probe('/health'))), subject: 'Revert "new endpoint"' } satisfies Commit,
      deployment(podSpec(probe('/healthz'))),
    ),
    /roll-back/,
  ],
}

const pending = (spec: JsonObject, message: string, nodes: readonly JsonObject[]) =>
  state([...nodes, ...app(spec, { phase: 'Pending', conditions: unschedulable(message) })])
const cpu = (amount: string) => podSpec({ resources: { requests: { cpu: amount } } })
const SELECTOR = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
const batch = { key: 'dedicated', value: 'batch', effect: 'NoSchedule' }
const tolerate = (value: string) =>
  podSpec({}, { tolerations: [{ key: 'dedicated', operator: 'Equal', value, effect: 'NoSchedule' }] })

const scheduling: Record<string, Case> = {
  'a request that fits no node goes back': [
    pending(cpu('64'), '1 Insufficient cpu.', [node('node-1')]),
    was(cpu('64'), cpu('500m')),
    { [`${AT}.resources.requests.cpu`]: '500m' },
  ],
  'a request that fits no node and never did is left alone': [
    pending(cpu('64'), '1 Insufficient cpu.', [node('node-1')]),
    was(cpu('64')),
    /capacity/,
  ],
  'a request before that would not fit either is not restored': [
    pending(cpu('64'), '1 Insufficient cpu.', [node('node-1')]),
    was(cpu('64'), cpu('32')),
    /would not end the fault/,
  ],
  'a full cluster is a matter of capacity': [
    state([
      node('node-1'),
      ...wellApp(cpu('3900m'), 'other').map((it) =>
        it['kind'] === 'Pod' ? { ...it, spec: { ...(it['spec'] as JsonObject), nodeName: 'node-1' } } : it,
      ),
      ...app(cpu('500m'), {
        phase: 'Pending',
        conditions: unschedulable('0/1 nodes are available: 1 Insufficient cpu.'),
      }),
    ]),
    was(cpu('500m')),
    /capacity/,
  ],
  'a node selector that is a slip of a label': [
    pending(podSpec({}, { nodeSelector: { disktype: 'sdd' } }), SELECTOR, [
      node('node-1', {}, { disktype: 'ssd' }),
    ]),
    was(podSpec({}, { nodeSelector: { disktype: 'sdd' } })),
    { [`${SPEC}.nodeSelector.disktype`]: 'ssd' },
  ],
  'a node selector that was added goes': [
    pending(podSpec({}, { nodeSelector: { gpu: 'true' } }), SELECTOR, [node('node-1')]),
    was(podSpec({}, { nodeSelector: { gpu: 'true' } }), podSpec()),
    { [`${SPEC}.nodeSelector`]: undefined },
  ],
  'a node selector for nodes that are not there yet is left alone': [
    pending(podSpec({}, { nodeSelector: { gpu: 'true' } }), SELECTOR, [node('node-1')]),
    was(podSpec({}, { nodeSelector: { gpu: 'true' } })),
    /No other object/,
  ],
  'a toleration that is a slip of the taint': [
    pending(tolerate('bacth'), '1 node(s) had untolerated taint {dedicated: batch}.', [
      node('node-1', { taints: [batch] }),
    ]),
    was(tolerate('bacth')),
    { [`${SPEC}.tolerations[key=dedicated].value`]: 'batch' },
  ],
  'a toleration that was taken away comes back': [
    pending(podSpec(), '1 node(s) had untolerated taint {dedicated: batch}.', [
      node('node-1', { taints: [batch] }),
    ]),
    was(podSpec(), tolerate('batch')),
    {
      [`${SPEC}.tolerations`]: [
        { key: 'dedicated', operator: 'Equal', value: 'batch', effect: 'NoSchedule' },
      ],
    },
  ],
}

const uncreated = (spec: JsonObject, message: string, more: readonly JsonObject[] = []) =>
  state([
    deployment(spec),
    replicaSet(spec, '7c9f5d6b8', 3),
    event(
      'ReplicaSet',
      'web-7c9f5d6b8',
      'FailedCreate',
      `Error creating: pods "web-7c9f5d6b8-" is forbidden: ${message}`,
    ),
    ...more,
  ])
const NO_ACCOUNT = 'error looking up service account shop/wbe: serviceaccount "wbe" not found'
const account = (name: string) => podSpec({}, { serviceAccountName: name })
const BASELINE =
  'violates PodSecurity "baseline:latest": privileged (container "web" must not set securityContext.privileged=true)'
const MIN_CPU = 'minimum cpu usage per Container is 100m, but request is 50m'
const range = object('v1', 'LimitRange', 'bounds', {
  spec: { limits: [{ type: 'Container', min: { cpu: '100m' }, max: { memory: '1Gi' } }] },
})

const creation: Record<string, Case> = {
  'a ServiceAccount goes back to the one before': [
    uncreated(account('wbe'), NO_ACCOUNT, [object('v1', 'ServiceAccount', 'web')]),
    was(account('wbe'), account('web')),
    { [`${SPEC}.serviceAccountName`]: 'web' },
  ],
  'a ServiceAccount that only looks alike is never proposed': [
    uncreated(account('wbe'), NO_ACCOUNT, [object('v1', 'ServiceAccount', 'web')]),
    was(account('wbe')),
    /never stood in Git/,
  ],
  'a ServiceAccount before that does not exist either': [
    uncreated(account('wbe'), NO_ACCOUNT, [object('v1', 'ServiceAccount', 'other')]),
    was(account('wbe'), account('web')),
    /would not end the fault/,
  ],
  'a privileged container is not privileged any more': [
    uncreated(podSpec({ securityContext: { privileged: true } }), BASELINE),
    was(
      podSpec({ securityContext: { privileged: true } }),
      podSpec({ securityContext: { privileged: false } }),
    ),
    { [`${AT}.securityContext.privileged`]: false },
  ],
  'a setting that only loosens is not brought back': [
    uncreated(
      podSpec({ securityContext: { runAsNonRoot: true } }),
      'violates PodSecurity "restricted:latest": seccompProfile',
    ),
    was(
      podSpec({ securityContext: { runAsNonRoot: true } }),
      podSpec({ securityContext: { runAsNonRoot: false } }),
    ),
    /Gate security/,
  ],
  'a request below a minimum becomes the minimum': [
    uncreated(cpu('50m'), MIN_CPU, [range]),
    was(cpu('50m')),
    { [`${AT}.resources.requests.cpu`]: '100m' },
  ],
  "a limit above a maximum is nobody's to cut": [
    uncreated(podSpec(limits('2Gi')), 'maximum memory usage per Container is 1Gi, but limit is 2Gi', [range]),
    was(podSpec(limits('2Gi'))),
    /No other object/,
  ],
  'a limit above a maximum goes back': [
    uncreated(podSpec(limits('2Gi')), 'maximum memory usage per Container is 1Gi, but limit is 2Gi', [range]),
    was(podSpec(limits('2Gi')), podSpec(limits('512Mi'))),
    { [`${AT}.resources.limits.memory`]: '512Mi' },
  ],
  "a webhook's wish is nobody's to guess": [
    uncreated(podSpec(), 'admission webhook "x.example" denied the request: set hostNetwork to true'),
    was(podSpec()),
    /Nothing in a manifest/,
  ],
}

const ports = podSpec({ ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }] })
const svc = (over: JsonObject) => commits(service(over))
const target = (targetPort: string | number) => ({
  ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort }],
})

const services: Record<string, Case> = {
  'a selector goes back': [
    state([...wellApp(), service({ selector: { app: 'frontend' } })]),
    commits(service({ selector: { app: 'frontend' } }), service()),
    { 'spec.selector.app': 'web' },
  ],
  'a selector that is a slip': [
    state([...wellApp(), service({ selector: { app: 'wbe' } })]),
    svc({ selector: { app: 'wbe' } }),
    { 'spec.selector.app': 'web' },
  ],
  'a selector with the other usual key': [
    state([...wellApp(), service({ selector: { 'app.kubernetes.io/name': 'web' } })]),
    svc({ selector: { 'app.kubernetes.io/name': 'web' } }),
    { 'spec.selector["app.kubernetes.io/name"]': undefined, 'spec.selector.app': 'web' },
  ],
  'a selector for a version that does not run yet': [
    state([...wellApp(), service({ selector: { app: 'web', version: 'v2' } })]),
    svc({ selector: { app: 'web', version: 'v2' } }),
    /No other object/,
  ],
  'a selector that is as near to two workloads': [
    state([
      ...wellApp(podSpec(), 'weba'),
      ...wellApp(podSpec(), 'webb'),
      service({ selector: { app: 'web' } }),
    ]),
    svc({ selector: { app: 'web' } }),
    /Several values/,
  ],
  'a named target port that no container names': [
    state([...wellApp(ports), service(target('web'))]),
    svc(target('web')),
    { 'spec.ports[name=http].targetPort': 'http' },
  ],
  'a target port goes back': [
    state([...wellApp(ports), service(target(8081))]),
    commits(service(target(8081)), service(target(8080))),
    { 'spec.ports[name=http].targetPort': 8080 },
  ],
  'a number that nobody declares may well be listened on': [
    state([...wellApp(ports), service(target(8081))]),
    svc(target(8081)),
    /No other object/,
  ],
  'a number that nobody declares, beside the one that is probed': [
    state([...wellApp(podSpec(probe('/healthz'))), service(target(8081))]),
    svc(target(8081)),
    { 'spec.ports[name=http].targetPort': 8080 },
  ],
  'the only declared port is one for metrics': [
    state([
      ...wellApp(
        podSpec({
          ports: [{ name: 'metrics', containerPort: 9090 }],
          readinessProbe: { tcpSocket: { port: 9090 } },
        }),
      ),
      service(target('http')),
    ]),
    svc(target('http')),
    /No other object/,
  ],
}

const ingress = (over: JsonObject): JsonObject =>
  object('networking.k8s.io/v1', 'Ingress', 'web', { spec: over })
const backend = (name: string, port: JsonObject) => ({
  rules: [
    {
      host: 'shop.example',
      http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port } } }] },
    },
  ],
})
const BACKEND = 'spec.rules[0].http.paths[0].backend.service'
const nginx = clusterWide('networking.k8s.io/v1', 'IngressClass', 'nginx')
const budget = (over: JsonObject) =>
  object('policy/v1', 'PodDisruptionBudget', 'web', {
    spec: { selector: { matchLabels: { app: 'web' } }, ...over },
  })
const hpa = (name: string, kind = 'Deployment') =>
  object('autoscaling/v2', 'HorizontalPodAutoscaler', 'web', {
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind, name }, minReplicas: 2, maxReplicas: 5 },
  })
const cron = (schedule: string) =>
  object('batch/v1', 'CronJob', 'report', {
    spec: { schedule, jobTemplate: { spec: { template: { spec: podSpec() } } } },
  })
const claim = (name: string | undefined) =>
  object('v1', 'PersistentVolumeClaim', 'data', {
    spec: { accessModes: ['ReadWriteOnce'], ...(name !== undefined && { storageClassName: name }) },
    status: { phase: 'Pending' },
  })
const volume = (claimName: string) =>
  podSpec({}, { volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] })

const objects: Record<string, Case> = {
  'an Ingress class that is a slip': [
    state([nginx, ingress({ ingressClassName: 'ngnix' })]),
    commits(ingress({ ingressClassName: 'ngnix' })),
    { 'spec.ingressClassName': 'nginx' },
  ],
  "an Ingress class that is another controller's": [
    state([nginx, ingress({ ingressClassName: 'traefik' })]),
    commits(ingress({ ingressClassName: 'traefik' })),
    /No other object/,
  ],
  'an Ingress backend that is a slip': [
    state([
      ...wellApp(podSpec(), 'checkout'),
      service({ selector: { app: 'checkout' } }, 'checkout'),
      ingress(backend('chekout', { number: 80 })),
    ]),
    commits(ingress(backend('chekout', { number: 80 }))),
    { [`${BACKEND}.name`]: 'checkout' },
  ],
  'an Ingress port becomes the only one of its Service': [
    state([...wellApp(), service(), ingress(backend('web', { number: 8080 }))]),
    commits(ingress(backend('web', { number: 8080 }))),
    { [`${BACKEND}.port.number`]: 80 },
  ],
  'an Ingress port goes back': [
    state([...wellApp(), service(), ingress(backend('web', { name: 'web' }))]),
    commits(ingress(backend('web', { name: 'web' })), ingress(backend('web', { name: 'http' }))),
    { [`${BACKEND}.port.name`]: 'http' },
  ],
  "an autoscaler's target that is a slip": [
    state([...wellApp(podSpec(), 'checkout'), hpa('chekout')]),
    commits(hpa('chekout')),
    { 'spec.scaleTargetRef.name': 'checkout' },
  ],
  "an autoscaler's target of another kind": [
    state([
      ...wellApp(),
      object('apps/v1', 'StatefulSet', 'other', { spec: { replicas: 0 } }),
      hpa('web', 'StatefulSet'),
    ]),
    commits(hpa('web', 'StatefulSet')),
    { 'spec.scaleTargetRef.kind': 'Deployment' },
  ],
  "an autoscaler's target that nothing is near": [
    state([...wellApp(), hpa('payments')]),
    commits(hpa('payments')),
    /No other object/,
  ],
  'requests that an autoscaler measures by come back': [
    state([
      ...wellApp(),
      {
        ...hpa('web'),
        status: {
          conditions: [
            {
              type: 'ScalingActive',
              status: 'False',
              reason: 'FailedGetResourceMetric',
              message: 'missing request for cpu in container web',
            },
          ],
        },
      },
    ]),
    was(podSpec(), cpu('250m')),
    { [`${AT}.resources`]: { requests: { cpu: '250m' } } },
  ],
  'a budget goes back': [
    state([...wellApp(), budget({ minAvailable: 2 })]),
    commits(budget({ minAvailable: 2 }), budget({ minAvailable: 1 })),
    { 'spec.minAvailable': 1 },
  ],
  'a budget that always was like that': [
    state([...wellApp(), budget({ minAvailable: 2 })]),
    commits(budget({ minAvailable: 2 })),
    /for people to say/,
  ],
  'a schedule goes back': [
    state([cron('0 25 * * *')]),
    commits(cron('0 25 * * *'), cron('0 5 * * *')),
    { 'spec.schedule': '0 5 * * *' },
  ],
  'a schedule that never was one': [
    state([cron('0 25 * * *')]),
    commits(cron('0 25 * * *')),
    /for people to say/,
  ],
  'a StorageClass that is a slip': [
    state([
      clusterWide('storage.k8s.io/v1', 'StorageClass', 'fast-ssd'),
      clusterWide('storage.k8s.io/v1', 'StorageClass', 'slow'),
      claim('fast-sdd'),
    ]),
    commits(claim('fast-sdd')),
    { 'spec.storageClassName': 'fast-ssd' },
  ],
  'no StorageClass, and only one that there is': [
    state([clusterWide('storage.k8s.io/v1', 'StorageClass', 'standard'), claim(undefined)]),
    commits(claim(undefined)),
    { 'spec.storageClassName': 'standard' },
  ],
  'no StorageClass, and two that there are': [
    state([
      clusterWide('storage.k8s.io/v1', 'StorageClass', 'standard'),
      clusterWide('storage.k8s.io/v1', 'StorageClass', 'fast'),
      claim(undefined),
    ]),
    commits(claim(undefined)),
    /No other object/,
  ],
  'a claim that is a slip': [
    state([
      object('v1', 'PersistentVolumeClaim', 'shop-data', { status: { phase: 'Bound' } }),
      ...app(volume('shop-dta'), {
        phase: 'Pending',
        conditions: unschedulable('persistentvolumeclaim "shop-dta" not found'),
      }),
    ]),
    was(volume('shop-dta')),
    { [`${SPEC}.volumes[name=data].persistentVolumeClaim.claimName`]: 'shop-data' },
  ],
}

const mounted = (name: string) =>
  podSpec(
    { volumeMounts: [{ name: 'config', mountPath: '/etc/web' }] },
    { volumes: [{ name: 'config', configMap: { name } }] },
  )
const unmounted = (spec: JsonObject, message: string, more: readonly JsonObject[] = []) =>
  state([
    ...app(spec, { phase: 'Pending', statuses: [waiting('ContainerCreating')] }),
    event('Pod', POD, 'FailedMount', `MountVolume.SetUp failed for volume "config" : ${message}`),
    ...more,
  ])
const settings = object('v1', 'ConfigMap', 'web-settings', { data: { 'app.yaml': 'x' } })
const keyed = (key: string) =>
  podSpec(
    { volumeMounts: [{ name: 'config', mountPath: '/etc/web' }] },
    {
      volumes: [{ name: 'config', configMap: { name: 'web-settings', items: [{ key, path: 'app.yaml' }] } }],
    },
  )
const env = (name: string) =>
  podSpec({ env: [{ name: 'URL', valueFrom: { configMapKeyRef: { name, key: 'url' } } }] })
const unconfigured = (workload: string, name: string) =>
  app(env(name), {
    workload,
    statuses: [waiting('CreateContainerConfigError', `configmap "${name}" not found`)],
  })

const item = (wrong: string) => ({
  [`${SPEC}.volumes[name=config].configMap.items[key=${wrong}]`]: undefined,
  [`${SPEC}.volumes[name=config].configMap.items[key=app.yaml]`]: { key: 'app.yaml', path: 'app.yaml' },
})

const references: Record<string, Case> = {
  'a volume of a ConfigMap whose name is a slip': [
    unmounted(mounted('web-setings'), 'configmap "web-setings" not found', [settings]),
    was(mounted('web-setings')),
    { [`${SPEC}.volumes[name=config].configMap.name`]: 'web-settings' },
  ],
  'a key of a volume that is a slip': [
    unmounted(keyed('app.yml'), 'configmap references non-existent config key: app.yml', [settings]),
    was(keyed('app.yml')),
    item('app.yml'),
  ],
  'a key of a volume that goes back': [
    unmounted(keyed('aap.yaml'), 'configmap references non-existent config key: aap.yaml', [settings]),
    was(keyed('aap.yaml'), keyed('app.yaml')),
    item('aap.yaml'),
  ],
  'two workloads that refer to one missing ConfigMap are not both misspelt': [
    state([
      ...unconfigured('web', 'shop-setings'),
      ...unconfigured('api', 'shop-setings'),
      object('v1', 'ConfigMap', 'shop-settings', { data: { url: 'x' } }),
    ]),
    was(env('shop-setings')),
    /it is that which is missing/,
  ],
}

const run: Record<string, Case> = {
  'a command that was changed goes back': [
    state(app(podSpec({ command: ['/app/wbe'] }), { statuses: [crashing(127)] })),
    was(podSpec({ command: ['/app/wbe'] }), podSpec({ command: ['/app/web'] })),
    { [`${AT}.command`]: ['/app/web'] },
  ],
  'a variable that was taken away comes back': [
    state(app(podSpec(), { statuses: [crashing(1)] })),
    was(podSpec(), podSpec({ env: [{ name: 'MODE', value: 'http' }] })),
    { [`${AT}.env`]: [{ name: 'MODE', value: 'http' }] },
  ],
  'a template that ran for days before its pods began to crash': [
    state(
      app(podSpec({ args: ['--db=orders'] }), { statuses: [crashing(1)] }).map((it) =>
        it['kind'] === 'ReplicaSet'
          ? {
              ...it,
              metadata: { ...(it['metadata'] as JsonObject), creationTimestamp: '2026-02-20T10:00:00Z' },
            }
          : it,
      ),
    ),
    was(podSpec({ args: ['--db=orders'] }), podSpec({ args: ['--db=shop'] })),
    /same template for 217 h longer/,
  ],
  'a crash that nothing in Git explains': [
    state(app(podSpec(), { statuses: [crashing(1)] })),
    was(podSpec()),
    /no change/,
  ],
  'a mount that was changed goes back': [
    state(
      app(podSpec({ volumeMounts: [{ name: 'config', mountPath: '/etc/web.yaml' }] }), {
        statuses: [
          waiting(
            'RunContainerError',
            'error mounting "/var/x" to rootfs at "/etc/web.yaml": not a directory',
          ),
        ],
      }),
    ),
    was(
      podSpec({ volumeMounts: [{ name: 'config', mountPath: '/etc/web.yaml' }] }),
      podSpec({ volumeMounts: [{ name: 'config', mountPath: '/etc/web' }] }),
    ),
    {
      [`${AT}.volumeMounts[name=config].mountPath`]: '/etc/web',
    },
  ],
  'an object that the cluster has otherwise than Git': [
    state([...wellApp(), service({ selector: { app: 'manual' } })]),
    commits(service({ selector: { app: 'frontend' } }), service()),
    /does not have what Git says/,
  ],
}

const groups = { images, memory, probes, scheduling, creation, services, objects, references, run }

for (const [name, cases] of Object.entries(groups)) {
  describe(`what is proposed for ${name}`, () => {
    for (const [sentence, [given, history, expected, more]] of Object.entries(cases)) {
      it(sentence, async () => {
        const answer = await changesFor(given, history, more)
        if (expected instanceof RegExp) {
          assert.equal(typeof answer, 'string', JSON.stringify(answer))
          assert.match(String(answer), expected)
        } else assert.deepEqual(answer, expected)
      })
    }
  })
}

describe('a proposal', () => {
  it('names the commit that it undoes, its author and its date', async () => {
    const [given, history] = services['a selector goes back'] as Case
    const answer = await answerFor(given, history)
    assert.equal(answer.kind, 'proposal')
    if (answer.kind !== 'proposal') return
    assert.match(answer.proposal.rootCause, /commit 22222222 by Alice .* on 2026-02-02/)
    assert.deepEqual(
      answer.proposal.grounds.map(({ kind }) => kind),
      ['git'],
    )
    assert.ok(answer.verdicts.every(({ verdict }) => verdict === 'passed'))
  })
})

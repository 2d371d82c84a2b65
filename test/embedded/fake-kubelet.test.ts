import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createApiClient } from '#src/embedded/api-client.ts'
import { freshNamespace } from '../servers/namespace.ts'
import { sharedControlPlane } from '../servers/shared.ts'

const cluster = await sharedControlPlane()
const client = createApiClient(cluster.url, cluster.caPem, cluster.adminToken)

const good = 'registry.test/shop/web:1.4.2'
type PodSpec = { containers: object[]; [field: string]: unknown }
const main = (container: object): PodSpec => ({ containers: [{ name: 'app', image: good, ...container }] })
const withInit = (...initContainers: object[]): PodSpec => ({ ...main({}), initContainers })
const env = (valueFrom: object) => main({ env: [{ name: 'A', valueFrom }] })

interface Expectation {
  readonly spec: PodSpec
  /** Reasons that its containers show one after the other, each at least once. */
  readonly reasons: readonly string[]
  readonly message?: RegExp
  readonly event: RegExp
}

/** None of these is ever Ready. */
const faults: Record<string, Expectation> = {
  'an image tag that does not exist': {
    spec: main({ image: 'web:1.5-missing' }),
    reasons: ['ErrImagePull', 'ImagePullBackOff'],
    message: /docker\.io\/library\/web:1\.5-missing: not found/,
    event: /Failed to pull image "web:1\.5-missing": rpc error: code = NotFound/,
  },
  'an init container with an image that does not exist': {
    spec: withInit({ name: 'setup', image: 'setup:9.9' }),
    reasons: ['ErrImagePull', 'ImagePullBackOff', 'PodInitializing'],
    event: /Back-off pulling image "setup:9\.9"/,
  },
  'a sidecar with an image that does not exist': {
    spec: withInit({ name: 'proxy', image: 'proxy:does-not-exist', restartPolicy: 'Always' }),
    reasons: ['ErrImagePull', 'ImagePullBackOff', 'PodInitializing'],
    event: /Failed to pull image "proxy:does-not-exist"/,
  },
  'an image name in capitals': {
    spec: main({ image: 'registry.test/Shop/web:1' }),
    reasons: ['InvalidImageName'],
    message: /couldn't parse image name .*repository name \(Shop\/web\) must be lowercase/,
    event: /Failed to apply default image tag/,
  },
  'a missing key of a ConfigMap': {
    spec: env({ configMapKeyRef: { name: 'settings', key: 'missing-key' } }),
    reasons: ['CreateContainerConfigError'],
    message: /^couldn't find key missing-key in ConfigMap test-\w+\/settings$/,
    event: /Error: couldn't find key/,
  },
  'a missing Secret': {
    spec: main({ envFrom: [{ secretRef: { name: 'missing-login' } }] }),
    reasons: ['CreateContainerConfigError'],
    message: /^secret "missing-login" not found$/,
    event: /Error: secret "missing-login" not found/,
  },
  'a volume of a missing ConfigMap': {
    spec: { ...main({}), volumes: [{ name: 'v', configMap: { name: 'missing' } }] },
    reasons: ['ContainerCreating'],
    event: /MountVolume\.SetUp failed for volume "v" : configmap "missing" not found/,
  },
  'a program path that does not exist': {
    spec: main({ command: ['/bin/does-not-exist'] }),
    reasons: ['RunContainerError', 'CrashLoopBackOff', 'last StartError 128'],
    event: /exec: "\/bin\/does-not-exist": stat \/bin\/does-not-exist: no such file or directory/,
  },
  'a program name that does not exist': {
    spec: main({ command: ['does-not-exist'] }),
    reasons: ['CreateContainerError'],
    message: /executable file `does-not-exist` not found in \$PATH/,
    event: /Error: container create failed/,
  },
  'a container that crashes': {
    spec: main({ args: ['serve', '--crash'] }),
    reasons: ['Error', 'CrashLoopBackOff', 'last Error 1', 'restarts 2'],
    event: /Back-off restarting failed container app in pod /,
  },
  'an init container that crashes': {
    spec: withInit({ name: 'setup', image: 'setup:1-crash' }),
    reasons: ['Error', 'CrashLoopBackOff', 'last Error 1', 'PodInitializing'],
    event: /Back-off restarting failed container setup/,
  },
  'a container that needs too much memory': {
    spec: main({ image: 'web:2-oom' }),
    reasons: ['OOMKilled', 'last OOMKilled 137'],
    event: /Back-off restarting/,
  },
  'a container that never gets ready': {
    spec: main({ image: 'web:2-unready' }),
    reasons: ['running'],
    event: /started/,
  },
}

interface ContainerStatus {
  readonly restartCount: number
  readonly state: State
  readonly lastState: State
}
interface State {
  readonly waiting?: { readonly reason: string; readonly message?: string }
  readonly terminated?: { readonly reason: string; readonly exitCode: number }
  readonly running?: object
}
interface Pod {
  readonly status: {
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly reason?: string
    }[]
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
  }
}

async function create(namespace: string, name: string, spec: PodSpec): Promise<() => Promise<Pod>> {
  const path = `/api/v1/namespaces/${namespace}/pods`
  await client.send('POST', path, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { terminationGracePeriodSeconds: 0, ...spec },
  })
  return async () => (await client.send('GET', `${path}/${name}`)) as Pod
}

const statuses = ({ status }: Pod) => [
  ...(status.initContainerStatuses ?? []),
  ...(status.containerStatuses ?? []),
]
const isReady = ({ status }: Pod) =>
  status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false

function shown(pod: Pod): string[] {
  return statuses(pod).flatMap(({ state, lastState, restartCount }) => [
    state.waiting?.reason ?? state.terminated?.reason ?? (state.running ? 'running' : ''),
    lastState.terminated ? `last ${lastState.terminated.reason} ${lastState.terminated.exitCode}` : '',
    `restarts ${restartCount}`,
  ])
}

async function eventMessages(namespace: string, pod: string): Promise<string[]> {
  const path = `/api/v1/namespaces/${namespace}/events?fieldSelector=involvedObject.name=${pod}`
  const { items } = (await client.send('GET', path)) as { items: { message: string }[] }
  return items.map((each) => each.message)
}

for (const [title, { spec, reasons, message, event }] of Object.entries(faults)) {
  test(`${title} shows as a kubelet shows it, and is never Ready`, async (t) => {
    const namespace = await freshNamespace(t, cluster)
    const read = await create(namespace, 'pod', spec)
    const missing = new Set(reasons)
    let told = message === undefined
    while (missing.size > 0 || !told) {
      const pod = await read()
      assert.equal(isReady(pod), false)
      for (const each of shown(pod)) missing.delete(each)
      told ||= statuses(pod).some(({ state }) => message?.test(state.waiting?.message ?? ''))
      await delay(40)
    }
    const condition = (await read()).status.conditions?.find((each) => each.type === 'Ready')
    assert.equal(condition?.reason, 'ContainersNotReady')
    while (!(await eventMessages(namespace, 'pod')).some((each) => event.test(each))) await delay(40)
  })
}

test('healthy containers, init containers and sidecars make a Ready pod, optional references included', async (t) => {
  const namespace = await freshNamespace(t, cluster)
  const spec = {
    ...main({ envFrom: [{ secretRef: { name: 'missing', optional: true } }] }),
    initContainers: [
      { name: 'setup', image: 'setup:1' },
      { name: 'proxy', image: 'localhost:5000/proxy:2', restartPolicy: 'Always' },
    ],
  }
  const read = await create(namespace, 'pod', spec)
  while (!isReady(await read())) await delay(40)
  assert.deepEqual(
    statuses(await read()).map(({ state }) => Object.keys(state)[0]),
    ['terminated', 'running', 'running'],
  )
})

test('a transient pull error ends by itself', async (t) => {
  const namespace = await freshNamespace(t, cluster)
  const read = await create(namespace, 'pod', main({ image: 'web:3-transient' }))
  while (!shown(await read()).includes('ErrImagePull')) await delay(20)
  while (!isReady(await read())) await delay(40)
})

test('a flapping container is Ready for a moment again and again', async (t) => {
  const namespace = await freshNamespace(t, cluster)
  const read = await create(namespace, 'pod', main({ image: 'web:3-flap' }))
  for (const restarts of [0, 1]) {
    for (;;) {
      const pod = await read()
      if (isReady(pod) && shown(pod).includes(`restarts ${restarts}`)) break
      await delay(40)
    }
    while (isReady(await read())) await delay(40)
  }
})

test('a Deployment recovers by a right image only, and a Job of the same image succeeds', async (t) => {
  const namespace = await freshNamespace(t, cluster)
  const kubectl = async (...args: string[]) =>
    (
      await promisify(execFile)(cluster.kubectl, [
        '--kubeconfig',
        cluster.kubeconfig,
        '-n',
        namespace,
        ...args,
      ])
    ).stdout
  await kubectl('create', 'deployment', 'web', '--image=web:1-missing', '--replicas=2')
  await kubectl('set', 'image', 'deployment/web', 'web=web:2-crash')
  const crashing = async () => (await kubectl('get', 'pods', '-o', 'json')).includes('CrashLoopBackOff')
  while (!(await crashing())) await delay(40)
  assert.equal(await kubectl('get', 'deployment', 'web', '-o', 'jsonpath={.status.availableReplicas}'), '')
  await kubectl('set', 'image', 'deployment/web', 'web=web:1')
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')
  await kubectl('create', 'job', 'task', '--image=web:1')
  await kubectl('wait', '--for=condition=Complete', 'job/task', '--timeout=60s')
})

test('logs of the current and the previous container come through the API server', async (t) => {
  const namespace = await freshNamespace(t, cluster)
  const read = await create(namespace, 'pod', main({ args: ['--crash'] }))
  while (!shown(await read()).includes('CrashLoopBackOff')) await delay(40)
  const log = (query: string) => client.send('GET', `/api/v1/namespaces/${namespace}/pods/pod/log${query}`)
  assert.equal(await log(''), 'starting\nloading configuration\n')
  assert.match(String(await log('?previous=true&tailLines=1')), /^fatal: cannot start, exiting\n$/)
})

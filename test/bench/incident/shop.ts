import { mkdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { KubeApi, ObjectRef } from '#src/cluster/kube-api.ts'
import { asJson, type KubeObject, member } from '#src/domain/kube-object.ts'
import type { GitServer } from '#src/embedded/git-server.ts'
import { openWorkTree, type WorkTree } from '../../forge/work-tree.ts'

export const GOOD = 'registry.example/shop/web:1.4.2'
export const BAD = 'registry.example/shop/web:1.5.0-missing'

const PATIENCE = 120_000

/** One namespace fed by one repository, with the people who break it and who merge. */
export interface Shop {
  readonly namespace: string
  readonly url: string
  readonly api: KubeApi
  /** A release with an image that does not exist: in Git, and live as a pipeline would make it. Returns once it fails. */
  breakThem(names: readonly string[]): Promise<void>
  /** A reviewer merges these branches into the base. Returns once they are pushed. */
  merge(branches: readonly string[]): Promise<void>
  /** Once the workloads run again. */
  running(names: readonly string[]): Promise<void>
  close(): Promise<void>
}

export function manifestPath(name: string): string {
  return `apps/${name}.yaml`
}

export function deploymentRef(namespace: string, name: string): ObjectRef {
  return { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name }
}

export async function openShop(
  api: KubeApi,
  git: GitServer,
  namespace: string,
  names: readonly string[],
): Promise<Shop> {
  await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const url = await git.createRepository(namespace)
  const developer = await openWorkTree(url, { name: 'Dana Developer', email: 'dana@shop.example' })
  const reviewer = await openWorkTree(url, { name: 'Robin Reviewer', email: 'robin@shop.example' })
  await developer.git('commit', '--quiet', '--allow-empty', '--message', 'Start')
  await write(developer, names, GOOD, 'All workloads')
  const push = (tree: WorkTree) => tree.git('push', '--quiet', 'origin', 'HEAD:main')
  await push(developer)
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'default' }
  await eventually('ServiceAccount', async () => (await api.get(account)) !== undefined)
  for (const name of names) await api.create(deployment(namespace, name), KUBECTL)
  const running = async (which: readonly string[]) => {
    for (const name of which) {
      const ref = deploymentRef(namespace, name)
      await eventually(`${name} running`, async () => isRunning(await api.get(ref)))
    }
  }
  await running(names)
  return {
    namespace,
    url,
    api,
    running,
    async breakThem(which) {
      await developer.checkOut('main')
      await write(developer, which, BAD, 'Release 1.5.0')
      await push(developer)
      for (const name of which) {
        const image = { op: 'replace', path: '/spec/template/spec/containers/0/image', value: BAD }
        await api.jsonPatch(deploymentRef(namespace, name), [image], KUBECTL)
      }
      await eventually(`${which.join()} broken`, async () => {
        const pods = await api.list('v1', 'Pod', { namespace })
        return which.every((name) =>
          pods.some((pod) => pod.metadata.name.startsWith(`${name}-`) && fails(pod)),
        )
      })
    },
    async merge(branches) {
      await reviewer.checkOut('main')
      for (const branch of branches)
        await reviewer.git('merge', '--quiet', '--no-ff', '-m', `Merge ${branch}`, `origin/${branch}`)
      await push(reviewer)
    },
    async close() {
      await Promise.all([developer.remove(), reviewer.remove()])
    },
  }
}

/** As `kubectl apply` is seen by the API server. */
const KUBECTL = { fieldManager: 'kubectl-client-side-apply' }

async function write(
  tree: WorkTree,
  names: readonly string[],
  image: string,
  message: string,
): Promise<void> {
  const folder = await tree.git('rev-parse', '--show-toplevel')
  await mkdir(`${folder}/apps`, { recursive: true })
  for (const name of names)
    await tree.commit(manifestPath(name), manifest(name, image), `${message} of ${name}`)
}

function deployment(namespace: string, name: string): KubeObject {
  const labels = { app: name }
  const containers = [{ name: 'web', image: GOOD, ports: [{ containerPort: 8080 }] }]
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  } as KubeObject
}

/** The same as a team would keep it. */
function manifest(name: string, image: string): string {
  return `# Ask #team-shop before changing it.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels: { app: ${name} }
spec:
  replicas: 1
  selector:
    matchLabels: { app: ${name} }
  template:
    metadata:
      labels: { app: ${name} }
    spec:
      containers:
      - name: web
        image: "${image}" # released by the pipeline
        ports:
        - containerPort: 8080
`
}

function isRunning(workload: KubeObject | undefined): boolean {
  if (workload === undefined) return false
  const { status } = asJson(workload)
  const number = (name: string) => Number(member(status, name) ?? 0)
  const seen = number('observedGeneration') === workload.metadata.generation
  return (
    seen && number('availableReplicas') === 1 && number('updatedReplicas') === 1 && number('replicas') === 1
  )
}

function fails(pod: KubeObject): boolean {
  return /"reason":"(ErrImagePull|ImagePullBackOff)"/.test(JSON.stringify(pod))
}

export async function eventually(what: string, look: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`no ${what}`)
    await delay(100)
  }
}

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { after } from 'node:test'
import { promisify } from 'node:util'
import { connectToCluster } from '#src/cluster/connect.ts'
import type { KubeApi } from '#src/cluster/kube-api.ts'
import type { JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { FIELD_MANAGER } from '#src/domain/remediation.ts'
import { formatSteps } from '#src/execute/field-steps.ts'
import type { Owner } from '#src/execute/managed-fields.ts'
import { fieldsOwnedBy } from '#src/execute/managed-fields.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { sharedControlPlane } from '../servers/shared.ts'

/** Deployments on the real API server, made and changed by managers of any name; no pods, so nothing stirs them. */
export async function openWorkbench() {
  const access = await sharedControlPlane()
  const cluster = connectToCluster({ kubeconfig: access.kubeconfig }, systemClock)
  after(() => cluster.close())
  const { api } = cluster
  // Not deleted: the control plane that this file started would be gone before.
  const namespace = `execute-${randomBytes(4).toString('hex')}`
  await api.create({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels: { execute: namespace } },
  })

  const read = async (target: KubeObject): Promise<KubeObject> => {
    const { apiVersion, kind, metadata } = target
    const live = await api.get({ apiVersion, kind, namespace: metadata.namespace, name: metadata.name })
    if (live === undefined) throw new Error(`${kind} ${metadata.name} is gone`)
    return live
  }

  return {
    access,
    transport: cluster.transport,
    api,
    namespace,
    read,
    /** A Deployment made by an Update of that manager, as client-side apply or Helm would. */
    created: (manager: string, change: (template: PodSpec) => void = () => {}) =>
      api.create(deployment(namespace, change), { fieldManager: manager }),
    /** A Deployment made by a server-side apply of that manager, as Flux or Argo CD would. */
    applied: (manager: string, change: (template: PodSpec) => void = () => {}) =>
      api.apply(asJson(deployment(namespace, change)), { fieldManager: manager, force: true }),
    /** A server-side apply by another manager, by force. */
    apply: (target: KubeObject, manager: string, spec: JsonObject) => {
      const { apiVersion, kind, metadata } = target
      const body = { apiVersion, kind, metadata: { name: metadata.name, namespace }, spec }
      return api.apply(body, { fieldManager: manager, force: true })
    },
    /** An Update by another manager. */
    update: (target: KubeObject, manager: string, patch: readonly JsonObject[]) =>
      api.jsonPatch(
        { apiVersion: target.apiVersion, kind: target.kind, namespace, name: target.metadata.name },
        patch,
        { fieldManager: manager },
      ),
    /** The real kubectl of the same version. */
    kubectl: async (args: readonly string[], input = ''): Promise<string> => {
      const running = promisify(execFile)(access.kubectl, ['-n', namespace, ...args], {
        env: { ...process.env, KUBECONFIG: access.kubeconfig },
      })
      running.child.stdin?.end(input)
      return (await running).stdout
    },
    /** Another user of the same cluster, with exactly the verbs given on Deployments of the namespace. */
    as: async (user: string, verbs: readonly string[]): Promise<KubeApi> => {
      const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: user, namespace } }
      const rules = [{ apiGroups: ['apps'], resources: ['deployments'], verbs }]
      await api.create({ ...rbac, kind: 'Role', rules })
      await api.create({
        ...rbac,
        kind: 'RoleBinding',
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: user },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
      })
      const kubeconfig = await access.kubeconfigFor(user)
      const other = connectToCluster({ kubeconfig }, systemClock)
      after(() => other.close())
      return other.api
    },
  }
}

export type Workbench = Awaited<ReturnType<typeof openWorkbench>>

export interface PodSpec {
  containers: Record<string, unknown>[]
  volumes?: Record<string, unknown>[]
}

export function deployment(namespace: string, change: (template: PodSpec) => void = () => {}): KubeObject {
  const name = `web-${randomBytes(4).toString('hex')}`
  const spec: PodSpec = {
    containers: [
      {
        name: 'web',
        image: 'shop.example/web:9.9',
        env: [
          { name: 'MODE', value: 'production' },
          { name: 'LOG', value: 'info' },
        ],
        ports: [{ containerPort: 8080 }],
        resources: { limits: { cpu: '500m' } },
      },
      { name: 'sidecar', image: 'shop.example/sidecar:1' },
    ],
  }
  change(spec)
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec },
    },
  }
}

export const IMAGE = 'spec.template.spec.containers[name=web].image'
export const MEMORY = 'spec.template.spec.containers[name=web].resources.limits.memory'

export function pod(object: KubeObject): PodSpec {
  return (object['spec'] as { template: { spec: PodSpec } }).template.spec
}

export function image(object: KubeObject, container = 'web'): unknown {
  return pod(object).containers.find(({ name }) => name === container)?.['image']
}

export const US: Owner = { manager: FIELD_MANAGER, operation: 'Apply', subresource: '' }

/** What an owner owns, as the API server would write it, without the keys of list items. */
export function owned(object: KubeObject, owner: Owner = US): readonly string[] {
  return fieldsOwnedBy(object, owner)
    .map(formatSteps)
    .filter((field) => !/\.(name|containerPort|protocol)$/.test(field))
}

export const WEB = '.spec.template.spec.containers[name="web"]'

/** What people and managers wrote, without what the Deployment controller keeps writing into status. */
export function written({ metadata, ...object }: KubeObject) {
  const { generation, labels, managedFields } = metadata
  const owners = managedFields?.filter(({ subresource }) => subresource !== 'status')
  return { generation, labels, owners, spec: object['spec'] }
}

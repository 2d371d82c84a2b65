import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { promisify } from 'node:util'
import { type Cluster, connectToCluster } from '#src/cluster/connect.ts'
import { type ControlPlane, startControlPlane } from '#src/embedded/control-plane.ts'
import { findServer } from '#src/embedded/provision.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { NAMESPACE } from '../../deploy/render-base.ts'
import { DEPLOY } from './rendered.ts'

const CHART = join(DEPLOY, 'chart')
export const OPERATOR = `system:serviceaccount:${NAMESPACE}:aiops-operator`

/** A control plane of its own with an audit log, on which the real helm installs, upgrades and uninstalls the chart. */
export interface Installation extends ControlPlane {
  readonly admin: Cluster
  /** Acts as the operator's ServiceAccount. */
  readonly operator: Cluster
  readonly operatorKubeconfig: string
  helm(...args: readonly string[]): Promise<string>
  /** `helm upgrade --install` of the chart with further options. */
  install(...options: readonly string[]): Promise<string>
  /** The same of a chart whose CRDs show no columns yet. */
  installOlder(): Promise<string>
  audited(): Promise<readonly AuditedRequest[]>
}

/** One request of the operator as the API server recorded it. */
export interface AuditedRequest {
  readonly verb: string
  readonly requestURI: string
  readonly objectRef?: {
    readonly apiGroup?: string
    readonly resource: string
    readonly subresource?: string
    readonly namespace?: string
  }
  readonly responseStatus?: { readonly code: number }
}

/** Stopped after the tests of the file. */
export async function openInstallation(): Promise<Installation> {
  const progress = (line: string) => void process.stderr.write(`${line}\n`)
  const helm = await findServer('helm', { progress })
  const plane = await startControlPlane({ progress, audit: true })
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${NAMESPACE}`]
  const operatorKubeconfig = await plane.kubeconfigFor(OPERATOR, groups)
  const admin = connectToCluster({ kubeconfig: plane.kubeconfig }, systemClock)
  const operator = connectToCluster({ kubeconfig: operatorKubeconfig }, systemClock)
  after(async () => {
    await Promise.all([admin.close(), operator.close()])
    await plane.stop()
  })
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await admin.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } })
  const env = {
    PATH: process.env['PATH'],
    HOME: join(tmpdir(), 'no-helm-home'),
    KUBECONFIG: plane.kubeconfig,
  }
  const run = async (...args: readonly string[]) => {
    const { stdout } = await promisify(execFile)(helm, [...args, '--namespace', NAMESPACE], { env })
    return stdout
  }
  const install = (chart: string, ...options: readonly string[]) =>
    run('upgrade', '--install', 'aiops-operator', chart, ...options)
  return {
    ...plane,
    admin,
    operator,
    operatorKubeconfig,
    helm: run,
    install: (...options) => install(CHART, ...options),
    async installOlder() {
      const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-chart-'))
      await cp(CHART, folder, { recursive: true, dereference: true })
      for (const file of await readdir(join(folder, 'files/crds'))) {
        const path = join(folder, 'files/crds', file)
        const text = await readFile(path, 'utf8')
        await writeFile(path, text.replace(/^ +additionalPrinterColumns:\n(?: +[-#].*\n)+/m, ''))
      }
      const told = await install(folder)
      await rm(folder, { recursive: true })
      return told
    },
    async audited() {
      const text = await readFile(plane.auditLog ?? '', 'utf8')
      const entries = text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line))
      return entries.filter(({ user }) => user.username === OPERATOR)
    },
  }
}

import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiClient, createApiClient } from './api-client.ts'
import type { CertificateAuthority } from './certificates.ts'
import {
  type ControlPlaneAccess,
  createClusterAuthority,
  openControlPlane,
  recordControlPlane,
} from './control-plane-access.ts'
import { controllerManagerArgs, etcdArgs, kubeApiserverArgs, schedulerArgs } from './control-plane-flags.ts'
import { type Identity, writeCredentials } from './credentials.ts'
import { freePort } from './free-port.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { createFakeNodes, kwokArgs, writeKwokConfig } from './kwok.ts'
import type { Progress } from './progress.ts'
import { findServers } from './provision.ts'
import { type RunningServer, type ServerProcesses, superviseServers } from './server-processes.ts'
import { until, withFreshPorts } from './until.ts'

export interface ControlPlaneOptions {
  readonly progress: Progress
  /** A new or empty folder for state and logs; a temporary one unless given. Removed by `stop`. */
  readonly dir?: string
  /** How many of kwok's nodes; 1 unless given. */
  readonly nodes?: number
  /** Writes an audit log of metadata (who, what, which answer) to `auditLog`. */
  readonly audit?: boolean
  readonly apiServerFlags?: readonly string[]
}

export interface ControlPlane extends ControlPlaneAccess {
  readonly pids: readonly number[]
  /** Away: connections are refused until `startApiServer`. Everything else keeps running. */
  stopApiServer(): Promise<void>
  /** Back on the same port, with the same state, once it is ready. */
  startApiServer(): Promise<void>
  /** Leaves everything running beyond this process; gives the pids to stop, in order. */
  leaveRunning(): readonly number[]
  /** Stops all processes and removes the folder. Repeatable. */
  stop(): Promise<void>
}

const PROGRAMS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
  'kubectl',
] as const
type Programs = Record<(typeof PROGRAMS)[number], string>

/**
 * Starts a real control plane on loopback: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, and kwok in
 * place of kubelets. Ready when it returns: every API serves, the nodes are Ready, namespaces get their
 * ServiceAccount. Errors: those of `findServers`; ServerFailed with the end of the log of what did not start.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const programs = await findServers(PROGRAMS, options)
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'aiops-operator-control-plane-')))
  await mkdir(join(dir, 'pki'), { recursive: true, mode: 0o700 })
  await mkdir(join(dir, 'log'), { recursive: true })
  const processes = superviseServers(join(dir, 'log'), dir)
  try {
    return await launch(programs, dir, processes, options)
  } catch (error) {
    await processes.stopAll()
    await rm(dir, { recursive: true, force: true })
    throw error
  }
}

async function launch(
  programs: Programs,
  dir: string,
  processes: ServerProcesses,
  options: ControlPlaneOptions,
): Promise<ControlPlane> {
  const authority = await createClusterAuthority(dir)
  const identities = await writeCredentials(dir, authority)
  const etcdUrl = await startEtcd(programs, dir, processes)
  const api = await startFirstApiServer(
    programs,
    dir,
    processes,
    options,
    etcdUrl,
    authority,
    identities.admin.token,
  )
  const kubeconfig = (name: string, identity: Identity) =>
    writeKubeconfig(
      join(dir, `${name}.kubeconfig`),
      api.url,
      authority.certificatePem,
      identity.user,
      identity,
    )
  const admin = await kubeconfig('admin', identities.admin)
  const manager = await kubeconfig('controller-manager', identities.manager)
  const scheduler = await kubeconfig('scheduler', identities.scheduler)
  await Promise.all([
    processes.start(
      'kube-controller-manager',
      programs['kube-controller-manager'],
      controllerManagerArgs(dir, manager),
    ),
    processes.start('kube-scheduler', programs['kube-scheduler'], schedulerArgs(scheduler)),
    startKwok(programs, dir, processes, authority, admin),
    createFakeNodes(api.client, options.nodes ?? 1),
  ])
  await untilUsable(api.client, processes, options.nodes ?? 1)
  await recordControlPlane(dir, {
    url: api.url,
    kubeconfig: admin,
    adminToken: identities.admin.token,
    auditLog: options.audit ? join(dir, 'audit.log') : undefined,
    kubectl: programs.kubectl,
  })
  return {
    ...(await openControlPlane(dir)),
    get pids() {
      return processes.pids()
    },
    stopApiServer: () => api.stop(),
    startApiServer: () => api.start(),
    leaveRunning: () => processes.leaveRunning(),
    async stop() {
      await processes.stopAll()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function startEtcd(programs: Programs, dir: string, processes: ServerProcesses): Promise<string> {
  return withFreshPorts(async () => {
    const [client, peer] = [await freePort(), await freePort()]
    const server = await processes.start('etcd', programs.etcd, etcdArgs(dir, client, peer))
    const url = `http://127.0.0.1:${client}`
    await until(
      'etcd serves',
      30_000,
      server,
      async () => (await fetch(`${url}/health`).catch(() => undefined))?.ok,
    )
    return url
  })
}

interface ApiServer {
  readonly url: string
  readonly client: ApiClient
  start(): Promise<void>
  stop(): Promise<void>
}

async function startFirstApiServer(
  programs: Programs,
  dir: string,
  processes: ServerProcesses,
  options: ControlPlaneOptions,
  etcdUrl: string,
  authority: CertificateAuthority,
  token: string,
): Promise<ApiServer> {
  return withFreshPorts(async () => {
    const port = await freePort()
    const url = `https://127.0.0.1:${port}`
    const client = createApiClient(url, authority.certificatePem, token)
    const args = await kubeApiserverArgs({
      dir,
      port,
      etcdUrl,
      audit: options.audit ?? false,
      extra: options.apiServerFlags ?? [],
    })
    let server: RunningServer | undefined
    const start = async () => {
      server = await processes.start('kube-apiserver', programs['kube-apiserver'], args)
      await until(
        'kube-apiserver is ready',
        90_000,
        server,
        async () => (await client.status('/readyz')) === 200,
      )
    }
    await start()
    return {
      url,
      client,
      async start() {
        if (!server?.alive()) await start()
      },
      async stop() {
        // A graceful end waits for watches, which clients keep open: a minute for nothing.
        await server?.stop(0)
      },
    }
  })
}

async function startKwok(
  programs: Programs,
  dir: string,
  processes: ServerProcesses,
  authority: CertificateAuthority,
  kubeconfig: string,
): Promise<void> {
  const config = await writeKwokConfig(dir, authority.issueServer('kwok', ['127.0.0.1']))
  await withFreshPorts(async () => {
    const port = await freePort()
    const server = await processes.start('kwok', programs.kwok, kwokArgs(config, kubeconfig, port))
    await until('kwok serves', 60_000, server, async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined)
      return answer !== undefined // over TLS or not: it listens
    })
  })
}

/** Every node Ready, and the controllers at work (they make the ServiceAccount of a namespace). */
async function untilUsable(client: ApiClient, processes: ServerProcesses, nodes: number): Promise<void> {
  const ready = async () => {
    const list = (await client.send('GET', '/api/v1/nodes')) as { items: { status?: NodeStatus }[] }
    const isReady = (status?: NodeStatus) =>
      status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True')
    const account = await client.status('/api/v1/namespaces/default/serviceaccounts/default')
    return account === 200 && list.items.filter((each) => isReady(each.status)).length >= nodes
  }
  await until('nodes and controllers are ready', 60_000, undefined, async () => {
    const death = processes.firstDeath()
    if (death) throw death
    return ready()
  })
}

interface NodeStatus {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[]
}

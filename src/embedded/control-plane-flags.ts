import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Durability is given up for speed: the state lives no longer than the processes. */
export function etcdArgs(dir: string, clientPort: number, peerPort: number): string[] {
  const client = `http://127.0.0.1:${clientPort}`
  const peer = `http://127.0.0.1:${peerPort}`
  return [
    `--data-dir=${join(dir, 'etcd')}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ]
}

export interface KubeApiserverSettings {
  readonly dir: string
  readonly port: number
  readonly etcdUrl: string
  readonly audit: boolean
  readonly extra: readonly string[]
}

export async function kubeApiserverArgs(settings: KubeApiserverSettings): Promise<string[]> {
  const pki = (file: string) => join(settings.dir, 'pki', file)
  return [
    `--etcd-servers=${settings.etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1', // else it looks for a network interface, and ends without one
    `--secure-port=${settings.port}`,
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.96.0.0/16',
    `--tls-cert-file=${pki('apiserver.crt')}`,
    `--tls-private-key-file=${pki('apiserver.key')}`,
    `--client-ca-file=${pki('ca.crt')}`,
    `--token-auth-file=${pki('tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki('sa.key')}`,
    `--service-account-signing-key-file=${pki('sa.key')}`,
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
    '--kubelet-preferred-address-types=InternalIP',
    ...(settings.audit ? await auditArgs(settings.dir) : []),
    ...settings.extra,
  ]
}

async function auditArgs(dir: string): Promise<string[]> {
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata' }],
  }
  const file = join(dir, 'audit-policy.yaml')
  await writeFile(file, JSON.stringify(policy))
  return [`--audit-policy-file=${file}`, `--audit-log-path=${join(dir, 'audit.log')}`]
}

/** The limits on requests are lifted far above the defaults: tests make storms. */
export function controllerManagerArgs(dir: string, kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--use-service-account-credentials',
    `--service-account-private-key-file=${join(dir, 'pki/sa.key')}`,
    `--root-ca-file=${join(dir, 'pki/ca.crt')}`,
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
    '--concurrent-deployment-syncs=20',
    '--concurrent-replicaset-syncs=20',
    '--concurrent-namespace-syncs=20',
  ]
}

export function schedulerArgs(kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
  ]
}

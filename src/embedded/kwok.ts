import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ApiClient } from './api-client.ts'
import type { KeyPair } from './certificates.ts'

/** kwok's own folder: configuration, certificate, and the log files that it serves. */
export interface KwokFiles {
  readonly config: string
  readonly certificate: string
  readonly key: string
}

const source = (file: string) => readFile(new URL(`./kwok/${file}`, import.meta.url), 'utf8')

/**
 * Writes kwok's configuration: Stages that play a kubelet (`kwok/README.md` has the faults they show), and container
 * logs. They stand in a file, so the cluster carries no CRD of kwok's.
 */
export async function writeKwokConfig(dir: string, certificate: KeyPair): Promise<KwokFiles> {
  const folder = join(dir, 'kwok')
  await mkdir(folder, { recursive: true })
  const files = {
    config: join(folder, 'kwok.yaml'),
    certificate: join(folder, 'kwok.crt'),
    key: join(folder, 'kwok.key'),
  }
  const documents = [...(await stages()), await clusterLogs(folder)]
  await writeFile(files.config, documents.map((each) => JSON.stringify(each)).join('\n---\n'))
  await writeFile(files.certificate, certificate.certificatePem)
  await writeFile(files.key, certificate.keyPem, { mode: 0o600 })
  return files
}

export function kwokArgs(files: KwokFiles, kubeconfig: string, port: number): string[] {
  return [
    `--config=${files.config}`,
    `--kubeconfig=${kubeconfig}`,
    '--manage-all-nodes=false',
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    '--node-lease-duration-seconds=40',
    '--node-ip=127.0.0.1',
    `--node-port=${port}`,
    `--server-address=127.0.0.1:${port}`,
    `--tls-cert-file=${files.certificate}`,
    `--tls-private-key-file=${files.key}`,
  ]
}

async function stages(): Promise<object[]> {
  const [containers, status, event, node, nextTick] = await Promise.all([
    source('containers.gotmpl'),
    source('pod-status.gotmpl'),
    source('pod-event.gotmpl'),
    source('node-status.gotmpl'),
    source('next-tick.jq'),
  ])
  return [
    stage('node-status', 'Node', {
      selector: matching(
        `[.status.conditions[]? | select(.type == "Ready" and .status == "True")] == []`,
        'true',
      ),
      steps: [{ patch: { subresource: 'status', root: 'status', template: node } }],
    }),
    stage('pod-tick', 'Pod', {
      selector: existing(nextTick),
      delay: { durationFrom: { jq: { expression: `${nextTick} | "\\(.)s"` } } },
      steps: [
        { patch: { subresource: 'status', root: 'status', template: containers + status } },
        { apply: { template: containers + event } },
      ],
    }),
    stage('pod-delete', 'Pod', {
      selector: matching(
        '.metadata.deletionTimestamp != null and ((.metadata.finalizers // []) == [])',
        'true',
      ),
      steps: [{ delete: true }],
    }),
  ]
}

function stage(name: string, kind: 'Node' | 'Pod', spec: object): object {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, ...spec },
  }
}

function matching(key: string, value: string): object {
  return { matchExpressions: [{ jq: { key, operator: 'In', values: [value] } }] }
}

function existing(key: string): object {
  return { matchExpressions: [{ jq: { key, operator: 'Exists' } }] }
}

/**
 * kwok serves logs from files, chosen by the container's name alone: `noisy` has ten thousand lines, `binary` bytes
 * that are no text, `leaky` a password (of nobody); every other container says how it failed to start.
 */
async function clusterLogs(folder: string): Promise<object> {
  const started = Date.parse('2026-01-01T00:00:00Z')
  const stamp = (index: number) => new Date(started + index * 1000).toISOString().replace('Z', '000000Z')
  const write = async (name: string, lines: readonly (string | Buffer)[]) => {
    const file = join(folder, `${name}.log`)
    const entries = lines.map((line, index) =>
      Buffer.concat([Buffer.from(`${stamp(index)} stderr F `), Buffer.from(line), Buffer.from('\n')]),
    )
    await writeFile(file, Buffer.concat(entries))
    return file
  }
  const noisy = Array.from({ length: 10_000 }, (_, index) => `GET /healthz 200 request=${index}`)
  const logs = [
    { name: 'noisy', lines: noisy },
    { name: 'binary', lines: [Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3, 0x28, 0x1b, 0x5b])] },
    {
      name: 'leaky',
      lines: ['connecting to postgres://shop:hunter2-canary@db:5432/shop', 'password=hunter2-canary'],
    },
  ]
  const entries = []
  for (const { name, lines } of logs) {
    const file = await write(name, lines)
    entries.push({ containers: [name], logsFile: file, previousLogsFile: file })
  }
  const current = await write('current', ['starting', 'loading configuration'])
  const previous = await write('previous', [
    'starting',
    'loading configuration',
    'fatal: cannot start, exiting',
  ])
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'ClusterLogs',
    metadata: { name: 'logs' },
    spec: { logs: [...entries, { logsFile: current, previousLogsFile: previous }] },
  }
}

/** Creates kwok's nodes, each large enough for hundreds of pods. */
export async function createFakeNodes(client: ApiClient, count: number): Promise<void> {
  const resources = { cpu: '64', memory: '256Gi', pods: '500' }
  for (let index = 0; index < count; index += 1) {
    const name = `fake-${index}`
    await client.send('POST', '/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        annotations: { 'kwok.x-k8s.io/node': 'fake' },
        labels: {
          'kubernetes.io/hostname': name,
          'kubernetes.io/os': 'linux',
          'kubernetes.io/arch': 'amd64',
        },
      },
      status: { allocatable: resources, capacity: resources },
    })
  }
}

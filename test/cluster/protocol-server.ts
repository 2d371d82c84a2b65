import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

export interface ProtocolServer {
  readonly kubeconfig: string
  /** `user` as in a kubeconfig's users[]. Writes the kubeconfig anew. */
  use(user: object): Promise<void>
  stop(): Promise<void>
  /** Requests that were answered, in order. */
  readonly seen: readonly { readonly url: URL; readonly authorization: string | undefined }[]
}

/**
 * For the faults that a healthy API server cannot be made to show: expired tokens, a 410 in the middle of a list,
 * silence. What is true of the API itself is tested on a real one.
 */
export async function protocolServer(
  answer: (request: IncomingMessage, response: ServerResponse, url: URL) => void,
): Promise<ProtocolServer> {
  const seen: { url: URL; authorization: string | undefined }[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://server')
    seen.push({ url, authorization: request.headers.authorization })
    answer(request, response, url)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const folder = await mkdtemp(join(tmpdir(), 'aiops-kubeconfig-'))
  const kubeconfig = join(folder, 'config')
  const use = async (user: object) => {
    const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true }
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }
    await writeFile(kubeconfig, JSON.stringify(config))
  }
  await use({})
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  after(async () => {
    await stop()
    await rm(folder, { recursive: true })
  })
  return { kubeconfig, use, stop, seen }
}

export function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** metav1.Status, as the API server refuses. */
export function sendStatus(response: ServerResponse, code: number, reason: string, message: string): void {
  sendJson(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message })
}

export const CORE_V1 = {
  kind: 'APIResourceList',
  groupVersion: 'v1',
  resources: [
    { name: 'configmaps', kind: 'ConfigMap', namespaced: true },
    { name: 'pods', kind: 'Pod', namespaced: true },
    { name: 'pods/log', kind: 'Pod', namespaced: true },
  ],
}

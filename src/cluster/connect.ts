import type { Clock } from '#src/runtime/clock.ts'
import type { ApiTransport } from './api-transport.ts'
import { Discovery } from './discovery.ts'
import { FetchKubeApi } from './fetch-kube-api.ts'
import { FetchTransport } from './fetch-transport.ts'
import type { KubeApi } from './kube-api.ts'
import { KubeCredentials, type KubeCredentialsOptions } from './kube-credentials.ts'

/** One cluster: the API for single calls, transport and discovery for reflectors. All share the connections. */
export interface Cluster {
  readonly api: KubeApi
  readonly transport: ApiTransport
  readonly discovery: Discovery
  /** Waits for what is under way; abort the reflectors first. */
  close(): Promise<void>
}

/** Nothing is read and nothing is sent before the first call. */
export function connectToCluster(options: KubeCredentialsOptions, clock: Pick<Clock, 'monotonic'>): Cluster {
  const credentials = new KubeCredentials(options, () => clock.monotonic())
  const transport = new FetchTransport(credentials)
  const discovery = new Discovery(transport, clock)
  return {
    api: new FetchKubeApi(transport, discovery),
    transport,
    discovery,
    close: () => transport.close(),
  }
}

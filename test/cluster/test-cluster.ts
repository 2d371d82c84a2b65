import { after } from 'node:test'
import { type Cluster, connectToCluster } from '#src/cluster/connect.ts'
import { systemClock } from '#src/runtime/system-clock.ts'

/** The real control plane, with a namespace of this file's own. Connections are closed after the file's tests. */
export async function testCluster(prefix: string): Promise<Cluster & { readonly namespace: string }> {
  const cluster = connectToCluster({}, systemClock)
  after(() => cluster.close())
  const namespace = `${prefix}-${crypto.randomUUID().slice(0, 8)}`
  await cluster.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  return { ...cluster, namespace }
}

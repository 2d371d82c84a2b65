import { after } from 'node:test'
import { type Cluster, connectToCluster } from '#src/cluster/connect.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { sharedControlPlane } from '../servers/shared.ts'

/** The real control plane, with a namespace of the test file's own. Connections are closed after its tests. */
export async function testCluster(
  prefix: string,
): Promise<Cluster & { readonly namespace: string; readonly kubeconfig: string; readonly kubectl: string }> {
  const { kubeconfig, kubectl } = await sharedControlPlane()
  const cluster = connectToCluster({ kubeconfig }, systemClock)
  const namespace = `${prefix}-${crypto.randomUUID().slice(0, 8)}`
  await cluster.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  after(() => cluster.close())
  return { ...cluster, namespace, kubeconfig, kubectl }
}

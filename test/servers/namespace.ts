import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { createApiClient } from '#src/embedded/api-client.ts'
import type { ControlPlaneAccess } from '#src/embedded/control-plane-access.ts'

/** The part of node:test's context (or of a suite's hooks) that is needed. */
interface Cleanup {
  after(work: () => Promise<void>): void
}

/**
 * A namespace of the test's own, whose pods can start (its ServiceAccount is there). Deleted when the test ends,
 * without waiting for its contents to go.
 */
export async function freshNamespace(
  t: Cleanup,
  cluster: ControlPlaneAccess,
  labels: Readonly<Record<string, string>> = {},
): Promise<string> {
  const client = createApiClient(cluster.url, cluster.caPem, cluster.adminToken)
  const name = `test-${randomBytes(5).toString('hex')}`
  await client.send('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels },
  })
  t.after(async () => {
    await client.send('DELETE', `/api/v1/namespaces/${name}`)
  })
  const account = `/api/v1/namespaces/${name}/serviceaccounts/default`
  for (let attempt = 0; (await client.status(account)) !== 200; attempt += 1) {
    if (attempt === 300) throw new Error(`namespace ${name} got no ServiceAccount`)
    await delay(50)
  }
  return name
}

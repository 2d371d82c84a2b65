import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'

/** Installs our own kinds as the manual says. */
export async function applyCrds(cluster: {
  readonly kubectl: string
  readonly kubeconfig: string
}): Promise<void> {
  const folder = new URL('../../crds', import.meta.url).pathname
  // Without a home kubectl keeps its cache in the working folder.
  const env = { PATH: process.env['PATH'], HOME: tmpdir(), KUBECONFIG: cluster.kubeconfig }
  await promisify(execFile)(cluster.kubectl, ['apply', '--server-side', '-f', folder], { env })
  const names = ['wait', '--for=condition=Established', '--timeout=60s', '-f', folder]
  await promisify(execFile)(cluster.kubectl, names, { env })
}

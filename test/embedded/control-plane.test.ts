import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { createApiClient } from '#src/embedded/api-client.ts'
import { startControlPlane } from '#src/embedded/control-plane.ts'
import { freshNamespace } from '../servers/namespace.ts'
import { sharedControlPlane } from '../servers/shared.ts'

const cluster = await sharedControlPlane()
const progress = (line: string) => process.stderr.write(`${line}\n`)

test('RBAC refuses a user of a fresh kubeconfig, and lets in what it grants to a group of theirs', async (t) => {
  const namespace = await freshNamespace(t, cluster)
  const kubeconfig = await cluster.kubeconfigFor('ann', ['readers'])
  const canGet = async () => {
    const args = ['--kubeconfig', kubeconfig, '-n', namespace, 'get', 'pods', '-o', 'name']
    return promisify(execFile)(cluster.kubectl, args).then(
      () => 'allowed',
      (error: { stderr: string }) => error.stderr,
    )
  }
  assert.match(await canGet(), /User "ann" cannot list resource "pods"/)
  const admin = createApiClient(cluster.url, cluster.caPem, cluster.adminToken)
  await admin.send('POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'readers' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'readers' }],
  })
  let answer = await canGet()
  while (answer !== 'allowed') answer = await canGet() // the authorizer's cache follows in milliseconds
})

test('an API server that was away comes back on its port with its state, and stop leaves nothing', async () => {
  const own = await startControlPlane({ progress, audit: true })
  const client = createApiClient(own.url, own.caPem, own.adminToken)
  try {
    await client.send('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'kept' },
    })
    await own.stopApiServer()
    assert.equal(await client.status('/readyz'), undefined)
    await own.startApiServer()
    assert.equal(await client.status('/api/v1/namespaces/kept'), 200)
    assert.ok(own.auditLog && existsSync(own.auditLog))
  } finally {
    const pids = own.pids
    assert.equal(pids.length, 5)
    await own.stop()
    for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
    assert.equal(existsSync(own.dir), false)
  }
})

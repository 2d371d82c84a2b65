import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { ensureCrd } from '#src/cluster/ensure-crd.ts'
import { manifestRepositoryOf } from '#src/config/manifest-repository.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { JsonObject } from '#src/domain/json.ts'
import { API_VERSION } from '#src/domain/remediation.ts'
import { MANIFEST_REPOSITORY_KIND } from '#src/domain/repository-status.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { ACCEPTED, GIT, REFUSED } from '../config/manifest-repository-samples.ts'
import { testCluster } from './test-cluster.ts'

const cluster = await testCluster('repositories')
const { api, namespace } = cluster
const crd = new URL('../../crds/aiops-operator.dev_manifestrepositories.yaml', import.meta.url)
await ensureCrd(cluster, parse(await readFile(crd, 'utf8')) as JsonObject, systemClock)

/** Cluster-scoped: the names are this run's own, and go with its cluster. */
let made = 0

function create(spec: JsonObject, name = `${namespace}-${++made}`) {
  const ref = { apiVersion: API_VERSION, kind: MANIFEST_REPOSITORY_KIND, metadata: { name } }
  return api.create({ ...ref, spec })
}

function kubectl(...args: readonly string[]) {
  return promisify(execFile)(cluster.kubectl, ['--kubeconfig', cluster.kubeconfig, ...args])
}

function refused(sentence: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof OperatorError && error.code === 'ApiRejected', String(error))
    assert.match(error.message, sentence)
    return true
  }
}

describe('the API server takes', () => {
  for (const [what, spec] of Object.entries(ACCEPTED)) {
    test(`${what}, and the operator reads it as it was meant`, async () => {
      const created = await create(spec)
      const stored = manifestRepositoryOf(created)
      const meant = manifestRepositoryOf({ ...created, spec })
      assert.ok(stored.ok)
      assert.deepEqual(stored, meant)
    })
  }
})

describe('the API server refuses', () => {
  for (const [what, [spec, sentence]] of Object.entries(REFUSED)) {
    test(what, async () => {
      await assert.rejects(create(spec), refused(sentence))
    })
  }

  test('a name that is no label', async () => {
    await assert.rejects(create(GIT, `${namespace}.dotted`), refused(/metadata\.name must be lower-case/))
  })
})

test('it is cluster-scoped, and a status in a create is ignored', async () => {
  const created = await create({ ...GIT, status: undefined })
  assert.equal(created.metadata.namespace, undefined)
  const ref = { apiVersion: API_VERSION, kind: MANIFEST_REPOSITORY_KIND, name: created.metadata.name }
  await api.mergePatch(ref, { status: { revision: 'a'.repeat(40) } })
  assert.equal((await api.get(ref))?.['status'], undefined)
  await api.mergePatch(ref, { status: { revision: 'a'.repeat(40) } }, { subresource: 'status' })
  assert.deepEqual((await api.get(ref))?.['status'], { revision: 'a'.repeat(40) })
})

test('kubectl get mrepo shows url, branch, forge, mode, readiness and age', async () => {
  const name = (await create(GIT)).metadata.name
  const { stdout } = await kubectl('get', 'mrepo', name)
  const [header = '', row = ''] = stdout.split('\n')
  assert.match(header, /^NAME +URL +BRANCH +FORGE +MODE +READY +REASON +AGE$/)
  assert.match(row, /https:\/\/git\.example\.com\/shop\/infra\.git +main +git +apply +\d+s$/)
})

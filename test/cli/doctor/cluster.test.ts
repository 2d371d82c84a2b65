import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { parse } from 'yaml'
import { checkAccess } from '#src/cli/doctor/check-access.ts'
import { checkApi, versionFinding } from '#src/cli/doctor/check-api.ts'
import { checkCrds } from '#src/cli/doctor/check-crds.ts'
import { clockFinding } from '#src/cli/doctor/clock.ts'
import { NEEDED, NEEDED_IN_GRANTED } from '#src/cli/doctor/needed-access.ts'
import type { ApiTransport } from '#src/cluster/api-transport.ts'
import { connectToCluster } from '#src/cluster/connect.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { testCluster } from '../../cluster/test-cluster.ts'
import { sharedControlPlane } from '../../servers/shared.ts'
import { repository } from './a-repository.ts'
import { nowhere } from './a-server.ts'
import { allOk, only } from './red.ts'

const plane = await sharedControlPlane()
const { api, transport, namespace } = await testCluster('doctor')
const ROOT = join(import.meta.dirname, '../../..')

/** A kubeconfig of somebody else, or of another server. */
async function kubeconfig(t: TestContext, change: (text: string) => string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-kubeconfig-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'config')
  await writeFile(file, change(await readFile(plane.kubeconfig, 'utf8')))
  return file
}

describe('doctor on the API server', () => {
  it('is content with the one that there is', async () => {
    allOk(await checkApi({ kubeconfig: plane.kubeconfig }, systemClock))
  })

  it('is red when it does not answer', async (t) => {
    const away = (await nowhere()).replace('http:', 'https:')
    const file = await kubeconfig(t, (text) => text.replaceAll(plane.url, away))
    assert.match(only(await checkApi({ kubeconfig: file }, systemClock), 'failed').sentence, /ECONNREFUSED/)
  })

  it('is red when it does not accept the credentials', async (t) => {
    const file = await kubeconfig(t, (text) => text.replaceAll(plane.adminToken, 'another-token'))
    const found = only(await checkApi({ kubeconfig: file }, systemClock), 'failed')
    assert.match(found.sentence, /does not accept the credentials/)
  })

  it('is red when something else is there', async (t) => {
    const file = await kubeconfig(t, (text) => text.replaceAll(plane.url, `${plane.url}/elsewhere`))
    assert.match(only(await checkApi({ kubeconfig: file }, systemClock), 'failed').sentence, /\/version/)
  })

  it('is red for a Kubernetes that is too old, and warns of one without guards', () => {
    assert.equal(versionFinding({ text: 'v1.26.9', minor: 26 }).level, 'failed')
    assert.equal(versionFinding({ text: 'v1.29.1', minor: 29 }).level, 'warning')
    assert.equal(versionFinding({ text: 'v1.30.0', minor: 30 }).level, 'ok')
  })

  it('is red for a clock a minute away, and warns of one ten seconds away', () => {
    const date = 'Tue, 24 Nov 2026 00:00:00 GMT'
    const at = (seconds: number) => clockFinding('server', date, Date.parse(date) + seconds * 1000).level
    assert.deepEqual([at(-2), at(10), at(-61)], ['ok', 'warning', 'failed'])
  })
})

describe('doctor on RBAC', () => {
  const granted = {
    repositories: [repository({ namespaces: [namespace] })],
    watch: { excludeNamespaces: [] },
  }

  it('asks for nothing that the chart does not grant', async () => {
    const text = await readFile(join(ROOT, 'deploy/chart/files/rules.yaml'), 'utf8')
    const rules: readonly Rule[] = parse(text)
    const isGranted = (group: string, resource: string, verb: string) =>
      rules.some(
        (rule) =>
          rule.apiGroups.includes(group) && rule.resources.includes(resource) && rule.verbs.includes(verb),
      )
    const lacking = NEEDED.flatMap(({ group, resource, verbs }) =>
      verbs.filter((verb) => !isGranted(group, resource, verb)).map((verb) => `${verb} ${group}/${resource}`),
    )
    assert.deepEqual(lacking, [])
  })

  it('is red for an account without rights, of its own or asked about', async (t) => {
    const nobody = connectToCluster({ kubeconfig: await plane.kubeconfigFor('nobody') }, systemClock)
    t.after(() => nobody.close())
    const own = await checkAccess(nobody.transport, { ...granted, repositories: [] }, 'own')
    assert.match(only(own, 'failed').sentence, /^lacks get pods, list pods, watch pods/)
    const account = { namespace, name: 'default' }
    const asked = await checkAccess(transport, { ...granted, repositories: [] }, account)
    assert.match(only(asked, 'failed').sentence, /^lacks get pods/)
  })

  it('is red for a namespace that is configured and not granted', async () => {
    const name = `reader-${namespace}`
    await bind('ClusterRoleBinding', name, name, NEEDED.map(rule))
    const asked = () => checkAccess(transport, granted, { namespace, name })
    const told = () => asked().then((findings) => findings.filter(({ level }) => level === 'failed'))
    let red = await told()
    while (red.length > 1) red = await told() // the authorizer's cache follows in milliseconds
    assert.match(red[0]?.sentence ?? '', new RegExp(`lacks patch deployments in ${namespace}`))
    assert.match(red[0]?.remedy ?? '', /aiops-operator-workloads/)
    await bind('RoleBinding', name, name, NEEDED_IN_GRANTED.map(rule))
    while ((await told()).length > 0);
    allOk(await asked())
  })

  it('warns of rights that nobody should have given', async () => {
    const findings = await checkAccess(transport, granted, 'own')
    assert.match(only(findings, 'warning').sentence, /get secrets/)
  })

  function rule({ group, resource, verbs }: (typeof NEEDED)[number]) {
    return { apiGroups: [group], resources: [resource], verbs }
  }

  async function bind(
    kind: 'ClusterRoleBinding' | 'RoleBinding',
    role: string,
    account: string,
    rules: object,
  ) {
    const roleName = kind === 'RoleBinding' ? `${role}-writer` : role
    const apiVersion = 'rbac.authorization.k8s.io/v1'
    const metadata = { name: roleName }
    await api.create({ apiVersion, kind: 'ClusterRole', metadata, rules } as Parameters<typeof api.create>[0])
    const within = kind === 'RoleBinding' ? { namespace } : {}
    await api.create({
      ...{ apiVersion, kind, metadata: { ...metadata, ...within } },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
    })
    after(async () => {
      await api.remove({ apiVersion, kind: 'ClusterRole', name: roleName })
      if (kind === 'ClusterRoleBinding') await api.remove({ apiVersion, kind, name: roleName })
    })
  }
})

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

describe('doctor on the CRDs', () => {
  const crds = join(ROOT, 'crds')

  /** The definitions that this version ships, changed. */
  async function shipping(t: TestContext, change: (text: string) => string): Promise<URL> {
    const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-crds-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    await cp(crds, folder, { recursive: true })
    const file = join(folder, 'aiops-operator.dev_remediations.yaml')
    await writeFile(file, change(await readFile(file, 'utf8')))
    return pathToFileURL(`${folder}/`)
  }

  it('is content with those of this version', async () => {
    allOk(await checkCrds(transport))
  })

  it('is red when the server has none of them', async () => {
    // What the same API server answers for a version that it has not.
    const other: Pick<ApiTransport, 'json'> = {
      json: (request) => transport.json({ ...request, path: request.path.replace('v1alpha1', 'v9') }),
    }
    assert.match(only(await checkCrds(other), 'failed').sentence, /no kinds of aiops-operator\.dev/)
  })

  it('is red when one of them is missing', async (t) => {
    const folder = await shipping(t, (text) => text.replace('kind: Remediation\n', 'kind: Prevention\n'))
    assert.match(only(await checkCrds(transport, folder), 'failed').sentence, /no kind Prevention/)
  })

  it('is red when a definition lacks a field that this version writes', async (t) => {
    const folder = await shipping(t, (text) =>
      text.replace(/^( +)targetRef:\n/m, '$1newField: { type: string }\n$&'),
    )
    assert.match(
      only(await checkCrds(transport, folder), 'failed').sentence,
      /^Remediation\.spec\.newField is missing/,
    )
  })
})

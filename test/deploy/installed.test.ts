import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { parse } from 'yaml'
import type { KubeApi } from '#src/cluster/kube-api.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { asJson, type KubeObject, member } from '#src/domain/kube-object.ts'
import { API_VERSION } from '#src/domain/remediation.ts'
import { newRemediation, REMEDIATION_KIND } from '#src/domain/remediation-wire.ts'
import { startOperator } from '#src/operator.ts'
import { NAMESPACE } from '../../deploy/render-base.ts'
import { aRemediation } from '../domain/a-remediation.ts'
import { installEngineKinds } from '../scenarios/engine-crds.ts'
import { BAD, deployment, GOOD } from '../scenarios/files.ts'
import { openScene, type Scene } from '../scenarios/scene.ts'
import { applyCrds } from '../servers/crds.ts'
import { type AuditedRequest, openInstallation } from './installation.ts'
import { UNUSED } from './unused-grants.ts'

const there = await openInstallation()
const admin = there.admin.api
const operator = there.operator.api

/** Two namespaces that are granted, in either mode, and one that is not. */
const MODES = { applied: 'apply', proposed: 'propose', other: undefined } as const

const APPLICATION = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: {
    name: 'shop',
    namespace: 'applied',
    annotations: { owner: 'team-shop' },
    finalizers: ['resources-finalizer.argocd.argoproj.io'],
  },
  spec: { source: { repoURL: 'https://git.example/shop.git', targetRevision: 'main' } },
}

function forbidden(sentence: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof OperatorError && error.code === 'ApiForbidden', String(error))
    assert.match(error.message, sentence)
    return true
  }
}

/** A guard, a grant or a cache of either takes effect within seconds of its writing. */
async function eventually<T>(look: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 60_000
  for (;;) {
    try {
      return await look()
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
  }
}

describe('helm install', () => {
  it('brings the operator to life under Pod Security restricted', async () => {
    await there.installOlder()
    await eventually(async () => {
      const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: NAMESPACE, name: 'aiops-operator' }
      const found = await admin.get(ref)
      assert.equal(member(member(found && asJson(found), 'status'), 'availableReplicas'), 1)
    })
  })

  it('upgrades the CRDs of an older chart', async () => {
    const ref = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: 'remediations.aiops-operator.dev',
    }
    assert.doesNotMatch(JSON.stringify(await admin.get(ref)), /"additionalPrinterColumns"/)
    await there.install()
    assert.match(JSON.stringify(await admin.get(ref)), /"additionalPrinterColumns"/)
  })
})

describe('with what the chart grants it, the operator', () => {
  let scene: Scene
  before(async () => {
    await applyCrds(there)
  })

  it('repairs a workload, and no request of it is refused', async (t) => {
    scene = await openScene(t, { forge: 'git', files: { 'web.yaml': deployment(GOOD) }, cluster: there })
    await there.install('--set', `grants.${scene.namespace}=apply`)
    await scene.rolledOut()
    const { config, logged } = scene
    const running = await startOperator({
      config: { ...config, kubeconfig: there.operatorKubeconfig },
      ...{ log: logged.log, env: process.env, recheckMs: 200 },
    })
    t.after(() => running.stop())
    await scene.commitAndApply({ 'web.yaml': deployment(BAD) }, 'Release 1.5.0')
    const { plan } = (await scene.inPhase('ReadyForReview')).state
    await scene.merge(plan.branch)
    await scene.recovered()
    const refused = (await there.audited()).filter(({ responseStatus }) => responseStatus?.code === 403)
    assert.deepEqual(refused, [])
  })

  it('uses every verb that it has, or a reason is written down', async () => {
    const used = new Set((await there.audited()).map(grantUsed))
    const granted = await grants()
    assert.ok(used.size > 10)
    assert.deepEqual(
      granted.filter((grant) => !used.has(grant) && !UNUSED.has(grant)),
      [],
      'granted, never used, and no reason in unused-grants.ts',
    )
    assert.deepEqual(
      [...UNUSED.keys()].filter((grant) => !granted.includes(grant)),
      [],
      'a reason for what is not granted',
    )
  })
})

function grantUsed({ verb, objectRef }: AuditedRequest): string {
  const { apiGroup = '', resource = '', subresource } = objectRef ?? {}
  return `${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`} ${verb}`
}

async function grants(): Promise<readonly string[]> {
  const manifests = await there.helm('get', 'manifest', 'aiops-operator')
  const roles = manifests
    .split(/^---$/m)
    .map((text) => parse(text))
    .filter((object) => object?.kind === 'ClusterRole' || object?.kind === 'Role')
  const rules: readonly Rule[] = roles.flatMap(({ rules }) => rules)
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`)),
    ),
  )
}

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

describe('the guards', () => {
  before(async () => {
    for (const name of Object.keys(MODES)) {
      await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      await admin.create(workload(name))
    }
    const grants = Object.entries(MODES).flatMap(([name, mode]) => (mode ? [`grants.${name}=${mode}`] : []))
    await there.install('--set', grants.join(','))
    await installEngineKinds(there.kubeconfig)
    await admin.create(APPLICATION)
    // What RBAC would already refuse shows nothing about a guard.
    await admin.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'too-much' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'aiops-operator', namespace: NAMESPACE }],
    })
    await eventually(() => operator.list('v1', 'Secret', { namespace: NAMESPACE }))
    await eventually(() => scaled(operator, 'applied', 3))
    await eventually(() => assert.rejects(scaled(operator, 'other', 3), forbidden(/only dry-run/)))
  })

  const draft = newRemediation({ ...aRemediation(), name: 'web-auto-fix' })
  const remediation = { ...draft, metadata: { name: 'web-auto-fix', namespace: 'applied' } }
  const ref = { apiVersion: API_VERSION, kind: REMEDIATION_KIND, ...remediation.metadata }

  describe('of approval', () => {
    const approved = { ...remediation, spec: { ...asObject(remediation, 'spec'), approved: true } }

    it('let nobody else create an approved Remediation, an administrator neither', async () => {
      await assert.rejects(admin.create(approved), forbidden(/only the operator sets spec\.approved/))
    })

    it('let nobody else approve, by any kind of write', async () => {
      await operator.create(remediation)
      const refused = forbidden(/only the operator sets spec\.approved/)
      await assert.rejects(admin.mergePatch(ref, { spec: { approved: true } }), refused)
      const patch = [{ op: 'replace', path: '/spec/approved', value: true }]
      await assert.rejects(admin.jsonPatch(ref, patch), refused)
      await assert.rejects(admin.apply(asJson(approved), { fieldManager: 'mallory', force: true }), refused)
    })

    it('let nobody else write a status', async () => {
      const status = { status: { phase: 'Approved' } }
      const refused = forbidden(/only the operator writes the status/)
      await assert.rejects(admin.mergePatch(ref, status, { subresource: 'status' }), refused)
    })

    it('let the operator approve and write the status', async () => {
      await operator.mergePatch(ref, { spec: { approved: true } })
      const status = { status: { phase: 'Approved' } }
      await operator.mergePatch(ref, status, { subresource: 'status' })
    })

    it('leave labels, taking back an approval and deletion to people', async () => {
      await admin.mergePatch(ref, { metadata: { labels: { seen: 'yes' } } })
      await admin.mergePatch(ref, { spec: { approved: false } })
      await admin.remove(ref)
    })
  })

  describe('of engines', () => {
    const { name, namespace } = APPLICATION.metadata
    const application = { apiVersion: APPLICATION.apiVersion, kind: APPLICATION.kind, name, namespace }

    it('let the operator ask an engine to look', async () => {
      const annotations = { 'argocd.argoproj.io/refresh': 'normal' }
      await operator.mergePatch(application, { metadata: { annotations } })
    })

    for (const [what, patch] of Object.entries({
      'another source': { spec: { source: { repoURL: 'https://evil.example/x.git' } } },
      'a sync of its own': { operation: { sync: { revision: 'main' } } },
      'a status': { status: { sync: { status: 'Synced' } } },
      'another annotation': {
        metadata: { annotations: { 'argocd.argoproj.io/sync-options': 'Force=true' } },
      },
      'one annotation less': { metadata: { annotations: { owner: null } } },
      'another label': { metadata: { labels: { team: 'evil' } } },
      'a finalizer less': { metadata: { finalizers: [] } },
    })) {
      it(`refuse the operator ${what}`, async () => {
        await assert.rejects(operator.mergePatch(application, patch), forbidden(/the operator changes no/))
      })
    }

    it('let the operator neither make nor delete one', async () => {
      const refused = forbidden(/neither makes nor deletes/)
      const another = { ...APPLICATION, metadata: { name: 'another', namespace } }
      await assert.rejects(operator.create(another), refused)
      await assert.rejects(operator.remove(application), refused)
    })

    it('leave everybody else alone', async () => {
      await admin.mergePatch(application, { spec: { source: { targetRevision: 'v2' } } })
    })
  })

  describe('of workloads', () => {
    it('let the operator write where apply is granted', async () => {
      await scaled(operator, 'applied', 4)
    })

    it('let the operator dry-run where propose is granted, and no more', async () => {
      await scaled(operator, 'proposed', 4, true)
      await assert.rejects(scaled(operator, 'proposed', 4), forbidden(/only dry-run/))
    })

    it('let the operator write nowhere else, whatever RBAC says', async () => {
      await assert.rejects(scaled(operator, 'other', 4), forbidden(/only dry-run/))
    })

    it('let the operator neither make nor delete a workload, nor write its status', async () => {
      const refused = forbidden(/neither makes nor deletes/)
      await assert.rejects(operator.create(workload('applied', 'second')), refused)
      const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'applied', name: 'web' }
      await assert.rejects(operator.remove(web), refused)
      const status = { status: { collisionCount: 7 } }
      await assert.rejects(operator.mergePatch(web, status, { subresource: 'status' }), refused)
    })

    it('leave everybody else alone', async () => {
      await scaled(admin, 'other', 2)
    })
  })
})

describe('helm uninstall', () => {
  it('takes guards and grants away, and leaves workloads, Remediations and their kinds as they are', async () => {
    const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'applied', name: 'web' }
    const kept = { ...newRemediation(aRemediation()), metadata: { name: 'kept', namespace: 'applied' } }
    await admin.create(kept)
    const before = await admin.get(target)
    await there.helm('uninstall', 'aiops-operator')
    assert.equal((await admin.get(target))?.metadata.uid, before?.metadata.uid)
    assert.deepEqual(asObject(await admin.get(target), 'spec'), asObject(before, 'spec'))
    const ref = { apiVersion: API_VERSION, kind: REMEDIATION_KIND, name: 'kept', namespace: 'applied' }
    assert.notEqual(await admin.get(ref), undefined)
    const left = await Promise.all(
      ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'].map((kind) =>
        admin.list('admissionregistration.k8s.io/v1', kind),
      ),
    )
    assert.deepEqual(left.flat(), [])
    const bound = await admin.list('rbac.authorization.k8s.io/v1', 'RoleBinding', { namespace: 'applied' })
    assert.deepEqual(bound, [])
  })

  it('can be followed by another install, over the kinds that were kept', async () => {
    await there.install()
  })
})

function workload(namespace: string, name = 'web'): KubeObject {
  const manifest: KubeObject = parse(deployment(GOOD))
  return { ...manifest, metadata: { ...manifest.metadata, namespace, name } }
}

function scaled(api: KubeApi, namespace: string, replicas: number, dryRun = false): Promise<KubeObject> {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' }
  return api.mergePatch(ref, { spec: { replicas } }, { dryRun })
}

function asObject(object: KubeObject | undefined, field: string): object {
  return Object(member(object && asJson(object), field))
}

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { OperatorError } from '#src/domain/errors.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { testCluster } from '../cluster/test-cluster.ts'
import { type PolicyFolder, policyFolders } from './policy-folders.ts'

const { api, namespace: run } = await testCluster('policies')
const ADMISSION = 'admissionregistration.k8s.io/v1'
const KINDS = ['ValidatingAdmissionPolicyBinding', 'ValidatingAdmissionPolicy']

/**
 * Kyverno's ValidatingPolicy is a superset of Kubernetes' own: what a policy says of pods the API server can say itself.
 * test/e2e/kyverno.e2e.ts asks Kyverno, for pods and for what makes them.
 */
for (const folder of await policyFolders()) {
  describe(`the API server, told ${folder.name},`, () => {
    const name = `${run}-${folder.name}`

    before(async () => {
      await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      for (const account of ['default', 'web']) await ensureAccount(name, account)
      const { validationActions: _, ...spec } = folder.policy.spec
      await api.create({ apiVersion: ADMISSION, kind: 'ValidatingAdmissionPolicy', metadata: { name }, spec })
      await api.create({
        apiVersion: ADMISSION,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name },
        spec: {
          policyName: name,
          validationActions: ['Deny'],
          matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } },
        },
      })
      const [bad] = podsOf(folder, 'fail')
      assert.ok(bad)
      // A policy takes effect a moment after it was written.
      while ((await refusal(bad, name)) === undefined);
    })

    after(async () => {
      for (const kind of KINDS) await api.remove({ apiVersion: ADMISSION, kind, name })
      await api.remove({ apiVersion: 'v1', kind: 'Namespace', name })
    })

    it('takes what passes', async () => {
      for (const pod of podsOf(folder, 'pass')) assert.equal(await refusal(pod, name), undefined)
    })

    it("refuses what fails, in the policy's own words", async () => {
      const words = folder.policy.spec.validations.map(({ message }) => message)
      for (const pod of podsOf(folder, 'fail')) {
        const told = await refusal(pod, name)
        assert.ok(
          words.some((message) => told?.endsWith(`denied request: ${message}`)),
          `${pod.metadata.name}: ${told}`,
        )
      }
    })
  })
}

async function ensureAccount(namespace: string, name: string): Promise<void> {
  await api
    .create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } })
    .catch((error) => {
      if (!(error instanceof OperatorError && error.code === 'ApiConflict')) throw error
    })
}

/** What the API server says against a pod in a dry-run. */
async function refusal(pod: KubeObject, namespace: string): Promise<string | undefined> {
  try {
    await api.create({ ...pod, metadata: { ...pod.metadata, namespace } }, { dryRun: true })
    return undefined
  } catch (error) {
    if (error instanceof OperatorError) return error.message
    throw error
  }
}

function podsOf({ expected, resources }: PolicyFolder, result: 'pass' | 'fail'): readonly KubeObject[] {
  const names = expected.flatMap((each) =>
    each.kind === 'Pod' && each.result === result ? each.resources : [],
  )
  return resources.filter(({ kind, metadata }) => kind === 'Pod' && names.includes(metadata.name))
}

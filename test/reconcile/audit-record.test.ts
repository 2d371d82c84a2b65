import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditRecords } from '#src/reconcile/audit-record.ts'
import { aRemediation } from '../domain/a-remediation.ts'
import { APPROVAL, PLAN, PULL_REQUEST, STATES } from '../domain/remediation-stages.ts'

const at = (state: keyof typeof STATES) => aRemediation({ state: STATES[state] })
const kinds = (from: keyof typeof STATES, to: keyof typeof STATES) =>
  auditRecords(at(from), at(to)).map(({ audit }) => audit)

test('an approval is recorded once, with who merged what and the digest of what it renders', () => {
  const [record] = auditRecords(at('waiting'), at('approved'))
  assert.equal(record?.audit, 'approved')
  assert.deepEqual(record?.fields, {
    ...{ incident: 'u-1', remediation: 'shop/web-auto-fix', target: 'Deployment shop/web' },
    ...{ repository: 'infra', fixKey: PLAN.fixKey, pullRequest: PULL_REQUEST.url },
    ...{ openedWith: PULL_REQUEST.headSha, proposedBy: 'image-rollback' },
    ...{ mergeCommit: APPROVAL.mergeCommit, renderedDigest: APPROVAL.renderedDigest },
    ...{ mergedBy: 'robin', repositoryId: 'r-1' },
  })
  assert.deepEqual(kinds('approved', 'approved'), [])
})

test('an apply is recorded with what was written by whom, and not again when the symptom is gone', () => {
  const [record] = auditRecords(at('approved'), at('applied'))
  assert.equal(record?.audit, 'applied')
  assert.equal(record?.fields['fields'], 'set spec.template.spec.containers[name=web].image')
  assert.equal(record?.fields['by'], 'aiops-operator')
  assert.equal(record?.fields['mergeCommit'], APPROVAL.mergeCommit)
  assert.deepEqual(kinds('applied', 'recovered'), [])
})

test('the end of what was approved is recorded, the end of what never was is not', () => {
  assert.deepEqual(kinds('applied', 'notRecovered'), ['ended'])
  assert.deepEqual(kinds('waiting', 'rejected'), [])
  assert.deepEqual(kinds('notRecovered', 'notRecovered'), [])
})

test('an approval that is found together with its apply, after a crash, is recorded as both', () => {
  assert.deepEqual(kinds('waiting', 'applied'), ['approved', 'applied'])
})

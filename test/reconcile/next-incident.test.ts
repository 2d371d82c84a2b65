import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fault } from '#src/domain/fault.ts'
import type { Remediation, RemediationState } from '#src/domain/remediation.ts'
import { nextIncident } from '#src/reconcile/next-incident.ts'

const NOW = 1_000_000
const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }
const fault: Fault = {
  key: 'k1',
  reason: 'ErrImagePull',
  family: 'image',
  role: 'main',
  container: 'web',
  field: 'f',
  message: '',
}

function known(name: string, state: RemediationState, over: Partial<Fault> = {}, of = target): Remediation {
  return {
    name,
    namespace: 'shop',
    uid: name,
    resourceVersion: '1',
    target: of,
    fault: { ...fault, ...over },
    evidence: {},
    approved: false,
    attempt: 1,
    timeline: { detected: 0 },
    state,
  }
}
const ended = { ended: {} }
const rejected: RemediationState = { phase: 'Rejected', reason: 'ClosedUnmerged', message: '', ...ended }
const resolved: RemediationState = { phase: 'Resolved', reason: 'Healed', message: '', ...ended }
const failed: RemediationState = { phase: 'Failed', reason: 'NoGroundedFix', message: '', ...ended }

const table: Readonly<Record<string, readonly [readonly Remediation[], string]>> = {
  'the first fault of a workload opens <workload>-auto-fix': [[], 'new web-auto-fix'],
  'forty pods with one fault are one incident': [
    [known('web-auto-fix', { phase: 'Diagnosing' })],
    'open web-auto-fix',
  ],
  'while a fix rolls out the key changes and the incident stays one': [
    [known('web-auto-fix', { phase: 'Diagnosing' }, { key: 'other' })],
    'open web-auto-fix',
  ],
  'another container has an incident of its own': [
    [known('web-auto-fix', { phase: 'Diagnosing' }, { container: 'proxy' })],
    'new web-auto-fix-',
  ],
  'a fix that a person closed is snoozed while the key stays': [
    [known('web-auto-fix', rejected)],
    'snoozed web-auto-fix',
  ],
  'what failed once is not tried again for the same key': [
    [known('web-auto-fix', failed)],
    'snoozed web-auto-fix',
  ],
  'a snooze ends when the key changes': [
    [known('web-auto-fix', rejected, { key: 'old' })],
    'new web-auto-fix-',
  ],
  'a fault that healed and came back is a new incident': [
    [known('web-auto-fix', resolved)],
    'new web-auto-fix-',
  ],
  'another workload of that name and kind elsewhere is no obstacle': [
    [known('db-auto-fix', { phase: 'Diagnosing' }, {}, { ...target, name: 'db' })],
    'new web-auto-fix',
  ],
}

for (const [claim, [existing, expected]] of Object.entries(table)) {
  test(claim, () => {
    const { kind, name } = nextIncident(target, fault, existing, NOW)
    if (expected.endsWith('-')) assert.match(`${kind} ${name}`, new RegExp(`^${expected}[0-9a-f]{5}$`))
    else assert.equal(`${kind} ${name}`, expected)
  })
}

test('a third incident of one key still finds a name, and the same one each time', () => {
  const first = nextIncident(target, fault, [known('web-auto-fix', resolved)], NOW)
  const existing = [known('web-auto-fix', resolved), known(first.name, resolved)]
  const second = nextIncident(target, fault, existing, NOW)
  assert.equal(second.name, `${first.name}-2`)
  assert.deepEqual(nextIncident(target, fault, existing, NOW), second)
})

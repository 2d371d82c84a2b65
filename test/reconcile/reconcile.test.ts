import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OperatorError } from '#src/domain/errors.ts'
import type { Remediation } from '#src/domain/remediation.ts'
import { reconcile } from '#src/reconcile/reconcile.ts'
import type { World } from '#src/reconcile/world.ts'
import { recordingLog } from '../forge/recording-log.ts'
import { VirtualClock } from '../runtime/virtual-clock.ts'

const remediation: Remediation = {
  name: 'web-auto-fix',
  namespace: 'shop',
  uid: 'u',
  resourceVersion: '1',
  target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  fault: {
    key: 'k',
    reason: 'ErrImagePull',
    family: 'image',
    role: 'main',
    container: 'web',
    field: 'f',
    message: '',
  },
  evidence: {},
  approved: false,
  attempt: 1,
  timeline: { detected: 0 },
  state: { phase: 'Diagnosing' },
}

test('an error whose words differ every time is reported once: each report wakes the key up again', async () => {
  let stored = remediation
  let tries = 0
  const snapshot = () => {
    tries += 1
    throw new OperatorError('ForgeRateLimited', `wait for ${tries} s`)
  }
  const remediations = {
    read: async () => stored,
    write: async (_: Remediation, next: Remediation) => {
      stored = { ...next, resourceVersion: String(Number(stored.resourceVersion) + 1) }
      return stored
    },
  }
  const world = {
    clock: new VirtualClock(),
    log: recordingLog().log,
    remediations,
    cluster: { snapshot },
    patience: { poll: 1, recheck: 1, recovery: 1 },
  } as unknown as World
  for (let look = 0; look < 3; look++) {
    await assert.rejects(reconcile(world, 'shop', 'web-auto-fix'), { code: 'ForgeRateLimited' })
  }
  assert.deepEqual(stored.problem, { code: 'ForgeRateLimited', message: 'wait for 1 s' })
  assert.equal(stored.resourceVersion, '2')
})

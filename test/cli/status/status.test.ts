import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { parse } from 'yaml'
import { ageOf, type StatusRow } from '#src/cli/status/rows.ts'
import { RemediationStore } from '#src/cluster/remediation-store.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { testCluster } from '../../cluster/test-cluster.ts'
import { aRemediation } from '../../domain/a-remediation.ts'
import { runHere } from '../edit/edit-command.ts'

const { api, namespace, kubeconfig } = await testCluster('status')
const store = new RemediationStore(api, systemClock)
const DETECTED = Date.UTC(2026, 10, 1)

async function listed(...args: readonly string[]) {
  const { code, stdout, stderr } = await runHere(['status', '--kubeconfig', kubeconfig, ...args])
  assert.equal(code, 0, stderr)
  return stdout
}

describe('status', () => {
  before(async () => {
    for (const name of ['web', 'api']) {
      const { fault, target } = aRemediation()
      const draft = { name: `${name}-auto-fix`, target: { ...target, namespace, name }, fault, evidence: {} }
      const created = await store.create({ ...draft, detected: DETECTED })
      if (name === 'web') continue
      const end = { phase: 'Failed', reason: 'NoGroundedFix', message: 'nothing\nhelps', ended: {} } as const
      await store.write(created, { ...created, state: end })
    }
  })
  after(() => api.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespace }))

  it('lists Remediations with stage, age and why they ended, the latest change first', async () => {
    const [header, first, second] = (await listed('-n', namespace)).split('\n')
    assert.match(header ?? '', /^NAMESPACE +NAME +TARGET +FAULT +STAGE +FOR +AGE +PULL REQUEST +WHY$/)
    assert.match(
      first ?? '',
      /api-auto-fix +Deployment\/api +ErrImagePull +Failed +\d+s +.*NoGroundedFix: nothing$/,
    )
    assert.match(second ?? '', /web-auto-fix +Deployment\/web +ErrImagePull +Diagnosing +\d+d +\d+d +-$/)
  })

  it('prints the same facts as JSON and as YAML', async () => {
    const rows: readonly StatusRow[] = JSON.parse(await listed('-n', namespace, '-o', 'json'))
    assert.deepEqual(
      rows.map(({ name, stage, detected }) => [name, stage, detected]),
      [
        ['api-auto-fix', 'Failed', '2026-11-01T00:00:00Z'],
        ['web-auto-fix', 'Diagnosing', '2026-11-01T00:00:00Z'],
      ],
    )
    assert.deepEqual(parse(await listed('-n', namespace, '-o', 'yaml')), rows)
  })

  it('leaves out with --open what has ended', async () => {
    const rows: readonly StatusRow[] = JSON.parse(await listed('--open', '-n', namespace, '-o', 'json'))
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['web-auto-fix'],
    )
  })

  it('lists every namespace when none is named', async () => {
    const rows: readonly StatusRow[] = JSON.parse(await listed('-o', 'json'))
    assert.equal(rows.filter((row) => row.namespace === namespace).length, 2)
  })

  it('says when there is nothing, and ends with 1 when the cluster cannot be asked', async () => {
    assert.equal(await listed('-n', 'default'), 'No Remediations.\n')
    const { code, stderr } = await runHere(['status', '--kubeconfig', '/does/not/exist'])
    assert.equal(code, 2, 'a kubeconfig that cannot be read is a configuration that is wrong')
    assert.match(stderr, /^ConfigInvalid: /)
  })
})

it('an age has one unit, the largest that still says something', () => {
  const ages = [0, 119, 120, 7199, 7200, 172_799, 172_800].map((seconds) =>
    ageOf('2026-11-01T00:00:00Z', DETECTED + seconds * 1000),
  )
  assert.deepEqual(ages, ['0s', '119s', '2m', '119m', '2h', '47h', '2d'])
})

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { imagesFrom } from './images.ts'
import { breakAndRepair, openRealScene, runningImages } from './real-scene.ts'
import { webDeployment } from './workload.ts'

const { good, crashing, run, crash } = imagesFrom(process.env)
const CONTAINER = 'spec.template.spec.containers[name=web]'

test('a release that really crashes is rolled back to what still runs, through a pull request', async (t) => {
  const healthy = webDeployment({ image: good, behaviour: run })
  const scene = await openRealScene(t, { 'web.yaml': healthy })
  const { plan, done } = await breakAndRepair(t, scene, {
    'web.yaml': webDeployment({ image: crashing, behaviour: run }),
  })

  assert.match(done.fault.reason, /^(CrashLoopBackOff|RunContainerError)$/)
  assert.deepEqual(plan.proposal.changes, [{ op: 'set', field: `${CONTAINER}.image`, value: good }])
  assert.deepEqual(await runningImages(scene), [good])
})

test('a command that really crashes is taken back through a pull request; its log is evidence, its secrets are not', async (t) => {
  const canaries = [`ghp_${randomBytes(18).toString('hex')}`, randomBytes(12).toString('hex')]
  const crashMessage = `cannot log in to the database: token=${canaries[0]} password=${canaries[1]}`
  const healthy = webDeployment({ image: good, behaviour: run, crashMessage })
  const scene = await openRealScene(t, { 'web.yaml': healthy })
  const { plan, done } = await breakAndRepair(t, scene, {
    'web.yaml': webDeployment({ image: good, behaviour: crash, crashMessage }),
  })

  assert.equal(done.fault.reason, 'CrashLoopBackOff')
  assert.deepEqual(
    plan.proposal.changes.map(({ field }) => field),
    Object.keys({ ...run, ...crash }).map((field) => `${CONTAINER}.${field}`),
  )
  assert.equal(await scene.file('web.yaml'), healthy.trimEnd())
  assert.deepEqual(await runningImages(scene), [good])

  await t.test('the evidence holds what the container that crashed wrote', () => {
    assert.match(crashLog(done.evidence), /FATAL: cannot log in to the database/)
  })
  const said = {
    'the Remediation': await scene.kubectl('get', 'remediations', '-o', 'yaml', '--show-managed-fields'),
    'the commits': await scene.developer.git('log', '--all', '--format=fuller', '--author=aiops-operator'),
    'the log of the operator': scene.logged.lines.join('\n'),
    'the metrics': await (await fetch(`http://127.0.0.1:${scene.httpPort}/metrics`)).text(),
  }
  for (const [where, text] of Object.entries(said)) {
    await t.test(`no secret that the container wrote is in ${where}`, () => {
      assert.match(text, /aiops|remediation/i, 'there is something to look at')
      for (const canary of canaries) assert.ok(!text.includes(canary), text)
    })
  }
})

/** A fault that is seen right after a crash has it in the current log: nothing has started since. */
function crashLog(evidence: Readonly<Record<string, unknown>>): string {
  const { logs } = evidence as { readonly logs?: { readonly current?: string; readonly previous?: string } }
  return [logs?.previous, logs?.current].join('\n')
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldChange } from '#src/domain/change.ts'
import { imagesFrom } from './images.ts'
import { openRealScene } from './real-scene.ts'
import { stopwatch } from './stopwatch.ts'
import { webDeployment } from './workload.ts'

const { good, missing, run, crash } = imagesFrom(process.env)
/** A model on a busy processor, asked again after what a gate refused. Milliseconds. */
const PATIENCE = 840_000
const CONTAINER = 'spec.template.spec.containers[name=web]'

const web = (image: string, behaviour = run) => webDeployment({ image, behaviour })
const faults = {
  'an image that cannot be pulled': {
    broken: web(missing),
    fix: [{ op: 'set', field: `${CONTAINER}.image`, value: good }],
  },
  'a command that crashes': {
    broken: web(good, crash),
    fix: Object.keys({ ...run, ...crash }).map((field) => ({
      field: `${CONTAINER}.${field}`,
      ...(field in run ? { op: 'set', value: run[field as keyof typeof run] } : { op: 'remove' }),
    })),
  },
} as const satisfies Record<string, { broken: string; fix: readonly unknown[] }>

for (const [fault, { broken, fix }] of Object.entries(faults)) {
  test(`with a real small model alone, nothing but the grounded fix is proposed: ${fault}`, async (t) => {
    const scene = await openRealScene(
      t,
      { 'web.yaml': web(good) },
      {
        proposers: ['ollama'],
        ollama: {
          url: process.env['OLLAMA_URL'],
          model: process.env['OLLAMA_MODEL'],
          timeout: '10m',
          contextTokens: 4096,
        },
      },
      PATIENCE,
    )
    await scene.rolledOut()
    await scene.start()
    const watch = stopwatch()
    await scene.commitAndApply({ 'web.yaml': broken }, 'A release that breaks')
    watch.stage('broken release applied')
    const { state, problem } = await scene.remediation(
      'answer of the model',
      (each) => each.state.phase === 'ReadyForReview' || 'ended' in each.state,
    )
    watch.stage('model answered and gates judged')
    const outcome = 'ended' in state ? `${state.phase} ${state.reason}: ${state.message}` : state.phase
    t.diagnostic(`${outcome} · ${watch.told()}`)

    const metrics = await (await fetch(`http://127.0.0.1:${scene.httpPort}/metrics`)).text()
    const answered =
      /^remediation_llm_latency_seconds_count\{provider="ollama",outcome="answered"\} (\d+)$/m.exec(metrics)
    assert.ok(
      Number(answered?.[1]) >= 1,
      `at least one structured answer was parsed: ${problem?.message ?? metrics}`,
    )
    if (state.phase === 'ReadyForReview') {
      const proposed: readonly FieldChange[] = state.plan.proposal.changes
      assert.deepEqual(sorted(proposed), sorted(fix))
      assert.equal(state.plan.proposal.proposer, 'ollama')
    } else {
      assert.ok(state.phase === 'Failed', outcome)
      assert.match(state.reason, /^(NoGroundedFix|GateRefused)$/)
      assert.deepEqual(await scene.branches(), [])
    }
    assert.equal(
      await scene.file('web.yaml'),
      broken.trimEnd(),
      'the base branch is as the developer left it',
    )
  })
}

function sorted(changes: readonly unknown[]): readonly string[] {
  return changes.map((change) => JSON.stringify(change, Object.keys(change as object).sort())).sort()
}

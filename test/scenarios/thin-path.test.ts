import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { isArray, isObject, type JsonObject } from '#src/domain/json.ts'
import { asJson } from '#src/domain/kube-object.ts'
import { BAD, deployment, GOOD } from './files.ts'
import { openScene } from './scene.ts'

for (const forge of ['git', 'gitea'] as const) {
  test(`on ${forge}, a broken image becomes a pull request, and merging it repairs the workload`, async (t) => {
    const scene = await openScene(t, { forge, files: { 'web.yaml': deployment(GOOD) } })
    await scene.rolledOut()
    await scene.start()
    const broken = deployment(BAD)
    await scene.commitAndApply({ 'web.yaml': broken }, 'Release 1.5.0')

    const review = await scene.inPhase('ReadyForReview')
    assert.equal(review.name, 'web-auto-fix')
    assert.equal(review.approved, false)
    const [latest, before] = historyIn(review.evidence)
    assert.deepEqual(
      [latest?.['subject'], latest?.['author'], before?.['subject']],
      ['Release 1.5.0', 'Dana Developer', 'Start'],
    )
    const { plan } = review.state
    assert.deepEqual(plan.proposal.changes, [
      { op: 'set', field: 'spec.template.spec.containers[name=web].image', value: GOOD },
    ])
    assert.equal(await scene.file('web.yaml', `origin/${plan.branch}`), deployment(GOOD).trimEnd())
    assert.equal(imageOf(await scene.workload()), BAD, 'nothing is applied before the merge')

    await scene.merge(plan.branch)
    const done = await scene.recovered()
    assert.equal(done.approved, true)
    assert.equal(imageOf(await scene.workload()), GOOD)
    const { timeline } = done
    const order = [
      timeline.detected,
      timeline.proposed,
      timeline.opened,
      timeline.approved,
      timeline.applied,
      timeline.recovered,
    ]
    assert.deepEqual(
      order,
      order.toSorted((a, b) => (a ?? 0) - (b ?? 0)),
    )
    assert.equal((await scene.store.list(scene.namespace)).length, 1)
  })
}

function historyIn(evidence: JsonObject): readonly JsonObject[] {
  const history = evidence['gitHistory']
  return isArray(history) ? history.filter(isObject) : []
}

function imageOf(workload: Parameters<typeof asJson>[0]): unknown {
  return valueAt(asJson(workload), parseFieldPath('spec.template.spec.containers[name=web].image'))
}

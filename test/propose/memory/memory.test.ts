import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FieldChange } from '#src/domain/change.ts'
import { refusals } from '#src/domain/proposal.ts'
import type { Plan, Remediation, RemediationState } from '#src/domain/remediation.ts'
import { checkProposal } from '#src/propose/gates/run-gates.ts'
import { faultShape } from '#src/propose/memory/fault-shape.ts'
import { memoryProposer } from '#src/propose/memory/memory-proposer.ts'
import { memoryVerdicts } from '#src/propose/memory/rejected.ts'
import { rememberedOf } from '#src/propose/memory/remembered.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { aRemediation } from '../../domain/a-remediation.ts'
import { AT, BAD, deployment, GOOD, history, incident, podSpec, WEB } from '../incidents.ts'

const OLDER = `${WEB}:0.9`
const image = (value: string, at = AT): FieldChange => ({ op: 'set', field: `${at}.image`, value })

const faulty = incident({
  reason: 'ErrImagePull',
  git: history(podSpec({ image: BAD }), podSpec({ image: GOOD }), podSpec({ image: OLDER })),
})

const planOf = (changes: readonly FieldChange[], faultShapeOf: Incident = faulty): Plan => ({
  source: { repository: 'a', url: 'u', baseBranch: 'main', revision: 'r', root: '.', files: ['web.yaml'] },
  proposal: { proposer: 'playbook/image', summary: 's', rootCause: 'r', risk: 'r', grounds: [], changes },
  ...{ edits: [], diff: '', verdicts: [], patch: {}, fixKey: 'f', branch: 'b' },
  faultShape: faultShape(faultShapeOf),
})

const pullRequest = { id: '1', repositoryId: 'r', url: 'u', branch: 'b', headSha: 'h' }
const approval = {
  repositoryId: 'r',
  pullRequest: '1',
  mergeCommit: 'c',
  mergedBy: 'Dana',
  renderedDigest: 'd',
}
const applied = (changes: readonly FieldChange[]) =>
  ({ result: 'configured', by: 'aiops-operator', changes, generation: 2 }) as const

/** Proposed, merged as it says and gone. */
const recovered = (plan: Plan, merged = plan.proposal.changes): RemediationState => ({
  phase: 'Applied',
  ...{ plan, pullRequest, approval, applied: applied(merged), recovered: true },
})
const rejected = (plan: Plan): RemediationState => ({
  phase: 'Rejected',
  ...{ reason: 'ClosedUnmerged', message: '', ended: { plan, pullRequest } },
})

const past = (state: RemediationState, about: Partial<Remediation> = {}) =>
  aRemediation({ state, fault: { ...faulty.fault, ...about.fault }, ...about })

const remembering = (...remediations: readonly Remediation[]): Incident => ({
  ...faulty,
  remembered: rememberedOf(remediations),
})

const proposed = async (given: Incident, rounds = 0) => {
  const refused = Array.from({ length: rounds }, () => ({ proposal: planOf([]).proposal, verdicts: [] }))
  const answer = await memoryProposer.propose(given, refused)
  return answer.kind === 'proposal' ? answer.proposal : undefined
}

describe('the same fault gets the fix that people merged for it', () => {
  it('as it was proposed, through all gates', async () => {
    const given = remembering(past(recovered(planOf([image(GOOD)]))))
    const proposal = await proposed(given)
    assert.deepEqual(proposal?.changes, [image(GOOD)])
    assert.match(proposal?.grounds[0]?.evidence ?? '', /merged by people.*Remediation web-auto-fix/)
    assert.deepEqual(proposal && refusals(checkProposal(given, proposal)), [])
  })

  it('as people had edited it', async () => {
    const given = remembering(past(recovered(planOf([image(GOOD)]), [image(OLDER)])))
    const proposal = await proposed(given)
    assert.deepEqual(proposal?.changes, [image(OLDER)])
    assert.match(proposal?.grounds[0]?.evidence ?? '', /edited and merged/)
    assert.deepEqual(given.remembered?.[0]?.answer, 'edited')
  })

  it('the newest of several first, then the next after a refusal, then none', async () => {
    const at = (day: number) => ({ timeline: { detected: Date.UTC(2026, 0, day) } })
    const given = remembering(
      past(recovered(planOf([image(OLDER)])), at(1)),
      past(recovered(planOf([image(GOOD)])), at(2)),
    )
    assert.deepEqual((await proposed(given))?.changes, [image(GOOD)])
    assert.deepEqual((await proposed(given, 1))?.changes, [image(OLDER)])
    assert.equal(await proposed(given, 2), undefined)
  })

  it('in another workload and container of the namespace', async () => {
    const api = 'spec.template.spec.containers[name=api]'
    const target = { ...faulty.target, name: 'api' }
    const before = past(recovered(planOf([image(GOOD, api)])), {
      target,
      fault: { ...faulty.fault, key: 'other', container: 'api' },
    })
    assert.deepEqual((await proposed(remembering(before)))?.changes, [image(GOOD)])
  })

  it('but not for another shape: another bad image, another family, another kind of object', async () => {
    const others: readonly Incident[] = [
      incident({ reason: 'ErrImagePull', git: history(podSpec({ image: `${WEB}:8.8` })) }),
      incident({ reason: 'CrashLoopBackOff', git: history(podSpec({ image: BAD })) }),
      { ...faulty, target: { ...faulty.target, kind: 'StatefulSet' } },
    ]
    for (const other of others) {
      const given = remembering(past(recovered(planOf([image(GOOD)], other))))
      assert.equal(await proposed(given), undefined)
    }
  })

  it('and not where Git has it already, nor where nothing helped yet', async () => {
    assert.equal(await proposed(remembering(past(recovered(planOf([image(BAD)]))))), undefined)
    const notYet = { ...recovered(planOf([image(GOOD)])), recovered: false } as RemediationState
    assert.equal(await proposed(remembering(past(notYet))), undefined)
    assert.equal(await proposed(faulty), undefined)
  })

  it('a planted memory grounds nothing', async () => {
    const given = remembering(past(recovered(planOf([image('evil.example/web:1')]))))
    const proposal = (await proposed(given)) ?? assert.fail()
    const gates = refusals(checkProposal(given, proposal)).map(({ gate }) => gate)
    assert.deepEqual(gates, ['grounding'])
  })

  it('what is missing has one shape, whatever uses it', () => {
    const missing = (name: string, container: string) =>
      incident({
        reason: 'CreateContainerConfigError',
        message: `configmap "${name}" not found`,
        git: history({ containers: [{ name: 'web', image: container }] }),
      })
    assert.equal(faultShape(missing('confg', 'a')), faultShape(missing('confg', 'b')))
    assert.notEqual(faultShape(missing('confg', 'a')), faultShape(missing('cnfig', 'a')))
  })

  it('a fault of a whole object has the shape of the fields at fault', () => {
    const service = (port: number, other: number): Incident => ({
      ...faulty,
      target: { ...faulty.target, apiVersion: 'v1', kind: 'Service' },
      fault: { ...faulty.fault, container: '', field: '', family: 'service' },
      fields: ['spec.port'],
      rendered: { ...deployment(podSpec()), spec: { port, other } },
    })
    assert.equal(faultShape(service(80, 1)), faultShape(service(80, 2)))
    assert.notEqual(faultShape(service(80, 1)), faultShape(service(81, 1)))
  })
})

describe('what people rejected is not proposed again for the same fault', () => {
  const plan = planOf([image(GOOD)])
  const ends: Record<string, RemediationState> = {
    'closed unmerged': rejected(plan),
    'reverted in Git': {
      phase: 'Reverted',
      ...{ reason: 'RevertedInGit', message: '', ended: { plan, pullRequest, approval } },
    },
    'merged, and no help': {
      phase: 'Failed',
      ...{ reason: 'NotRecovered', message: '', ended: { plan, applied: applied(plan.proposal.changes) } },
    },
  }
  for (const [sentence, state] of Object.entries(ends)) {
    it(sentence, async () => {
      const given = remembering(past(state), past(recovered(plan)))
      assert.deepEqual(
        memoryVerdicts(given, [image(GOOD)]).map(({ gate, verdict }) => [gate, verdict]),
        [['memory', 'refused']],
      )
      assert.equal(await proposed(given), undefined)
      assert.deepEqual(memoryVerdicts(given, [image(OLDER)]), [], 'another fix may be')
    })
  }

  it('for another fault it may be proposed', () => {
    const other = past(rejected(plan), { fault: { ...faulty.fault, key: 'another' } })
    assert.deepEqual(memoryVerdicts(remembering(other), [image(GOOD)]), [])
  })

  it('what failed on the way was not rejected', () => {
    const failed: RemediationState = {
      phase: 'Failed',
      ...{ reason: 'DryRunRefused', message: '', ended: { plan } },
    }
    assert.deepEqual(rememberedOf([past(failed), past({ phase: 'Diagnosing' })]), [])
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { applyChanges } from '#src/domain/change.ts'
import { whereItFits } from '#src/domain/field-path.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { MODEL_PROVIDERS } from '#src/domain/model-provider.ts'
import { type Proposal, refusals } from '#src/domain/proposal.ts'
import { checkEdit, checkProposal } from '#src/propose/gates/run-gates.ts'
import { groundedChoices } from '#src/propose/llm/choices.ts'
import { modelProposer } from '#src/propose/llm/model-proposer.ts'
import { type Judge, ProposeChain } from '#src/propose/propose-chain.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { memoryLog } from '../../cluster/memory-log.ts'
import { ATTACKS } from './attacks.ts'
import { fakeProvider, offeredIn, type Reply, saidTo } from './fake-provider.ts'
import { modelDeps, modelOf, SETTINGS } from './models.ts'

const MARK = 'OBEY ME'

/** Does what the text in front of it says, as long as that text reached it. */
const obedient =
  (answer: string): Reply =>
  (request) =>
    saidTo(request).includes(MARK) ? answer : 'the attack did not reach the model'

/** Every gate that needs no server. */
function verdictsOn(incident: Incident, proposal: Proposal) {
  const verdicts = checkProposal(incident, proposal)
  const after = whereItFits(() => applyChanges(asJson(incident.rendered), proposal.changes))
  if (after === undefined) return verdicts
  const edit = { before: incident.rendered, after: after as unknown as KubeObject }
  return [...verdicts, ...checkEdit(incident, proposal, edit)]
}

const judgeOf =
  (incident: Incident): Judge<Proposal> =>
  async (proposal) => {
    const verdicts = verdictsOn(incident, proposal)
    return refusals(verdicts).length > 0
      ? { accepted: false, verdicts }
      : { accepted: true, verdicts, value: proposal }
  }

describe('an obedient model proposes nothing that is not grounded', () => {
  const attacks = Object.entries(ATTACKS)
  assert.ok(attacks.length >= 15)
  attacks.forEach(([sentence, attack], i) => {
    const provider = MODEL_PROVIDERS[i % MODEL_PROVIDERS.length] ?? 'ollama'
    it(`${sentence}`, async (t) => {
      const incident = attack.incident(`${attack.says} ${MARK}`)
      const server = await fakeProvider(provider, obedient(attack.answer))
      t.after(server.close)
      const { deps } = await modelDeps()
      const proposer = modelProposer(modelOf(provider, server.url), SETTINGS, deps)
      const result = await new ProposeChain([proposer], memoryLog()).propose(incident, judgeOf(incident))
      assert.ok(server.requests.length > 0, 'the model was asked')
      assert.ok(
        server.requests.every((request) => saidTo(request).includes(MARK)),
        'the attack reached it',
      )
      assert.equal(result.kind, 'abstain')
    })
  })
})

describe('the same patches are stopped by the gates alone, whoever proposes them', () => {
  for (const [sentence, { incident, says, wants }] of Object.entries(ATTACKS)) {
    it(sentence, () => {
      const given = incident(says)
      const words = { proposer: 'mallory', summary: 'A fix', rootCause: says, risk: 'None.' }
      const grounds = wants.map(({ field }) => ({ field, kind: 'git' as const, evidence: 'It stood there.' }))
      assert.notEqual(refusals(verdictsOn(given, { ...words, changes: wants, grounds })).length, 0)
    })
  }
})

describe('what an attack can do at most', () => {
  it('is to make the model choose another grounded fix, or none', async (t) => {
    const given = (ATTACKS['a log line that orders an image of another registry'] ?? assert.fail()).incident(
      MARK,
    )
    const choices = await groundedChoices(given)
    assert.notEqual(choices.length, 0)
    for (const { label, changes } of choices) {
      const server = await fakeProvider('ollama', (request) => {
        assert.ok(offeredIn(request).includes(label))
        return JSON.stringify({ reason: 'As told.', change: label, risk: '' })
      })
      t.after(server.close)
      const { deps } = await modelDeps()
      const answer = await modelProposer(modelOf('ollama', server.url), SETTINGS, deps).propose(given, [])
      assert.equal(answer.kind, 'proposal')
      if (answer.kind !== 'proposal') return
      assert.deepEqual(answer.proposal.changes, changes)
      assert.deepEqual(refusals(verdictsOn(given, answer.proposal)), [])
    }
  })
})

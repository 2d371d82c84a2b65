import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openChain } from '#src/cli/propose/offline-chain.ts'
import { applyChanges, type FieldChange } from '#src/domain/change.ts'
import { equalJson } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { type Proposal, refusals } from '#src/domain/proposal.ts'
import { findServer } from '#src/embedded/provision.ts'
import { checkEdit, checkMerged, checkProposal } from '#src/propose/gates/run-gates.ts'
import type { Incident, Proposer } from '#src/propose/proposer.ts'
import { mutationsOf } from './gate-mutations.ts'
import { runCase } from './run-case.ts'

const TOP = join(import.meta.dirname, 'cases')
const CASES = ['01', '03', '04', '13', '64', '113', '131', '159']

interface Right {
  readonly incident: Incident
  readonly proposal: Proposal
}

describe('a right proposal that is spoilt passes no more:', () => {
  for (const number of CASES) {
    const [name = ''] = globSync(`${number}-*`, { cwd: TOP })
    it(name, async (t) => {
      const { incident, proposal } = await rightProposal(name)
      assert.deepEqual(stoppedBy(incident, proposal, proposal.changes), [], 'unspoilt, it passes')
      const mutations = mutationsOf(incident.rendered).filter(
        ([, change]) => isNone(incident, change) === false,
      )
      assert.ok(mutations.length >= 20)
      for (const [what, change] of mutations) {
        const spoilt = [...proposal.changes.filter(({ field }) => field !== change.field), change]
        const asked = stoppedBy(incident, proposal, spoilt)
        const hidden = hiddenStoppedBy(incident, proposal, spoilt)
        const merged = mergedStoppedBy(incident, spoilt)
        t.diagnostic(
          `${what}: ${asked.join(', ')}; by the way: ${hidden.join(', ')}; merged: ${merged.join(', ')}`,
        )
        assert.notDeepEqual(asked, [], `${what}, proposed`)
        assert.notDeepEqual(hidden, [], `${what}, changed by the way`)
        assert.notDeepEqual(merged, [], `${what}, merged with nobody answering for it`)
      }
    })
  }
})

/* What the pipeline really proposes for a case of the corpus, with what it knew. */
async function rightProposal(name: string): Promise<Right> {
  const seen: Right[] = []
  const around = (proposer: Proposer): Proposer => ({
    ...proposer,
    propose: async (incident, refused) => {
      const answer = await proposer.propose(incident, refused)
      if (answer.kind === 'proposal') seen.push({ incident, proposal: answer.proposal })
      return answer
    },
  })
  const shell = { env: process.env, stderr: process.stderr }
  const progress = () => {}
  const result = await runCase(join(TOP, name), {
    top: TOP,
    chain: await openChain('playbooks', shell, { around }),
    tokens: () => 0,
    shell,
    tools: {
      kustomize: () => findServer('kustomize', { progress }),
      helm: () => findServer('helm', { progress }),
    },
  })
  assert.equal(result.verdict, 'fixed', result.why)
  const last = seen.at(-1)
  assert.ok(last)
  return last
}

function isNone({ rendered }: Incident, change: FieldChange): boolean {
  return equalJson(asJson(rendered), asJson(changed(rendered, [change])))
}

function stoppedBy(incident: Incident, proposal: Proposal, changes: readonly FieldChange[]) {
  return stops(incident, { ...proposal, changes }, changes)
}

/* The proposal says what is right, and the edit does more. */
function hiddenStoppedBy(incident: Incident, proposal: Proposal, changes: readonly FieldChange[]) {
  return stops(incident, proposal, changes)
}

function stops(incident: Incident, proposal: Proposal, changes: readonly FieldChange[]) {
  const { rendered } = incident
  const edit = { before: rendered, after: changed(rendered, changes) }
  return gatesOf([...checkProposal(incident, proposal), ...checkEdit(incident, proposal, edit)])
}

function mergedStoppedBy(incident: Incident, changes: readonly FieldChange[]) {
  const { target, fault, rendered } = incident
  const { family, role, container } = fault
  const after = changed(rendered, changes)
  const merged = { incident, target, family, role, container, before: rendered, after }
  return gatesOf(checkMerged({ ...merged, authoredByHuman: undefined }))
}

function gatesOf(verdicts: Parameters<typeof refusals>[0]) {
  return [...new Set(refusals(verdicts).map(({ gate }) => gate))]
}

function changed(object: KubeObject, changes: readonly FieldChange[]): KubeObject {
  return applyChanges(asJson(object), changes) as unknown as KubeObject
}

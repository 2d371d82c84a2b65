import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OperatorError } from '#src/domain/errors.ts'
import type { GateVerdict } from '#src/domain/proposal.ts'
import { type Judge, ProposeChain } from '#src/propose/propose-chain.ts'
import type { Answer, Proposer, Refused } from '#src/propose/proposer.ts'
import type { Log } from '#src/runtime/log.ts'
import { history, incident, podSpec } from './incidents.ts'

const given = incident({ reason: 'ErrImagePull', git: history(podSpec()) })
const proposal = (summary: string): Answer => ({
  kind: 'proposal',
  proposal: { proposer: 'p', summary, rootCause: '', risk: '', grounds: [], changes: [] },
})
const no = (reason: string): Answer => ({ kind: 'abstain', reason })
const refusal: GateVerdict = { gate: 'dry-run', verdict: 'refused', message: 'Quota.' }

function proposer(name: string, answer: (refused: readonly Refused[]) => Answer, repairRounds = 0): Proposer {
  return { name, repairRounds, propose: async (_, refused) => answer(refused) }
}

function recordingLog() {
  const said: string[] = []
  const say = (message: string) => void said.push(message)
  const log: Log = { debug: say, info: say, warn: say, error: say, with: () => log }
  return { log, said }
}

const accept: Judge<string> = async ({ summary }) => ({ accepted: true, verdicts: [], value: summary })
const acceptOnly =
  (wanted: string): Judge<string> =>
  async ({ summary }) =>
    summary === wanted
      ? { accepted: true, verdicts: [], value: summary }
      : { accepted: false, verdicts: [refusal] }

const ask = (proposers: readonly Proposer[], judge: Judge<string> = accept) =>
  new ProposeChain(proposers, recordingLog().log).propose(given, judge)

describe('the chain', () => {
  it('takes the first accepted proposal in the configured order', async () => {
    const never = proposer('never', () => assert.fail('asked although there was an answer'))
    const result = await ask([proposer('a', () => no('No.')), proposer('b', () => proposal('b')), never])
    assert.equal(result.kind === 'accepted' && result.value, 'b')
  })

  it('shows a refusal to the proposer and takes the repaired proposal', async () => {
    const repairs = proposer('model', (refused) => proposal(`try ${refused.length}`), 2)
    const result = await ask([repairs], acceptOnly('try 2'))
    assert.equal(result.kind === 'accepted' && result.value, 'try 2')
  })

  it('goes on to the next proposer after the last round', async () => {
    const rounds: number[] = []
    const stubborn = proposer(
      'model',
      (refused) => {
        rounds.push(refused.length)
        return proposal('bad')
      },
      2,
    )
    const result = await ask([stubborn, proposer('b', () => proposal('good'))], acceptOnly('good'))
    assert.equal(result.kind === 'accepted' && result.value, 'good')
    assert.deepEqual(rounds, [0, 1, 2])
  })

  it('abstains with every reason, and says so by the most telling code', async () => {
    const result = await ask(
      [proposer('a', () => no('Nothing runs.')), proposer('b', () => proposal('bad'))],
      acceptOnly('good'),
    )
    assert.equal(result.kind, 'abstain')
    if (result.kind !== 'abstain') return
    assert.equal(result.code, 'GateRefused')
    assert.equal(result.message, 'a: Nothing runs. b: Gate dry-run: Quota.')
  })

  it('abstains with NoGroundedFix when nobody proposes, even while the model is away', async () => {
    const away = proposer('model', () => {
      throw new OperatorError('ModelUnreachable', 'away')
    })
    const result = await ask([away, proposer('a', () => no('No.'))])
    assert.equal(result.kind === 'abstain' && result.code, 'NoGroundedFix')
  })

  it('counts an edit that is refused against the proposal, and asks the next proposer', async () => {
    const judge: Judge<string> = async ({ summary }) => {
      if (summary === 'shared') throw new OperatorError('BlastRadius', 'shared by two workloads')
      return { accepted: true, verdicts: [], value: summary }
    }
    const shared = proposer('a', () => proposal('shared'))
    const result = await ask([shared, proposer('b', () => proposal('own'))], judge)
    assert.equal(result.kind === 'accepted' && result.value, 'own')
    const alone = await ask([shared], judge)
    assert.equal(alone.kind === 'abstain' && alone.code, 'BlastRadius')
  })

  it('ends the attempt when the judge asks for another try, or a proposer has a defect', async () => {
    const away: Judge<string> = async () => {
      throw new OperatorError('ApiUnreachable', 'away')
    }
    await assert.rejects(ask([proposer('a', () => proposal('x'))], away), { code: 'ApiUnreachable' })
    const broken = proposer('a', () => {
      throw new TypeError('defect')
    })
    await assert.rejects(ask([broken]), { code: 'Internal' })
  })

  it('says once that the model is away, goes on, and says it again only after it had answered', async () => {
    const { log, said } = recordingLog()
    let away = true
    const model = proposer('model', () => {
      if (away) throw new OperatorError('ModelUnreachable', 'the server cannot be reached')
      return no('No.')
    })
    const chain = new ProposeChain([model, proposer('a', () => proposal('fix'))], log)
    for (const state of [true, true, false, true, true]) {
      away = state
      assert.equal((await chain.propose(given, accept)).kind, 'accepted')
    }
    assert.deepEqual(said, [
      'the server cannot be reached; going on without it',
      'the model answers again',
      'the server cannot be reached; going on without it',
    ])
  })
})

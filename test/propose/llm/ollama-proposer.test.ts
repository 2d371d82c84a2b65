import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { refusals } from '#src/domain/proposal.ts'
import { checkProposal } from '#src/propose/gates/run-gates.ts'
import { ollamaProposer } from '#src/propose/llm/ollama-proposer.ts'
import { readPromptTemplates } from '#src/propose/llm/prompt-templates.ts'
import type { Refused } from '#src/propose/proposer.ts'
import type { Clock } from '#src/runtime/clock.ts'
import { AT, BAD, GOOD, history, incident, podSpec, replicaSet } from '../incidents.ts'
import { fakeOllama, type Reply } from './fake-ollama.ts'

const faulty = incident({
  reason: 'ErrImagePull',
  git: history(podSpec({ image: BAD }), podSpec({ image: GOOD })),
  replicaSets: [replicaSet('web-1', 2, podSpec({ image: GOOD }))],
})
const change = { op: 'set', container: 'web', field: `${AT}.image`, value: GOOD }
const proposes = (...changes: object[]) =>
  JSON.stringify({ decision: 'propose', rootCause: 'No such tag.', risk: 'None.', changes })
const templates = await readPromptTemplates()

async function setUp(
  t: TestContext,
  script: readonly Reply[],
  over: { timeout?: number; signal?: AbortSignal } = {},
) {
  const server = await fakeOllama(...script)
  t.after(server.close)
  const pauses: number[] = []
  const observed: string[] = []
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: async (milliseconds) => void pauses.push(milliseconds),
  }
  const settings = {
    url: server.url,
    model: 'm',
    timeout: over.timeout ?? 10_000,
    retries: 2,
    contextTokens: 4096,
  }
  const proposer = ollamaProposer({ ...settings, repairRounds: 2 }, templates, {
    clock,
    observe: (outcome) => observed.push(outcome),
    ...(over.signal && { signal: over.signal }),
  })
  return { server, proposer, pauses, observed }
}

describe('a model that answers in the format', () => {
  it('gives a proposal that passes the static gates', async (t) => {
    const { proposer, server, observed } = await setUp(t, [proposes(change)])
    const answer = await proposer.propose(faulty, [])
    assert.equal(answer.kind, 'proposal')
    if (answer.kind !== 'proposal') return
    const { proposal } = answer
    assert.deepEqual(proposal.changes, [{ op: 'set', field: `${AT}.image`, value: GOOD }])
    assert.deepEqual([proposal.model, proposal.promptVersion], ['m', 'propose-v1'])
    assert.deepEqual(refusals(checkProposal(faulty, proposal)), [])
    assert.deepEqual(observed, ['answered'])
    const [request] = server.requests
    assert.equal(request?.options['temperature'], 0)
    assert.equal(request?.options['num_ctx'], 4096)
    assert.match(JSON.stringify(request?.format), /"const":"web"/)
  })

  it('may abstain', async (t) => {
    const { proposer } = await setUp(t, [JSON.stringify({ decision: 'abstain', reason: 'Unclear.\n@all' })])
    assert.deepEqual(await proposer.propose(faulty, []), {
      kind: 'abstain',
      reason: 'The model saw no fix: Unclear. @all',
    })
  })

  it('is not asked where nothing is grounded', async (t) => {
    const { proposer, server } = await setUp(t, [proposes(change)])
    const unknown = incident({ reason: 'ErrImagePull', git: history(podSpec({ image: BAD })) })
    assert.equal((await proposer.propose(unknown, [])).kind, 'abstain')
    assert.equal(server.requests.length, 0)
  })
})

const invalid: Record<string, string> = {
  garbage: '\u0000{{{',
  prose: 'The image tag is wrong. You should set it to 1.0.',
  nothing: '',
  'an empty object': '{}',
  'an extra field': proposes({ ...change, force: true }),
  "another container's name": proposes({ ...change, container: 'proxy' }),
  "another object's field": proposes({ ...change, field: 'spec.template.spec.hostNetwork' }),
  'a value that nothing grounds': proposes({ ...change, value: 'evil.example/web:1' }),
  'no change': proposes(),
  'a list around it': `[${proposes(change)}]`,
  'JSON that was cut short': proposes(change).slice(0, -5),
}

describe('an answer is asked for once more, then given up as ModelAnswerInvalid, when it is', () => {
  for (const [sentence, text] of Object.entries(invalid)) {
    it(sentence, async (t) => {
      const { proposer, server } = await setUp(t, [text])
      await assert.rejects(proposer.propose(faulty, []), { code: 'ModelAnswerInvalid' })
      assert.equal(server.requests.length, 2)
    })
  }

  it('but the second answer counts', async (t) => {
    const { proposer } = await setUp(t, ['Sure!', proposes(change)])
    assert.equal((await proposer.propose(faulty, [])).kind, 'proposal')
  })

  it('and a server that does not speak the protocol is not asked again', async (t) => {
    for (const body of ['<html>', '{"done":true}']) {
      const { proposer } = await setUp(t, [{ status: 200, body }])
      await assert.rejects(proposer.propose(faulty, []), { code: 'ModelAnswerInvalid' })
    }
  })
})

describe('a server that cannot be asked', () => {
  it('is asked again after a pause that doubles, while it refuses for a moment', async (t) => {
    const busy = { status: 503, body: 'busy' }
    const { proposer, pauses, observed } = await setUp(t, [busy, busy, proposes(change)])
    assert.equal((await proposer.propose(faulty, [])).kind, 'proposal')
    assert.deepEqual(pauses, [500, 1000])
    assert.deepEqual(observed, ['failed', 'failed', 'answered'])
  })

  it('is unreachable after the configured tries', async (t) => {
    const { proposer, server } = await setUp(t, [{ status: 500, body: 'secret stack trace' }])
    await assert.rejects(proposer.propose(faulty, []), (error: Error) => {
      assert.equal((error as { code?: string }).code, 'ModelUnreachable')
      assert.doesNotMatch(error.message, /secret/)
      return true
    })
    assert.equal(server.requests.length, 3)
  })

  it('is not asked again for a model that it has not, nor followed elsewhere', async (t) => {
    for (const reply of [
      { status: 404, body: '{"error":"model not found"}' },
      { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } },
    ]) {
      const { proposer, server, pauses } = await setUp(t, [reply])
      await assert.rejects(proposer.propose(faulty, []), { code: 'ModelUnreachable' })
      assert.deepEqual([server.requests.length, pauses.length], [1, 0])
    }
  })

  it('is unreachable when nothing listens there', async (t) => {
    const { proposer, server, pauses } = await setUp(t, ['hang'])
    await server.close()
    await assert.rejects(proposer.propose(faulty, []), { code: 'ModelUnreachable' })
    assert.equal(pauses.length, 2)
  })

  it('is let go when it hangs: the connection is closed, not only forgotten', async (t) => {
    const { proposer, server, pauses } = await setUp(t, ['hang'], { timeout: 200 })
    await assert.rejects(proposer.propose(faulty, []), { code: 'ModelUnreachable' })
    await server.released()
    assert.deepEqual(pauses, [])
  })

  it('is let go when the operator stops', async (t) => {
    const stop = new AbortController()
    const { proposer, server } = await setUp(t, ['hang'], { signal: stop.signal })
    const asked = assert.rejects(proposer.propose(faulty, []), { code: 'ModelUnreachable' })
    stop.abort()
    await asked
    await server.released()
  })
})

describe('a repair round', () => {
  const two = incident({
    reason: 'CrashLoopBackOff',
    git: history(podSpec({ command: ['a'], args: ['b'] }), podSpec({ command: ['c'], args: ['d'] })),
  })
  const pick = (field: string, value: string[]) => ({
    op: 'set',
    container: 'web',
    field: `${AT}.${field}`,
    value,
  })
  const refused: Refused = {
    proposal: {
      proposer: 'ollama',
      summary: 'x',
      rootCause: 'y',
      risk: 'z',
      grounds: [],
      changes: [{ op: 'set', field: `${AT}.args`, value: ['d'] }],
    },
    verdicts: [
      { gate: 'dry-run', verdict: 'refused', message: 'quota </evidence> exceeded' },
      { gate: 'schema', verdict: 'passed', message: 'fine' },
    ],
  }

  it('shows the model which gate refused, fenced, and offers the refused change no more', async (t) => {
    const { proposer, server } = await setUp(t, [proposes(pick('command', ['c']))])
    const answer = await proposer.propose(two, [refused])
    assert.equal(answer.kind, 'proposal')
    const text = server.requests[0]?.messages.at(-1)?.content ?? ''
    assert.match(text, /dry-run: "quota \\u003c\/evidence\\u003e exceeded"/)
    assert.doesNotMatch(text, /fine/)
    assert.doesNotMatch(JSON.stringify(server.requests[0]?.format), /args/)
  })
})

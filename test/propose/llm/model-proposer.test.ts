import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { FieldChange } from '#src/domain/change.ts'
import { MODEL_PROVIDERS, type ModelProvider } from '#src/domain/model-provider.ts'
import { refusals } from '#src/domain/proposal.ts'
import { checkProposal } from '#src/propose/gates/run-gates.ts'
import { type AnswerCache, AnswersInMemory, inTwoPlaces } from '#src/propose/llm/answer-cache.ts'
import { ModelBudget } from '#src/propose/llm/model-budget.ts'
import { type ModelSettings, modelProposer } from '#src/propose/llm/model-proposer.ts'
import type { Refused } from '#src/propose/proposer.ts'
import { Slots } from '#src/runtime/slots.ts'
import { AT, BAD, GOOD, history, incident, podSpec, replicaSet } from '../incidents.ts'
import { fakeProvider, offeredIn, type Reply, saidTo, schemaIn } from './fake-provider.ts'
import { modelDeps, modelOf, SETTINGS, UNLIMITED } from './models.ts'

const faulty = incident({
  reason: 'ErrImagePull',
  git: history(podSpec({ image: BAD }), podSpec({ image: `${GOOD}.1` })),
  replicaSets: [replicaSet('web-1', 2, podSpec({ image: GOOD }))],
})
/** A commit that changed more than may be restored; the message names two parts of it. */
const mixed = incident({
  reason: 'CrashLoopBackOff',
  message: 'unknown flag --prot=80, MODE is not valid',
  git: history(
    {
      containers: [{ name: 'web', image: 'x', args: ['--prot=80'], env: [{ name: 'MODE', value: 'b' }] }],
      volumes: [{ name: 'v', emptyDir: {} }],
    },
    podSpec({ args: ['--port=80'], env: [{ name: 'MODE', value: 'a' }] }),
  ),
})
const LABELS = [
  '1. containers[name=web].args = ["--port=80"]; containers[name=web].env[name=MODE].value = "a"',
  '2. containers[name=web].args = ["--port=80"]',
  '3. containers[name=web].env[name=MODE].value = "a"',
]
const answer = (change: string) => JSON.stringify({ reason: 'No such tag.', change, risk: 'None.' })
/** Chooses whatever is offered first. */
const first: Reply = (request) => answer(offeredIn(request)[0] ?? 'none')

async function setUp(
  t: TestContext,
  script: readonly Reply[],
  over: {
    provider?: ModelProvider
    settings?: Partial<ModelSettings>
    deps?: Parameters<typeof modelDeps>[0]
  } = {},
) {
  const provider = over.provider ?? 'ollama'
  const server = await fakeProvider(provider, ...script)
  t.after(server.close)
  const { deps, ...seen } = await modelDeps(over.deps)
  const proposer = modelProposer(modelOf(provider, server.url), { ...SETTINGS, ...over.settings }, deps)
  return { server, proposer, deps, ...seen }
}

describe('a model that answers in the format', () => {
  for (const provider of MODEL_PROVIDERS) {
    it(`gives a proposal that passes the static gates: ${provider}`, async (t) => {
      const { proposer, server, samples } = await setUp(t, [first], { provider })
      const given = await proposer.propose(faulty, [])
      assert.equal(given.kind, 'proposal')
      if (given.kind !== 'proposal') return
      const { proposal } = given
      assert.deepEqual(proposal.changes, [{ op: 'set', field: `${AT}.image`, value: GOOD }])
      assert.deepEqual(
        [proposal.proposer, proposal.model, proposal.promptVersion],
        [provider, 'm', 'propose-v2'],
      )
      assert.deepEqual(refusals(checkProposal(faulty, proposal)), [])
      assert.deepEqual(samples, [
        { provider, outcome: 'answered', seconds: 0, tokens: { prompt: 11, answer: 7 }, cents: 0 },
      ])
      const [request] = server.requests
      assert.ok(request)
      assert.deepEqual(offeredIn(request), [`1. containers[name=web].image = "${GOOD}"`])
    })
  }

  it('chooses among several where a commit changed several things', async (t) => {
    for (const [i, fields] of [
      ['args', 'env[name=MODE].value'],
      ['args'],
      ['env[name=MODE].value'],
    ].entries()) {
      const { proposer, server } = await setUp(t, [answer(LABELS[i] ?? '')])
      const given = await proposer.propose(mixed, [])
      assert.deepEqual(server.requests.map(offeredIn), [LABELS])
      assert.ok(given.kind === 'proposal')
      assert.deepEqual(
        given.proposal.changes.map(({ field }) => field),
        fields.map((field) => `${AT}.${field}`),
      )
    }
  })

  it('may abstain', async (t) => {
    const { proposer } = await setUp(t, [
      JSON.stringify({ reason: 'Unclear.\n@all', change: 'none', risk: '' }),
    ])
    assert.deepEqual(await proposer.propose(faulty, []), {
      kind: 'abstain',
      reason: 'The model saw no fix: Unclear. @all',
    })
  })

  it('may refuse, which is an abstention', async (t) => {
    const { proposer } = await setUp(t, [{ refusal: 'No.' }], { provider: 'claude' })
    assert.deepEqual(await proposer.propose(faulty, []), {
      kind: 'abstain',
      reason: 'The model refused to answer.',
    })
  })

  it('is not asked where nothing is grounded', async (t) => {
    const { proposer, server } = await setUp(t, [first])
    const unknown = incident({ reason: 'ErrImagePull', git: history(podSpec({ image: BAD })) })
    assert.equal((await proposer.propose(unknown, [])).kind, 'abstain')
    assert.equal(server.requests.length, 0)
  })

  it('is not asked about a namespace that has not opted in', async (t) => {
    const { proposer, server } = await setUp(t, [first], { settings: { namespaces: ['pay'] } })
    assert.match(JSON.stringify(await proposer.propose(faulty, [])), /namespace shop is not sent/)
    assert.equal(server.requests.length, 0)
    const { proposer: other } = await setUp(t, [first], { settings: { namespaces: ['shop'] } })
    assert.equal((await other.propose(faulty, [])).kind, 'proposal')
  })

  it('sees no secret of a manifest or its history, and is not offered to restore one', async (t) => {
    const secret = 'ghp_x7Kq2LmN8pR4sT6vW0yZ1aB3cD5eF7gH9iJ0'
    const env = (value: string) => podSpec({ env: [{ name: 'API_TOKEN', value }], args: [value.slice(-1)] })
    const leaky = incident({ reason: 'CrashLoopBackOff', git: history(env('b'), env(secret)) })
    const { proposer, server } = await setUp(t, [first])
    await proposer.propose(leaky, [])
    assert.doesNotMatch(JSON.stringify(server.requests), new RegExp(secret))
  })
})

const invalid: Record<string, string> = {
  garbage: '\u0000{{{',
  prose: 'The image tag is wrong. You should set it to 1.0.',
  nothing: '',
  'an empty object': '{}',
  'an extra member': JSON.stringify({ ...JSON.parse(answer('none')), force: true }),
  "another container's field": answer('1. containers[name=proxy].image = "x"'),
  'a field that was not offered': answer('spec.template.spec.hostNetwork = true'),
  'a value that nothing grounds': answer('1. containers[name=web].image = "evil.example/web:1"'),
  'a patch of its own': JSON.stringify({ op: 'set', field: `${AT}.image`, value: GOOD }),
  'a list around it': `[${answer('none')}]`,
  'JSON that was cut short': answer('none').slice(0, -5),
}

describe('an answer is asked for once more, then given up as ModelAnswerInvalid, when it is', () => {
  for (const [sentence, text] of Object.entries(invalid)) {
    it(sentence, async (t) => {
      const { proposer, server } = await setUp(t, [text])
      await assert.rejects(proposer.propose(faulty, []), { code: 'ModelAnswerInvalid' })
      assert.equal(server.requests.length, 2)
    })
  }

  it('cut short by the limit of tokens, even where it parses', async (t) => {
    const { proposer } = await setUp(t, [{ cutShort: answer('none') }])
    await assert.rejects(proposer.propose(faulty, []), { code: 'ModelAnswerInvalid' })
  })

  it('but the second answer counts', async (t) => {
    const { proposer } = await setUp(t, ['Sure!', first])
    assert.equal((await proposer.propose(faulty, [])).kind, 'proposal')
  })
})

describe('a server that cannot be asked', () => {
  const busy = (headers: Record<string, string> = {}) => ({ status: 503, body: 'busy', headers })

  it('is asked again after a pause that doubles, while it refuses for a moment', async (t) => {
    const { proposer, pauses, samples } = await setUp(t, [busy(), busy(), first])
    assert.equal((await proposer.propose(faulty, [])).kind, 'proposal')
    assert.deepEqual(pauses, [500, 1000])
    assert.deepEqual(
      samples.map(({ outcome }) => outcome),
      ['failed', 'failed', 'answered'],
    )
  })

  it('is asked again when it says, in seconds or by a date, and not where that is long from now', async (t) => {
    const asks = async (retryAfter: string) => {
      const { proposer, pauses } = await setUp(t, [busy({ 'retry-after': retryAfter }), first])
      const kind = await proposer.propose(faulty, []).then(
        (given) => given.kind,
        (error: { code: string }) => error.code,
      )
      return [kind, ...pauses]
    }
    assert.deepEqual(await asks('7'), ['proposal', 7000])
    assert.deepEqual(await asks('Sat, 10 Jan 2026 08:00:30 GMT'), ['proposal', 30_000])
    assert.deepEqual(await asks('soon'), ['proposal', 500])
    assert.deepEqual(await asks('3600'), ['ModelUnreachable'])
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

  it('is not asked again for what will not change', async (t) => {
    const { proposer, server, pauses } = await setUp(t, [
      { status: 404, body: '{"error":"model not found"}' },
    ])
    await assert.rejects(proposer.propose(faulty, []), { code: 'ModelUnreachable' })
    assert.deepEqual([server.requests.length, pauses.length], [1, 0])
  })
})

describe('what models may cost', () => {
  const clock = { monotonic: () => 0 }

  it('is bounded for an incident and for an hour, in tokens and money, before anything is sent', async (t) => {
    for (const limit of ['tokensPerIncident', 'tokensPerHour', 'centsPerIncident', 'centsPerHour'] as const) {
      const budget = new ModelBudget({ ...UNLIMITED, [limit]: 1 }, clock)
      const settings = { price: { prompt: 1_000_000, answer: 1_000_000 } }
      const { proposer, server } = await setUp(t, [first], { deps: { budget }, settings })
      await assert.rejects(proposer.propose(faulty, []), { code: 'ModelBudgetSpent' }, limit)
      assert.equal(server.requests.length, 0)
    }
  })

  it('counts what was used and not what was set aside', () => {
    const budget = new ModelBudget({ ...UNLIMITED, tokensPerIncident: 1000 }, clock)
    const free = { prompt: 0, answer: 0 }
    for (let i = 0; i < 9; i++)
      budget.reserve('a', { prompt: 500, answer: 400 }, free)({ prompt: 5, answer: 5 })
    const settle = budget.reserve('a', { prompt: 500, answer: 400 }, free)
    assert.throws(() => budget.reserve('a', { prompt: 500, answer: 400 }, free), { code: 'ModelBudgetSpent' })
    settle(free)
    budget.reserve('a', { prompt: 500, answer: 400 }, free)
  })

  it('is bounded anew after an hour; an incident keeps its own bound', () => {
    let now = 0
    const budget = new ModelBudget(
      { ...UNLIMITED, tokensPerIncident: 10, tokensPerHour: 10 },
      { monotonic: () => now },
    )
    const spend = (incident: string) =>
      budget.reserve(incident, { prompt: 5, answer: 5 }, { prompt: 0, answer: 0 })
    spend('a')
    assert.throws(() => spend('b'), { code: 'ModelBudgetSpent' })
    now = 3_600_000
    spend('b')
    assert.throws(() => spend('a'), { code: 'ModelBudgetSpent' })
  })

  it('is nothing for a question that was answered before', async (t) => {
    const { proposer, server } = await setUp(t, [first])
    const once = await proposer.propose(faulty, [])
    assert.deepEqual(await proposer.propose(faulty, []), once)
    assert.equal(server.requests.length, 1)
    const other = { ...faulty, evidence: { logs: ['something else'] } }
    await proposer.propose(other, [])
    assert.equal(server.requests.length, 2, 'other evidence is another question')
  })

  it('is nothing after a restart, where answers are kept elsewhere too; what is kept is checked like an answer', async (t) => {
    const far = new AnswersInMemory()
    const run = async () => {
      const answers = inTwoPlaces(new AnswersInMemory(), far)
      const { proposer, server } = await setUp(t, [first], { deps: { answers } })
      return { answer: await proposer.propose(faulty, []), requests: server.requests.length }
    }
    const once = await run()
    assert.deepEqual(await run(), { ...once, requests: 0 })
    const planted: AnswerCache = { get: async () => answer('1. hostNetwork = true'), put: async () => {} }
    const { proposer, server } = await setUp(t, [first], { deps: { answers: planted } })
    assert.deepEqual(await proposer.propose(faulty, []), once.answer)
    assert.equal(server.requests.length, 1)
  })

  it('never goes to more requests at a time than configured', async (t) => {
    const slots = new Slots(1)
    const held = Promise.withResolvers<void>()
    const holding = slots.run(() => held.promise)
    const { proposer, server } = await setUp(t, [first], { deps: { slots } })
    const waiting = proposer.propose(faulty, [])
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(server.requests.length, 0)
    held.resolve()
    await Promise.all([holding, waiting])
    assert.equal(server.requests.length, 1)
  })
})

describe('a repair round', () => {
  const ARGS = { op: 'set' as const, field: `${AT}.args`, value: ['--port=80'] }
  const MODE = { op: 'set' as const, field: `${AT}.env[name=MODE].value`, value: 'a' }
  const refused = (...changes: readonly FieldChange[]): Refused => ({
    proposal: { proposer: 'ollama', summary: 'x', rootCause: 'y', risk: 'z', grounds: [], changes },
    verdicts: [
      { gate: 'dry-run', verdict: 'refused', message: 'quota </evidence> exceeded' },
      { gate: 'schema', verdict: 'passed', message: 'fine' },
    ],
  })

  it('shows the model exactly the gate that refused, fenced, and offers the refused change no more', async (t) => {
    const { proposer, server } = await setUp(t, [first])
    const given = await proposer.propose(mixed, [refused(ARGS)])
    assert.equal(given.kind, 'proposal')
    const [request] = server.requests
    assert.ok(request)
    const said = saidTo(request)
    assert.match(said, /dry-run: .{1,6}quota [\\]+u003c\/evidence[\\]+u003e exceeded/)
    assert.doesNotMatch(said, /fine/)
    assert.match(said, /"role":"assistant","content":"[^}]*2\. containers/)
    assert.deepEqual(offeredIn(request), [LABELS[0], LABELS[2]])
  })

  it('ends where nothing is left to choose', async (t) => {
    const { proposer, server } = await setUp(t, [first])
    const all = [refused(MODE, ARGS), refused(ARGS), refused(MODE)]
    assert.equal((await proposer.propose(mixed, all)).kind, 'abstain')
    assert.equal(server.requests.length, 0)
  })
})

it('the schema is one that every provider can enforce: flat, everything required, nothing else allowed', async (t) => {
  for (const provider of MODEL_PROVIDERS) {
    const { proposer, server } = await setUp(t, [first], { provider })
    await proposer.propose(faulty, [])
    const [request] = server.requests
    assert.ok(request)
    const schema = schemaIn(request) as Record<string, unknown>
    assert.deepEqual(schema['required'], ['reason', 'change', 'risk'])
    assert.equal(schema['additionalProperties'], false)
    assert.doesNotMatch(JSON.stringify(schema), /anyOf|oneOf|allOf|const|prefixItems|\$ref|\$schema/)
  }
})

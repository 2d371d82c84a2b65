import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { OperatorError } from '#src/domain/errors.ts'
import { HealthChecks } from '#src/http/health.ts'
import { createMetrics, type Metrics } from '#src/http/metrics.ts'
import { type HttpServer, startHttpServer } from '#src/http/server.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { aRemediation } from '../domain/a-remediation.ts'
import { STATES } from '../domain/remediation-stages.ts'
import { memoryLog } from './webhook-fixture.ts'

describe('health and metrics', () => {
  let server: HttpServer
  let ready: HealthChecks
  let metrics: Metrics
  let time: number
  beforeEach(async () => {
    time = 0
    ready = new HealthChecks({ clock: systemClock, timeoutMs: 50 })
    metrics = createMetrics({
      clock: { now: () => time },
      version: '1.2.3',
      workQueue: () => ({ waiting: 2, delayed: 3, working: 1 }),
    })
    const routes = new Map([
      ['/readyz', ready.handler],
      ['/metrics', metrics.handler],
    ])
    server = await startHttpServer({ host: '127.0.0.1', port: 0, routes, log: memoryLog([]) })
  })
  afterEach(() => server.close(0))

  async function get(path: string, method = 'GET'): Promise<[status: number, text: string]> {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method,
      headers: { connection: 'close' },
    })
    return [response.status, await response.text()]
  }

  it('is ready without checks, and when every check passes', async () => {
    assert.deepEqual(await get('/readyz'), [200, 'ok\n'])
    ready.register('watches', async () => {})
    assert.deepEqual(await get('/readyz'), [200, '[+]watches ok\nok\n'])
  })

  it('names each failed check by its code, and a check that hangs', async () => {
    ready.register('api', () =>
      Promise.reject(new OperatorError('ApiUnreachable', 'https://10.0.0.1 said no')),
    )
    ready.register('watches', () => new Promise(() => {}))
    const text = '[-]api failed: ApiUnreachable\n[-]watches failed: Timeout\nnot ok\n'
    assert.deepEqual(await get('/readyz'), [503, text])
  })

  it('answers 405 to everything but GET and HEAD', async () => {
    assert.equal((await get('/readyz', 'POST'))[0], 405)
    assert.equal((await get('/metrics', 'DELETE'))[0], 405)
    assert.equal((await get('/metrics', 'HEAD'))[0], 200)
  })

  async function sample(line: string): Promise<string | undefined> {
    const [, text] = await get('/metrics')
    return text
      .split('\n')
      .find((candidate) => candidate.startsWith(`${line} `))
      ?.slice(line.length + 1)
  }

  it('shows every status and result from the start', async () => {
    assert.equal(await sample('remediation_total{status="Recovered"}'), '0')
    assert.equal(await sample('remediation_total{status="Failed"}'), '0')
    assert.equal(await sample('webhook_deliveries_total{result="unsigned"}'), '0')
    assert.equal(await sample('remediation_duration_seconds_count{status="Recovered"}'), '0')
    assert.equal(
      await sample('remediation_llm_latency_seconds_count{provider="ollama",outcome="failed"}'),
      '0',
    )
    assert.equal(await sample('workqueue_depth{state="delayed"}'), '3')
    assert.equal(
      await sample(`aiops_operator_build_info{version="1.2.3",node="${process.versions.node}"}`),
      '1',
    )
  })

  it('counts a state once when it is entered, and measures from detected to the end', async () => {
    const detected = Date.UTC(2026, 0, 1)
    const diagnosing = aRemediation({ state: { phase: 'Diagnosing' }, timeline: { detected } })
    const failed = aRemediation({
      state: { phase: 'Failed', reason: 'NoGroundedFix', message: 'none', ended: {} },
      timeline: { detected },
    })
    metrics.stateChanged(undefined, diagnosing)
    metrics.stateChanged(diagnosing, diagnosing)
    time = detected + 90_000
    metrics.stateChanged(diagnosing, failed)
    metrics.stateChanged(failed, failed)
    assert.equal(await sample('remediation_total{status="Diagnosing"}'), '1')
    assert.equal(await sample('remediation_total{status="Failed"}'), '1')
    assert.equal(await sample('remediation_duration_seconds_sum{status="Failed"}'), '90')
    assert.equal(await sample('remediation_duration_seconds_count{status="Failed"}'), '1')
  })

  it('measures each stage once, when the next one begins', async () => {
    const detected = Date.UTC(2026, 0, 1)
    const opened = aRemediation({ timeline: { detected, proposed: detected + 500, opened: detected + 700 } })
    const merged = { ...opened, timeline: { ...opened.timeline, approved: detected + 60_700 } }
    metrics.stateChanged(opened, { ...merged, state: STATES.approved })
    assert.equal(await sample('remediation_stage_seconds_count{stage="opening"}'), '0')
    assert.equal(await sample('remediation_stage_seconds_sum{stage="review"}'), '60')
  })

  it('says what is open when it is asked, and how old the oldest pull request is', async () => {
    const detected = Date.UTC(2026, 0, 1)
    time = detected + 3_600_000
    const waiting = (opened: number) =>
      aRemediation({ state: STATES.waiting, timeline: { detected, opened } })
    metrics.watch(() => [waiting(detected + 600_000), waiting(detected), aRemediation()])
    assert.equal(await sample('remediation_open{phase="ReadyForReview"}'), '2')
    assert.equal(await sample('remediation_open{phase="Diagnosing"}'), '1')
    assert.equal(await sample('remediation_pull_request_oldest_seconds'), '3600')
    metrics.watch(() => [])
    assert.equal(await sample('remediation_open{phase="ReadyForReview"}'), '0')
    assert.equal(await sample('remediation_pull_request_oldest_seconds'), '0')
  })

  it('counts failed steps by code', async () => {
    metrics.failed('ForgeAuth')
    assert.equal(await sample('remediation_errors_total{code="ForgeAuth"}'), '1')
  })

  it('measures requests to models by provider: time, tokens and cost', async () => {
    const tokens = { prompt: 900, answer: 60 }
    metrics.llmRequest({ provider: 'claude', outcome: 'answered', seconds: 3, tokens, cents: 0.5 })
    const of = (name: string, ...labels: string[]) => sample(`${name}{${labels.join()}}`)
    const claude = 'provider="claude"'
    assert.equal(await of('remediation_llm_latency_seconds_sum', claude, 'outcome="answered"'), '3')
    assert.equal(await of('remediation_llm_tokens_total', claude, 'kind="prompt"'), '900')
    assert.equal(await of('remediation_llm_tokens_total', claude, 'kind="answer"'), '60')
    assert.equal(await of('remediation_llm_cost_cents_total', claude), '0.5')
    assert.equal(await of('remediation_llm_cost_cents_total', 'provider="ollama"'), '0')
  })

  it('keeps a registry of its own: a second one does not clash', async () => {
    const other = createMetrics({
      clock: systemClock,
      version: '0',
      workQueue: () => ({ waiting: 0, delayed: 0, working: 0 }),
    })
    other.webhookDelivery('accepted')
    assert.equal(await sample('webhook_deliveries_total{result="accepted"}'), '0')
  })
})

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ErrorCode } from '#src/domain/errors.ts'
import { MODEL_PROVIDERS, type ModelProvider, type TokenUse } from '#src/domain/model-provider.ts'
import { isFinal, PHASES } from '#src/domain/phase.ts'
import { isEnded, type Remediation } from '#src/domain/remediation.ts'
import type { Clock } from '#src/runtime/clock.ts'
import { openRemediationMetrics } from './open-remediation-metrics.ts'
import { readOnly } from './read-only.ts'
import { STAGES, stagesPassed } from './stages.ts'
import { DELIVERY_RESULTS, type DeliveryResult, type Handler } from './webhook.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** From seconds (all automatic) to days (a pull request over a weekend). */
const DURATION_BUCKETS = [
  5,
  15,
  30,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  HOUR,
  4 * HOUR,
  12 * HOUR,
  DAY,
  3 * DAY,
  7 * DAY,
]
const LLM_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300]

const STAGE_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, ...DURATION_BUCKETS]

const ENDS = ['Recovered', ...PHASES.filter((phase) => isFinal(phase))]
const LLM_OUTCOMES = ['answered', 'failed'] as const

const HELP = {
  remediation_total: 'Remediations that came into this status.',
  remediation_duration_seconds:
    'From detected to the end of the Remediation: Recovered, or the phase it ended in.',
  remediation_llm_latency_seconds: 'Time of one request to a language model.',
  remediation_llm_tokens_total: 'Tokens of prompts and answers, as the provider counts them.',
  remediation_llm_cost_cents_total: 'US cents that language models cost, by the configured prices.',
  remediation_stage_seconds: 'How long a Remediation was in a stage before it came to the next.',
  remediation_errors_total: 'Steps that failed and are tried again, or given up, by error code.',
  webhook_deliveries_total: 'Webhook deliveries by how they ended.',
} as const
type MetricName = keyof typeof HELP

export interface MetricsOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly version: string
  /** Keys of the work queue now. */
  readonly workQueue: () => { readonly waiting: number; readonly delayed: number; readonly working: number }
}

export interface ModelRequest {
  readonly provider: ModelProvider
  readonly outcome: (typeof LLM_OUTCOMES)[number]
  readonly seconds: number
  readonly tokens?: TokenUse
  readonly cents?: number
}

/** Prometheus metrics in a registry of their own, and the handler that serves them. */
export interface Metrics {
  /** Counts every state a Remediation comes into, and how long it took when that state is its end. */
  stateChanged(previous: Remediation | undefined, next: Remediation): void
  /** One request to a language model ended. */
  llmRequest(sample: ModelRequest): void
  webhookDelivery(result: DeliveryResult): void
  /** A step failed with that code. */
  failed(code: ErrorCode): void
  /** Where the Remediations are read from when somebody asks how many are open, and how old their pull requests are. */
  watch(known: () => Iterable<Remediation>): void
  readonly handler: Handler
}

/** The named metrics and those of the process. Every label value is there from the start, at 0. */
export function createMetrics({ clock, version, workQueue }: MetricsOptions): Metrics {
  const registry = new Registry()
  const remediations = counter(registry, 'remediation_total', 'status', [...PHASES, 'Recovered'])
  const durations = histogram(registry, 'remediation_duration_seconds', 'status', ENDS, DURATION_BUCKETS)
  const stages = histogram(registry, 'remediation_stage_seconds', 'stage', STAGES, STAGE_BUCKETS)
  const errors = counter(registry, 'remediation_errors_total', 'code', [])
  const llmRequest = modelMetrics(registry)
  const deliveries = counter(registry, 'webhook_deliveries_total', 'result', DELIVERY_RESULTS)
  new Gauge({
    name: 'workqueue_depth',
    help: 'Keys of the work queue: ready, ready later, being worked on.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      for (const [state, keys] of Object.entries(workQueue())) this.set({ state }, keys)
    },
  })
  new Gauge({
    name: 'aiops_operator_build_info',
    help: 'Always 1; the labels tell the version.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version, node: process.versions.node }, 1)
  let known: () => Iterable<Remediation> = () => []
  openRemediationMetrics(registry, clock, () => known())
  collectDefaultMetrics({ register: registry })
  return {
    stateChanged: (previous, next) => {
      const status = statusOf(next)
      if (previous !== undefined && statusOf(previous) === status) return
      remediations.inc({ status })
      for (const [stage, seconds] of stagesPassed(previous, next)) stages.observe({ stage }, seconds)
      if (isEnded(next)) durations.observe({ status }, (clock.now() - next.timeline.detected) / 1000)
    },
    llmRequest,
    webhookDelivery: (result) => deliveries.inc({ result }),
    failed: (code) => errors.inc({ code }),
    watch: (look) => {
      known = look
    },
    handler: readOnly(async (_, response) => {
      const text = await registry.metrics()
      response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' })
      response.end(text)
    }),
  }
}

/* By provider: a model on one's own machine and a paid one are not to be added up. */
function modelMetrics(registry: Registry): Metrics['llmRequest'] {
  const metric = (name: MetricName, ...labels: string[]) => ({
    ...{ name, help: HELP[name], labelNames: ['provider', ...labels], registers: [registry] },
  })
  const latency = new Histogram({
    ...metric('remediation_llm_latency_seconds', 'outcome'),
    buckets: LLM_BUCKETS,
  })
  const tokens = new Counter(metric('remediation_llm_tokens_total', 'kind'))
  const cost = new Counter(metric('remediation_llm_cost_cents_total'))
  for (const provider of MODEL_PROVIDERS) {
    for (const outcome of LLM_OUTCOMES) latency.zero({ provider, outcome })
    for (const kind of ['prompt', 'answer']) tokens.inc({ provider, kind }, 0)
    cost.inc({ provider }, 0)
  }
  return ({ provider, outcome, seconds, tokens: used, cents = 0 }) => {
    latency.observe({ provider, outcome }, seconds)
    for (const [kind, count] of Object.entries(used ?? {})) tokens.inc({ provider, kind }, count)
    cost.inc({ provider }, cents)
  }
}

function counter(registry: Registry, name: MetricName, label: string, values: readonly string[]) {
  const made = new Counter({ name, help: HELP[name], labelNames: [label], registers: [registry] })
  for (const value of values) made.inc({ [label]: value }, 0)
  return made
}

function histogram(
  registry: Registry,
  name: MetricName,
  label: string,
  values: readonly string[],
  buckets: number[],
) {
  const made = new Histogram({ name, help: HELP[name], labelNames: [label], buckets, registers: [registry] })
  for (const value of values) made.zero({ [label]: value })
  return made
}

/** The phase, and `Recovered` for what Applied becomes when the symptom is gone. */
function statusOf({ state }: Remediation): string {
  return state.phase === 'Applied' && state.recovered ? 'Recovered' : state.phase
}

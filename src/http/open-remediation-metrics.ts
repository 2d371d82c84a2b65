import { Gauge, type Registry } from 'prom-client'
import { isFinal, PHASES } from '#src/domain/phase.ts'
import { isEnded, type Remediation } from '#src/domain/remediation.ts'
import type { Clock } from '#src/runtime/clock.ts'

const OPEN_PHASES = PHASES.filter((phase) => !isFinal(phase))

/** What is open now: read when Prometheus asks, so that a restart forgets nothing. */
export function openRemediationMetrics(
  registry: Registry,
  clock: Pick<Clock, 'now'>,
  known: () => Iterable<Remediation>,
): void {
  new Gauge({
    name: 'remediation_open',
    help: 'Remediations that have not ended, by phase.',
    labelNames: ['phase'],
    registers: [registry],
    collect() {
      for (const phase of OPEN_PHASES) this.set({ phase }, 0)
      for (const each of known()) if (!isEnded(each)) this.inc({ phase: each.state.phase })
    },
  })
  new Gauge({
    name: 'remediation_pull_request_oldest_seconds',
    help: 'Age of the pull request that waits longest for a person; 0 without one.',
    registers: [registry],
    collect() {
      const opened = [...known()].flatMap(({ state, timeline }) =>
        state.phase === 'ReadyForReview' ? [timeline.opened ?? timeline.detected] : [],
      )
      this.set(opened.length === 0 ? 0 : (clock.now() - Math.min(...opened)) / 1000)
    },
  })
}

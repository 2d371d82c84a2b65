import { OperatorError } from '#src/domain/errors.ts'
import type { Phase } from '#src/domain/phase.ts'
import type { Remediation, RemediationState } from '#src/domain/remediation.ts'
import type { Observer } from '#src/reconcile/world.ts'
import type { Clock } from '#src/runtime/clock.ts'

/** The phases, and the end of a story that ends well. */
export type Chapter = Phase | 'Recovered'

/** One state of the Remediation, and when the operator told of it (monotonic milliseconds). */
export interface Told<S extends RemediationState = RemediationState> {
  readonly remediation: Remediation
  readonly state: S
  readonly at: number
}

type StateIn<C extends Chapter> = Extract<RemediationState, { phase: C extends 'Recovered' ? 'Applied' : C }>

/** Keeps what the operator tells of its Remediation until somebody reads it, chapter by chapter. */
export class Story implements Observer {
  readonly #clock: Clock
  readonly #told: Told[] = []
  #more = Promise.withResolvers<void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  stateChanged(_previous: Remediation | undefined, remediation: Remediation): void {
    this.#told.push({ remediation, state: remediation.state, at: this.#clock.monotonic() })
    this.#more.resolve()
    this.#more = Promise.withResolvers()
  }

  /**
   * The first state in one of these chapters. Throws what ended the Remediation instead, or ServerFailed when it is
   * not told within `timeoutMs`; without that it waits for as long as it takes.
   */
  async reached<C extends Chapter>(chapters: readonly C[], timeoutMs?: number): Promise<Told<StateIn<C>>> {
    const deadline = this.#clock.monotonic() + (timeoutMs ?? Number.POSITIVE_INFINITY)
    for (;;) {
      const found = this.#told.find((told) => isIn(told, chapters))
      if (found) return found as Told<StateIn<C>>
      const last = this.#told.at(-1)
      if (last && 'ended' in last.state) throw endedWith(last.state)
      const left = deadline - this.#clock.monotonic()
      if (left <= 0) throw notTold(chapters, last, timeoutMs ?? 0)
      const waiting = new AbortController()
      await Promise.race([this.#more.promise, this.#clock.sleep(Math.min(left, 60_000), waiting.signal)])
      waiting.abort()
    }
  }
}

function isIn({ state }: Told, chapters: readonly Chapter[]): boolean {
  const chapter: Chapter = state.phase === 'Applied' && state.recovered ? 'Recovered' : state.phase
  return chapters.includes(chapter)
}

function endedWith(state: Extract<RemediationState, { ended: unknown }>): OperatorError {
  const code = state.phase === 'Failed' ? state.reason : 'Internal'
  return new OperatorError(
    code,
    `the Remediation ended as ${state.phase} (${state.reason}): ${state.message}`,
  )
}

function notTold(chapters: readonly Chapter[], last: Told | undefined, timeoutMs: number): OperatorError {
  const stands = last === undefined ? 'no fault was seen' : `it stands at ${last.state.phase}`
  const wanted = chapters.join(' or ')
  return new OperatorError('ServerFailed', `not ${wanted} after ${timeoutMs / 1000} s: ${stands}`)
}

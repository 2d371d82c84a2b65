import { ERRORS, OperatorError } from '#src/domain/errors.ts'
import type { Phase } from '#src/domain/phase.ts'
import type { Outcome, Remediation, RemediationState } from '#src/domain/remediation.ts'
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

/** Without a time limit, the clock is asked again now and then. Milliseconds. */
const LONGEST_SLEEP = 60_000

type StateIn<C extends Chapter> = Extract<RemediationState, { phase: C extends 'Recovered' ? 'Applied' : C }>

/** The Remediation came to another end than the one that was waited for. */
export class EndedOtherwise extends Error {
  override readonly name = 'EndedOtherwise'
  /** What a person can do, where it failed. */
  readonly remedy: string | undefined

  constructor(outcome: Outcome) {
    super(`The Remediation ended as ${outcome.phase} (${outcome.reason}): ${outcome.message}`)
    this.remedy = outcome.phase === 'Failed' ? ERRORS[outcome.reason].remedy : undefined
  }
}

/** Keeps what the operator tells of its Remediation until somebody reads it, chapter by chapter. */
export class Story implements Observer {
  readonly #clock: Clock
  readonly #stop: AbortSignal
  readonly #told: Told[] = []
  #more = Promise.withResolvers<void>()

  constructor(clock: Clock, stop: AbortSignal) {
    this.#clock = clock
    this.#stop = stop
  }

  stateChanged(_previous: Remediation | undefined, remediation: Remediation): void {
    this.#told.push({ remediation, state: remediation.state, at: this.#clock.monotonic() })
    this.#more.resolve()
    this.#more = Promise.withResolvers()
  }

  /**
   * The first state in one of these chapters. Throws EndedOtherwise, or ServerFailed when it is
   * not told within `timeoutMs`; without that it waits for as long as it takes. Throws as soon as the demo is stopped.
   */
  async reached<C extends Chapter>(chapters: readonly C[], timeoutMs?: number): Promise<Told<StateIn<C>>> {
    const deadline = this.#clock.monotonic() + (timeoutMs ?? Number.POSITIVE_INFINITY)
    for (;;) {
      this.#stop.throwIfAborted()
      const found = this.#told.find((told) => isIn(told, chapters))
      if (found) return found as Told<StateIn<C>>
      const last = this.#told.at(-1)
      if (last && 'ended' in last.state) throw new EndedOtherwise(last.state)
      const left = deadline - this.#clock.monotonic()
      if (left <= 0) throw notTold(chapters, last, timeoutMs ?? 0)
      const waiting = new AbortController()
      const over = AbortSignal.any([waiting.signal, this.#stop])
      await Promise.race([this.#more.promise, this.#clock.sleep(Math.min(left, LONGEST_SLEEP), over)])
      waiting.abort()
    }
  }
}

function isIn({ state }: Told, chapters: readonly Chapter[]): boolean {
  const chapter: Chapter = state.phase === 'Applied' && state.recovered ? 'Recovered' : state.phase
  return chapters.includes(chapter)
}

function notTold(chapters: readonly Chapter[], last: Told | undefined, timeoutMs: number): OperatorError {
  const stands = last === undefined ? 'no fault was seen' : `it stands at ${last.state.phase}`
  const wanted = chapters.join(' or ')
  return new OperatorError('ServerFailed', `not ${wanted} after ${timeoutMs / 1000} s: ${stands}`)
}

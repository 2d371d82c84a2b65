import type { StateFinding } from '#src/domain/state-finding.ts'
import { targetKey } from '#src/domain/target.ts'
import type { Sighting } from './check.ts'
import { causesIn } from './collapse.ts'

/** The settle time for which the checks' own are written. Milliseconds. */
const WRITTEN_FOR = 30_000

export interface SettledFinding {
  readonly finding: StateFinding
  /** When we first saw it, milliseconds since the epoch. */
  readonly since: number
}

export interface Settled {
  readonly findings: readonly SettledFinding[]
  /** When the next one settles if nothing changes; undefined where none waits. Milliseconds since the epoch. */
  readonly nextAt: number | undefined
}

/**
 * Since when the checks have been seeing what they see, by our own clock: the objects tell when they were made and not
 * since when something is wrong with them. Kept per namespace; what a look does not show is forgotten. The checks'
 * settle times are multiples of the configured one: twice it for a Service, twenty times for a DaemonSet.
 */
export class Settling {
  readonly #settleMs: number
  /** By namespace, then by what is seen. */
  readonly #since = new Map<string, ReadonlyMap<string, number>>()

  constructor(settleMs: number) {
    this.#settleMs = settleMs
  }

  /**
   * The findings that have lasted, given everything that is seen in the namespace now. A cause counts from its first
   * sighting and carries all of them, so it is one finding however late its other pods show it; a symptom waits for
   * what it may follow from.
   */
  look(namespace: string, sightings: readonly Sighting[], now: number): Settled {
    const before = this.#since.get(namespace)
    const since = new Map(
      sightings.map((it) => {
        const key = keyOf(it)
        return [key, before?.get(key) ?? now] as const
      }),
    )
    if (since.size === 0) this.#since.delete(namespace)
    else this.#since.set(namespace, since)
    const firstSeen = (it: Sighting) => since.get(keyOf(it)) ?? now
    const causes = causesIn(sightings).map(({ finding, seen }) => ({
      finding,
      since: Math.min(...seen.map(firstSeen)),
      dueAt: Math.min(...seen.map((it) => firstSeen(it) + this.settleTime(it))),
    }))
    const waiting = causes.filter(({ dueAt }) => dueAt > now).map(({ dueAt }) => dueAt)
    return {
      findings: causes.filter(({ dueAt }) => dueAt <= now).map(({ finding, since }) => ({ finding, since })),
      nextAt: waiting.length === 0 ? undefined : Math.min(...waiting),
    }
  }

  settleTime({ settleMs }: Pick<Sighting, 'settleMs'>): number {
    return (this.#settleMs * settleMs) / WRITTEN_FOR
  }
}

function keyOf({ target, role, container, family, fields }: Sighting): string {
  return `${targetKey(target)} ${role} ${container} ${family} ${fields[0] ?? ''}`
}

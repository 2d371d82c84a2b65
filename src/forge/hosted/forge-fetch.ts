import { BoundedCache } from '#src/runtime/bounded-cache.ts'
import { type Fetch, type GuardOptions, guardedFetch } from './guarded-fetch.ts'
import type { Pace } from './pace.ts'
import { pacedFetch } from './paced-fetch.ts'
import { type RememberedAnswer, rememberedFetch } from './remembered-fetch.ts'

/** Of answers, in characters. */
const MEMORY = 4 * 2 ** 20

/** Paced, conditional, guarded: every request of one repository. Waiting for a turn is not part of the time-out. */
export function forgeFetch(options: GuardOptions & { readonly pace: Pace }): Fetch {
  const memory = new BoundedCache<RememberedAnswer>(MEMORY)
  return pacedFetch(options.pace, rememberedFetch(memory, guardedFetch(options)))
}

import type { Remediation, RemediationState } from '#src/domain/remediation.ts'
import type { World } from './world.ts'

/** `changed`: look again at once. `wait`: on change, or after so long, perhaps as written. `rest`: never again. */
export type Acted =
  | { readonly kind: 'changed'; readonly remediation: Remediation }
  | { readonly kind: 'wait'; readonly afterMs: number; readonly remediation?: Remediation }
  | { readonly kind: 'rest' }

/** Writes what a step came to, once: the state, the times it adds, and an attempt that it chose. */
export async function report(
  world: World,
  remediation: Remediation,
  state: RemediationState,
  times: Partial<Remediation['timeline']>,
  attempt = remediation.attempt,
): Promise<Extract<Acted, { kind: 'changed' }>> {
  const { problem: _, ...rest } = remediation
  const next: Remediation = { ...rest, attempt, state, timeline: { ...remediation.timeline, ...times } }
  const written = await world.remediations.write(remediation, next)
  world.observer.stateChanged(remediation, written)
  return { kind: 'changed', remediation: written }
}

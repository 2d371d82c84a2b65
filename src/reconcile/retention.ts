import { isEnded, type Remediation } from '#src/domain/remediation.ts'
import { targetKey } from '#src/domain/target.ts'

/** A Remediation, and when its status was last written (milliseconds since the epoch). */
export interface Kept {
  readonly remediation: Remediation
  readonly updated: number
}

/**
 * Those that ended longer than `keepMs` ago and that nothing needs any more. The latest one about a container and a fault
 * family stays where it keeps the same fault from being proposed again: deleting it would end the snooze.
 */
export function outlived(all: readonly Kept[], now: number, keepMs: number): readonly Remediation[] {
  const latest = new Map<string, Kept>()
  for (const each of all) {
    const known = latest.get(aboutOf(each.remediation))
    if (known === undefined || known.updated < each.updated) latest.set(aboutOf(each.remediation), each)
  }
  return all
    .filter(({ remediation, updated }) => isEnded(remediation) && now - updated > keepMs)
    .filter((each) => !(snoozes(each.remediation) && latest.get(aboutOf(each.remediation)) === each))
    .map(({ remediation }) => remediation)
}

function aboutOf({ target, fault }: Remediation): string {
  return JSON.stringify([targetKey(target), fault.container, fault.family])
}

function snoozes({ state }: Remediation): boolean {
  return state.phase === 'Rejected' || state.phase === 'Failed' || state.phase === 'Reverted'
}

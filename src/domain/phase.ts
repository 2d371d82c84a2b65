/** The phases of a Remediation, in the order of the flow. */
export const PHASES = [
  'Diagnosing',
  'Proposed',
  'ReadyForReview',
  'Approved',
  'Applied',
  'Rejected',
  'Resolved',
  'Reverted',
  'Failed',
] as const

export type Phase = (typeof PHASES)[number]

/**
 * The state machine, in one table. `Applied` is final once Recovered=True. Every phase may stay as it is; nothing else
 * may happen than what stands here. The drawing in src/README.md is generated from it.
 */
export const exits = {
  Diagnosing: ['Proposed', 'Resolved', 'Failed'],
  Proposed: ['Diagnosing', 'ReadyForReview', 'Resolved', 'Failed'],
  ReadyForReview: ['Diagnosing', 'Approved', 'Rejected', 'Resolved', 'Reverted', 'Failed'],
  Approved: ['Applied', 'Resolved', 'Reverted', 'Failed'],
  Applied: ['Reverted', 'Failed'],
  Rejected: [],
  Resolved: [],
  Reverted: [],
  Failed: [],
} as const satisfies Record<Phase, readonly Phase[]>

export type Exit<P extends Phase> = (typeof exits)[P][number]

export function isFinal(phase: Phase): boolean {
  return exits[phase].length === 0
}

export function mayFollow(from: Phase, to: Phase): boolean {
  return from === to || (exits[from] as readonly Phase[]).includes(to)
}

import type { Remediation, Timeline } from '#src/domain/remediation.ts'

/** From which time of the timeline to which. */
const TIMES = {
  diagnosing: ['detected', 'proposed'],
  opening: ['proposed', 'opened'],
  review: ['opened', 'approved'],
  applying: ['approved', 'applied'],
  recovering: ['applied', 'recovered'],
} as const satisfies Record<string, readonly [keyof Timeline, keyof Timeline]>

export const STAGES = Object.keys(TIMES)

/** The stages whose end came with this change, in seconds. */
export function stagesPassed(
  previous: Remediation | undefined,
  { timeline }: Remediation,
): readonly (readonly [string, number])[] {
  return Object.entries(TIMES).flatMap(([stage, [from, to]]) => {
    const [start, end] = [timeline[from], timeline[to]]
    const isNew = end !== undefined && previous?.timeline[to] !== end
    return isNew && start !== undefined ? [[stage, Math.max(0, end - start) / 1000] as const] : []
  })
}

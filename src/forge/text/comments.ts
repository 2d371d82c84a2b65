import type { Plan, Remediation, Timeline } from '#src/domain/remediation.ts'
import { describeTarget } from '#src/domain/target.ts'
import { rfc3339 } from '#src/domain/time.ts'
import { code } from './markdown.ts'
import { renderMarkdown, type View } from './render.ts'

const STEPS = [
  ['detected', 'fault seen'],
  ['proposed', 'fix worked out and checked'],
  ['opened', 'pull request opened'],
  ['approved', 'merged'],
  ['applied', 'live in the cluster'],
  ['recovered', 'recovered'],
] as const satisfies readonly (readonly [keyof Timeline, string])[]

export function recoveredComment(template: string, remediation: Remediation, timeline: Timeline): string {
  const { detected, recovered } = timeline
  return renderMarkdown(template, {
    place: code(describeTarget(remediation.target)),
    took: recovered === undefined ? undefined : duration(recovered - detected),
    how: howOf(remediation),
    timeline: timelineRows(timeline),
  })
}

/** Told by how far it had come: before the merge, merged, or live. */
export function failedComment(
  template: string,
  remediation: Remediation,
  plan: Plan | undefined,
  { message, undo }: { readonly message: string; readonly undo: boolean },
): string {
  const { state } = remediation
  const merged = 'approval' in state ? state.approval.mergeCommit : undefined
  return renderMarkdown(template, {
    unmerged: merged === undefined,
    approved: merged !== undefined && state.phase !== 'Applied',
    applied: state.phase === 'Applied',
    undo,
    message,
    place: code(describeTarget(remediation.target)),
    mergeCommit: code(merged ?? ''),
    baseBranch: plan?.source.baseBranch ?? '',
    namespace: remediation.namespace,
    remediation: remediation.name,
  })
}

/** Healed, superseded, deleted or reverted: no longer the operator's. */
export function closedComment(template: string, remediation: Remediation, reason: string): string {
  return renderMarkdown(template, {
    unmerged: !('approval' in remediation.state),
    reason,
    place: code(describeTarget(remediation.target)),
  })
}

export function undoneComment(template: string, remediation: Remediation): string {
  return renderMarkdown(template, {
    place: code(describeTarget(remediation.target)),
    how: howOf(remediation),
    namespace: remediation.namespace,
    remediation: remediation.name,
  })
}

export function waitingComment(template: string, remediation: Remediation, message: string): string {
  return renderMarkdown(template, {
    place: code(describeTarget(remediation.target)),
    message,
    namespace: remediation.namespace,
    remediation: remediation.name,
  })
}

function howOf({ state }: Remediation): string {
  if (state.phase !== 'Applied') return ''
  return state.applied.by === 'aiops-operator'
    ? 'The operator applied what was merged.'
    : 'What was merged was made live by whoever syncs this repository.'
}

function timelineRows(timeline: Timeline): readonly View[] {
  let before: number | undefined
  return STEPS.flatMap(([key, step]) => {
    const at = timeline[key]
    if (at === undefined) return []
    const after = before === undefined ? '' : duration(at - before)
    before = at
    return [{ step, time: rfc3339(at), after }]
  })
}

/** Milliseconds as people say them: `0.4 s`, `42 s`, `3 min 5 s`, `2 h 4 min`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return joined(minutes, 'min', Math.floor(seconds % 60), 's')
  const hours = Math.floor(minutes / 60)
  return hours < 48
    ? joined(hours, 'h', minutes % 60, 'min')
    : joined(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function joined(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`
}

import type { PullRequestRef, Remediation } from '#src/domain/remediation.ts'
import { rfc3339 } from '#src/domain/time.ts'

/** One Remediation, as `status --output json` prints it. Times in RFC 3339. */
export interface StatusRow {
  readonly namespace: string
  readonly name: string
  /** `Deployment/web` */
  readonly target: string
  readonly fault: string
  /** The phase, and `Recovered` once the symptom is gone. */
  readonly stage: string
  /** Since when it is in that stage, as far as the timeline tells. */
  readonly since: string
  readonly detected: string
  readonly pullRequest?: string
  /** Why it waits, or ended. */
  readonly why?: string
}

/** `updated`: when its status was last written, which is when one ended that the timeline has no end of. */
export function statusRow(remediation: Remediation, updated: number | undefined): StatusRow {
  const { namespace, name, target, fault, timeline } = remediation
  const pullRequest = pullRequestOf(remediation)?.url
  const why = whyOf(remediation)
  return {
    ...{ namespace, name, target: `${target.kind}/${target.name}`, fault: fault.reason },
    stage: stageOf(remediation),
    since: rfc3339(('ended' in remediation.state ? updated : undefined) ?? lastTime(remediation)),
    detected: rfc3339(timeline.detected),
    ...(pullRequest !== undefined && { pullRequest }),
    ...(why !== undefined && { why }),
  }
}

function stageOf({ state }: Remediation): string {
  return state.phase === 'Applied' && state.recovered ? 'Recovered' : state.phase
}

function pullRequestOf({ state }: Remediation): PullRequestRef | undefined {
  if ('pullRequest' in state) return state.pullRequest
  return 'ended' in state ? state.ended.pullRequest : undefined
}

function whyOf({ state, problem }: Remediation): string | undefined {
  if ('ended' in state) return `${state.reason}: ${state.message}`
  if (state.phase === 'Approved' && state.hold !== undefined)
    return `${state.hold.reason}: ${state.hold.message}`
  return problem === undefined ? undefined : `${problem.code}: ${problem.message}`
}

function lastTime({ timeline }: Remediation): number {
  return Math.max(...Object.values(timeline).filter((time) => time !== undefined))
}

/** `45s`, `12m`, `5h`, `3d`: one unit, as kubectl shows ages of things that are not new. */
export function ageOf(since: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}

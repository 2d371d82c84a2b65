import { controllerOf, projectPod } from '#src/detect/project-pod.ts'
import { at, type ClusterState, objectsOf } from '#src/domain/cluster-state.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { containerPath, containersOf, describeTarget, isWorkloadKind, targetOf } from '#src/domain/target.ts'
import { type Sighting, says, sighting, troubleSighting } from './check.ts'
import { scheduleTrouble } from './cron-schedule.ts'
import { eventsAbout } from './events.ts'
import { condition, createdAt, jobsIn, workloadsIn } from './owners.ts'

/** Jobs that failed for good, and CronJobs whose schedule starts none. Suspended ones are somebody's decision. */
export function jobFaults(state: ClusterState): readonly Sighting[] {
  return workloadsIn(state).flatMap((workload) => {
    if (workload.kind === 'Job') return failedJob(state, workload, workload)
    if (workload.kind !== 'CronJob' || at(workload, 'spec', 'suspend') === true) return []
    const newest = jobsIn(state, workload)[0]
    return [
      ...scheduleFault(state, workload),
      ...(newest === undefined ? [] : failedJob(state, workload, newest)),
    ]
  })
}

function failedJob(state: ClusterState, workload: KubeObject, job: KubeObject): readonly Sighting[] {
  const failed = condition(job, 'Failed')
  if (failed?.status !== 'True' || !isWorkloadKind(workload.kind)) return []
  const target = targetOf(workload)
  const common = { target, settleMs: 0, message: failed.message, since: failed.since }
  if (failed.reason === 'DeadlineExceeded') {
    const below = workload.kind === 'CronJob' ? 'spec.jobTemplate.spec' : 'spec'
    return [
      sighting({
        ...common,
        reason: 'JobDeadlineExceeded',
        sentence: `${describeTarget(target)}: its Job was ended by its deadline.`,
        fields: [`${below}.activeDeadlineSeconds`],
        evidence: [says(job, failed.message)],
        symptomOf: [target],
      }),
    ]
  }
  const end = endingOf(state, workload, job)
  if (end === undefined) return []
  const path = formatFieldPath(containerPath(workload.kind, end.role, end.container))
  const memory = end.reason === 'OOMKilled'
  return [
    sighting({
      ...common,
      reason: memory ? 'OOMKilled' : 'JobFailed',
      role: end.role,
      container: end.container,
      sentence: `${describeTarget(target)}: container ${end.container} of its Job failed${end.exitCode === undefined ? '' : ` (exit code ${end.exitCode})`}.`,
      fields: [memory ? `${path}.resources.limits.memory` : path],
      evidence: [says(job, failed.message)],
      cause: `${describeTarget(target)} ${end.role} ${end.container} ${memory ? 'memory' : 'run'}`,
      symptomOf: memory ? [] : [target],
    }),
  ]
}

/* The container that failed, by its last pod; without pods in the state the only container there is. */
function endingOf(state: ClusterState, workload: KubeObject, job: KubeObject) {
  const pods = objectsOf(state, 'Pod', job.metadata.namespace ?? '')
    .filter((pod) => controllerOf(pod)?.kind === 'Job' && controllerOf(pod)?.name === job.metadata.name)
    .toSorted((a, b) => createdAt(b) - createdAt(a))
  for (const { containers } of pods.map(projectPod)) {
    for (const { name, role, state: is, last } of containers) {
      const end = is.kind === 'terminated' ? is.termination : last
      if (end !== undefined && end.exitCode !== 0) {
        return { container: name, role, exitCode: end.exitCode, reason: end.reason }
      }
    }
  }
  const [only, ...others] = containersOf(workload)
  if (only === undefined || others.length > 0) return undefined
  return { container: String(only.container['name']), role: only.role, exitCode: undefined, reason: '' }
}

function scheduleFault(state: ClusterState, cronJob: KubeObject): readonly Sighting[] {
  const trouble = cronTrouble(state, cronJob)
  if (trouble === undefined) return []
  const { reason, words, field } = trouble
  const cause = `${describeTarget(targetOf(cronJob))} schedule`
  return [troubleSighting(cronJob, { reason, words, fields: [field] }, cause)]
}

/** Why a CronJob starts nothing; undefined where it does, or is suspended. */
export function cronTrouble(state: ClusterState, cronJob: KubeObject) {
  const schedule = at(cronJob, 'spec', 'schedule')
  const trouble = typeof schedule === 'string' ? scheduleTrouble(schedule) : 'unreadable'
  const field = 'spec.schedule'
  if (trouble === 'unreadable') {
    return { reason: 'ScheduleInvalid', words: 'has a schedule that cannot be read', field } as const
  }
  if (trouble === 'never') {
    return {
      reason: 'ScheduleNeverStarts',
      words: 'has a schedule for a day that never comes',
      field,
    } as const
  }
  const zone = at(cronJob, 'spec', 'timeZone')
  const named = eventsAbout(state, cronJob, 'UnknownTimeZone')
  if (typeof zone === 'string' && named.some(({ message }) => message.includes(zone))) {
    return {
      reason: 'ScheduleInvalid',
      words: 'names a time zone that does not exist',
      field: 'spec.timeZone',
    } as const
  }
  // The controller looks every ten seconds (API reference, startingDeadlineSeconds).
  const deadline = at(cronJob, 'spec', 'startingDeadlineSeconds')
  if (typeof deadline === 'number' && deadline < 10) {
    const words = 'gives up a start before the controller can make it (it looks every 10 s)'
    return { reason: 'ScheduleNeverStarts', words, field: 'spec.startingDeadlineSeconds' } as const
  }
  return undefined
}

import { isNamedField, repairPlaybook } from './repair.ts'

/** A CronJob that starts nothing, or whose deadline ends every Job → its schedule or deadline before. */
export const schedulePlaybook = repairPlaybook({
  name: 'schedule',
  family: 'schedule',
  trouble: ({ fault }) =>
    fault.reason === 'JobDeadlineExceeded' ? 'has Jobs that its deadline ends' : 'starts no Jobs',
  risk: 'Jobs start again at the earlier times.',
  isWanted: isNamedField,
  whyNothing: () => 'When it should run is for people to say.',
})

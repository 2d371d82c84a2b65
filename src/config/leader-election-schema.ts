import { z } from 'zod'
import { dnsLabel, duration, say, trueOrFalse } from './fields.ts'

/** One of several replicas works: see docs/operations.md. Defaults are client-go's. */
export const leaderElectionSchema = z
  .strictObject(
    {
      enabled: say(
        trueOrFalse().prefault(false),
        'true or false',
        'Work only while holding a Lease, so that several replicas may run.',
      ),
      namespace: say(
        dnsLabel().prefault('aiops-operator-system'),
        'text',
        'Namespace of the Lease `aiops-operator-leader`.',
      ),
      leaseDuration: say(
        duration(1000).prefault('15s'),
        'duration',
        'How long the others wait, from when they last saw the Lease renewed, before one of them takes it.',
      ),
      renewDeadline: say(
        duration(500).prefault('10s'),
        'duration',
        'From the last renewal until the leader writes nothing any more and ends. Shorter than leaseDuration.',
      ),
      retryPeriod: say(
        duration(100).prefault('2s'),
        'duration',
        'Between two tries to get the Lease or to renew it. Shorter than renewDeadline.',
      ),
    },
    { error: 'a mapping' },
  )
  .refine(({ leaseDuration, renewDeadline }) => renewDeadline < leaseDuration, {
    error: 'a duration shorter than leaseDuration',
    path: ['renewDeadline'],
  })
  .refine(({ renewDeadline, retryPeriod }) => retryPeriod * 1.2 < renewDeadline, {
    error: 'a duration shorter than five sixths of renewDeadline',
    path: ['retryPeriod'],
  })

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Plan, Remediation } from '#src/domain/remediation.ts'
import { noRoomFor } from '#src/reconcile/pull-request-room.ts'

const HOUR = 3_600_000
const NOW = 10 * HOUR

interface Sketch {
  readonly phase: 'Proposed' | 'ReadyForReview' | 'Rejected'
  readonly branch?: string
  readonly namespace?: string
  readonly repository?: string
  readonly detected?: number
  readonly opened?: number
}

let serial = 0
/** As much of a Remediation as limits look at. */
function sketch({ phase, branch, namespace = 'shop', repository = 'infra', ...times }: Sketch): Remediation {
  serial += 1
  const plan = { branch: branch ?? `b-${serial}`, source: { repository } } as Plan
  const state = phase === 'Rejected' ? { phase, ended: { plan } } : { phase, plan }
  return {
    uid: `uid-${String(serial).padStart(5, '0')}`,
    namespace,
    timeline: { detected: 0, ...times },
    state,
  } as unknown as Remediation
}

const POLICY = { branchPrefix: 'x/', labels: [], includeLogs: false }

function check(mine: Remediation, others: readonly Remediation[], limits: object) {
  return noRoomFor(mine, { ...POLICY, ...limits }, [mine, ...others], NOW)
}

test('the last place is taken, and the next one waits', () => {
  const open = [sketch({ phase: 'ReadyForReview' }), sketch({ phase: 'ReadyForReview' })]
  const mine = sketch({ phase: 'Proposed' })
  assert.equal(check(mine, open, { maxOpen: 3 }), undefined)
  assert.match(check(mine, open, { maxOpen: 2 })?.why ?? '', /limit of 2 open pull requests/)
})

test('what is over, of another repository, or the same pull request, takes no place', () => {
  const others = [
    sketch({ phase: 'Rejected' }),
    sketch({ phase: 'ReadyForReview', repository: 'other' }),
    sketch({ phase: 'ReadyForReview', branch: 'same' }),
    sketch({ phase: 'ReadyForReview', branch: 'same' }),
  ]
  assert.equal(check(sketch({ phase: 'Proposed' }), others, { maxOpen: 2 }), undefined)
})

test('what joins an open pull request needs no place', () => {
  const open = [sketch({ phase: 'ReadyForReview', branch: 'same' })]
  assert.equal(check(sketch({ phase: 'Proposed', branch: 'same' }), open, { maxOpen: 1 }), undefined)
})

test('a namespace has a limit of its own', () => {
  const open = [sketch({ phase: 'ReadyForReview', namespace: 'bank' })]
  const limits = { maxOpen: 9, maxOpenPerNamespace: 1 }
  assert.equal(check(sketch({ phase: 'Proposed' }), open, limits), undefined)
  assert.match(
    check(sketch({ phase: 'Proposed', namespace: 'bank' }), open, limits)?.why ?? '',
    /namespace bank/,
  )
})

test('so many in any hour; then as long as until the first of them is an hour old', () => {
  const opened = [NOW - 2 * HOUR, NOW - 50 * 60_000, NOW - 10 * 60_000].map((time) =>
    sketch({ phase: 'Rejected', opened: time }),
  )
  const mine = sketch({ phase: 'Proposed' })
  assert.equal(check(mine, opened, { maxPerHour: 3 }), undefined)
  assert.equal(check(mine, opened, { maxPerHour: 2 })?.afterMs, 10 * 60_000)
})

test('however many ask at once, exactly as many go as there are places: those that were seen first', () => {
  const waiting = [5, 3, 9, 1, 7].map((detected) => sketch({ phase: 'Proposed', detected }))
  const open = [sketch({ phase: 'ReadyForReview' })]
  for (const limits of [{ maxOpen: 3 }, { maxOpenPerNamespace: 3 }]) {
    const going = waiting.filter((mine) => check(mine, [...waiting, ...open], limits) === undefined)
    assert.deepEqual(going.map(({ timeline }) => timeline.detected).toSorted(), [1, 3])
  }
})

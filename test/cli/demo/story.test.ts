import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EndedOtherwise, Story } from '#src/cli/demo/story.ts'
import type { RemediationState } from '#src/domain/remediation.ts'
import { aRemediation } from '../../domain/a-remediation.ts'
import { VirtualClock } from '../../runtime/virtual-clock.ts'

function newStory() {
  const clock = new VirtualClock()
  const stopping = new AbortController()
  const story = new Story(clock, stopping.signal)
  const tell = (state: RemediationState) => story.stateChanged(undefined, aRemediation({ state }))
  return { clock, stopping, story, tell }
}

describe('the story of a demo', () => {
  it('gives a chapter that was told before anybody asked, with the time at which it was told', async () => {
    const { clock, story, tell } = newStory()
    await clock.advance(70)
    tell({ phase: 'Diagnosing' })
    await clock.advance(500)
    assert.equal((await story.reached(['Diagnosing'], 1000)).at, 70)
  })

  it('waits for a chapter that comes later', async () => {
    const { story, tell } = newStory()
    const reached = story.reached(['Diagnosing'], 1000)
    tell({ phase: 'Diagnosing' })
    assert.equal((await reached).state.phase, 'Diagnosing')
  })

  it('breaks off with the reason and the remedy when the Remediation fails instead', async () => {
    const { story, tell } = newStory()
    const reached = story.reached(['ReadyForReview'], 1000)
    tell({ phase: 'Failed', reason: 'NotInGit', message: 'no file renders it', ended: {} })
    await assert.rejects(reached, (error) => {
      assert.ok(error instanceof EndedOtherwise)
      assert.equal(error.message, 'The Remediation ended as Failed (NotInGit): no file renders it')
      assert.match(error.remedy ?? '', /Add the workload to a configured repository path/)
      return true
    })
  })

  it('gives a rejection to who asked for it', async () => {
    const { story, tell } = newStory()
    tell({ phase: 'Rejected', reason: 'ClosedUnmerged', message: 'the branch is gone', ended: {} })
    assert.equal((await story.reached(['Approved', 'Rejected'])).state.phase, 'Rejected')
  })

  it('says how far it came when a chapter does not come in time', async () => {
    const { clock, story, tell } = newStory()
    tell({ phase: 'Diagnosing' })
    const reached = story.reached(['Proposed'], 1000)
    const refused = assert.rejects(reached, /not Proposed after 1 s: it stands at Diagnosing/)
    await clock.advance(1000)
    await refused
  })

  it('ends at once when the demo is stopped', async () => {
    const { stopping, story } = newStory()
    const reached = story.reached(['Proposed'])
    stopping.abort('SIGINT')
    await assert.rejects(reached, (reason) => reason === 'SIGINT')
  })
})

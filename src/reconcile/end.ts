import {
  type EndedWith,
  type Outcome,
  phaseOf,
  type Remediation,
  type RemediationState,
} from '#src/domain/remediation.ts'
import { type Acted, report } from './report.ts'
import { repositoryOf } from './repository-of.ts'
import type { Repository, World } from './world.ts'

/** Also called for errors that end an incident, from any phase. */
export async function end(
  world: World,
  remediation: Remediation,
  outcome: Outcome,
  undo?: 'undo',
): Promise<Acted> {
  const { state } = remediation
  if ('ended' in state) return { kind: 'rest' }
  const ended = keptFacts(state)
  await tidyUp(world, remediation, ended, { outcome, undo })
  return report(world, remediation, { ...outcome, ended }, {})
}

function keptFacts(state: Exclude<RemediationState, { ended: EndedWith }>): EndedWith {
  switch (state.phase) {
    case 'Diagnosing':
      return {}
    case 'Proposed':
      return { plan: state.plan }
    case 'ReadyForReview':
      return { plan: state.plan, pullRequest: state.pullRequest }
    case 'Approved':
      return { plan: state.plan, pullRequest: state.pullRequest, approval: state.approval }
    case 'Applied':
      return {
        plan: state.plan,
        pullRequest: state.pullRequest,
        approval: state.approval,
        applied: state.applied,
      }
  }
}

/** Leaves no open pull request and no branch of ours behind, and says on the pull request how it ended. */
async function tidyUp(
  world: World,
  remediation: Remediation,
  facts: EndedWith,
  { outcome, undo }: { readonly outcome: Outcome; readonly undo: 'undo' | undefined },
): Promise<void> {
  const { plan: known, pullRequest } = facts
  // Closed by a person, or by us where a person asked for it, and answered there.
  if (known === undefined || outcome.phase === 'Rejected' || outcome.reason === 'Retried') return
  const repository = repositoryOf(world, known.source)
  if (pullRequest === undefined) {
    // A branch that was pushed just before a crash.
    await deleteBranch(repository, known.branch)
    return
  }
  const words =
    outcome.phase === 'Failed'
      ? world.texts.failed(remediation, outcome.message, undo)
      : world.texts.closing(remediation, outcome.message)
  await repository.pullRequests.ensureComment(pullRequest.id, outcome.phase.toLowerCase(), words)
  if (phaseOf(remediation) !== 'ReadyForReview') return
  await repository.pullRequests.ensureClosed(pullRequest.id)
  await deleteBranch(repository, known.branch)
}

/** One with other people's commits stays theirs. */
async function deleteBranch({ manifests }: Repository, branch: string): Promise<void> {
  await manifests.fetch()
  await manifests.deleteBranch(branch)
}

import type { FieldChange } from '#src/domain/change.ts'
import type { Incident, Proposer } from '#src/propose/proposer.ts'

/** What a playbook answered, in the shape the tables compare: the changes, or the reason for none. */
export async function answerOf(
  proposer: Proposer,
  incident: Incident,
): Promise<readonly FieldChange[] | string> {
  const answer = await proposer.propose(incident, [])
  return answer.kind === 'abstain' ? answer.reason : answer.proposal.changes
}

import { type GateVerdict, type Proposal, refusals } from '#src/domain/proposal.ts'
import { sharedCause } from '#src/domain/state-finding.ts'
import type { ProvenEdit, Traced } from '#src/manifests/manifests.ts'
import { dryRunGate } from '#src/propose/gates/dry-run.ts'
import { checkEdit, checkProposal, type PROPOSAL_GATES } from '#src/propose/gates/run-gates.ts'
import { memoryVerdicts } from '#src/propose/memory/rejected.ts'
import type { Judge } from '#src/propose/propose-chain.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { causeOf } from './cause.ts'
import type { Repository, World } from './world.ts'

/** What is restored would be shown to everybody who reads the pull request, and kept in the Remediation. */
export const SECRET: GateVerdict = {
  gate: 'security',
  verdict: 'refused',
  message: 'A value of the change looks like a secret; restore it by hand, or keep it in a Secret.',
}

/** All gates over one proposal, the live ones and the proof included. `gates`: other static ones than the incident's. */
export function judgeOf(
  world: World,
  { manifests }: Pick<Repository, 'manifests'>,
  incident: Incident,
  traced: Traced,
  gates?: typeof PROPOSAL_GATES,
): Judge<ProvenEdit> {
  const { target, snapshot } = incident
  return async (proposal) => {
    const verdicts: GateVerdict[] = [...checkProposal(incident, proposal, gates)]
    verdicts.push(...memoryVerdicts(incident, proposal.changes))
    verdicts.push(...sharedVerdicts(incident, proposal, world.clock.now()))
    if (await world.cluster.holdsSecret(proposal.changes)) verdicts.push(SECRET)
    if (refusals(verdicts).length > 0) return { accepted: false, verdicts }
    // Git and the API server know nothing of each other: both are asked at once.
    const [edit, dryRun] = await Promise.all([
      manifests.edit(traced, target, proposal.changes),
      dryRunGate(proposal.changes, (changes) => world.executor.dryRun(snapshot.workload, changes)),
    ])
    verdicts.push(...checkEdit(incident, proposal, edit), dryRun)
    return refusals(verdicts).length > 0
      ? { accepted: false, verdicts }
      : { accepted: true, verdicts, value: edit }
  }
}

/** Where several objects show that what they refer to is missing, only what stood there before counts. */
function sharedVerdicts(
  { state, target, fault }: Incident,
  { grounds }: Proposal,
  now: number,
): readonly GateVerdict[] {
  const cause = state && causeOf(state, { target, ...fault }, now)
  const shared = cause && sharedCause(cause)
  if (shared === undefined || grounds.some(({ kind }) => kind === 'git')) return []
  return [{ gate: 'grounding', verdict: 'refused', message: shared }]
}

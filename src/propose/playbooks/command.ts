import { formatFieldPath } from '#src/domain/field-path.ts'
import { abstain, changeTo, describePlace, type GroundedChange, propose } from '#src/propose/answers.ts'
import type { Answer, Incident, Proposer } from '#src/propose/proposer.ts'
import { wholeUndo } from './undo.ts'

const RESTORED = ['command', 'args', 'env', 'workingDir']

/**
 * A container that cannot start or keeps crashing since the last change in Git touched its command, arguments,
 * environment or working directory → what stood there before, removal included.
 */
export const commandPlaybook: Proposer = {
  name: 'playbook/command',
  repairRounds: 0,
  families: ['run'],
  propose: async (incident) => decide(incident),
}

function decide(incident: Incident): Answer {
  const found = wholeUndo(incident)
  if (typeof found === 'string') return abstain(found)
  const { members, commit, undo, proven } = found
  if (!RESTORED.some((member) => members.has(member))) {
    return abstain(`The last change, ${commit}, touched none of ${RESTORED.join(', ')}.`)
  }
  const changes = undo.map((difference): GroundedChange => {
    const field = formatFieldPath(difference.path)
    const was = difference.after === undefined ? 'was not there' : 'had this value'
    const git = { kind: 'git' as const, evidence: `${field} ${was} until ${commit}.` }
    const running = /\.(image|command|args)$/.test(field) ? proven : undefined
    if (running === undefined) return { change: changeTo(difference), grounds: [git] }
    return {
      change: changeTo(difference),
      grounds: [git, { kind: 'replicaset', evidence: `${running.evidence}.` }],
    }
  })
  const what = [...members].sort().join(', ')
  return propose(
    {
      proposer: commandPlaybook.name,
      summary: `Restore ${what} of ${describePlace(incident)}`,
      rootCause: `The container fails (${incident.fault.reason}) since ${commit} changed its ${what}.`,
      risk: proven
        ? 'What the last change was meant to bring is left out until it is corrected.'
        : 'No pod shows that the earlier values still work; what the last change was meant to bring is left out.',
    },
    changes,
  )
}

import { abstain, changeTo, describePlace, propose } from '#src/propose/answers.ts'
import { parseImage } from '#src/propose/image-reference.ts'
import type { Answer, Incident, Proposer } from '#src/propose/proposer.ts'
import { isImageFailing } from '#src/propose/proven-runs.ts'
import { wholeUndo } from './undo.ts'

/**
 * A container that keeps crashing since the last change in Git gave it another image → the image before. Often nothing
 * runs that one any more: a crashing pod is available for a moment, and the old ReplicaSet is scaled down.
 */
export const imageRollbackPlaybook: Proposer = {
  name: 'playbook/image-rollback',
  repairRounds: 0,
  families: ['run'],
  propose: async (incident) => decide(incident),
}

function decide(incident: Incident): Answer {
  const found = wholeUndo(incident)
  if (typeof found === 'string') return abstain(found)
  const { members, commit, undo, proven } = found
  const [image] = undo
  if (image === undefined || members.size !== 1 || !members.has('image')) {
    return abstain(`The last change, ${commit}, was not one of the image alone.`)
  }
  const previous = typeof image.after === 'string' ? image.after : ''
  if (parseImage(previous) === undefined) return abstain(`No valid image stood there before ${commit}.`)
  if (isImageFailing(incident.snapshot, incident.fault, previous)) {
    return abstain(`${previous}, the image before ${commit}, fails as well.`)
  }
  return propose(
    {
      proposer: imageRollbackPlaybook.name,
      summary: `Set the image of ${describePlace(incident)} back to ${previous}`,
      rootCause: `The container fails (${incident.fault.reason}) since ${commit} set the image ${String(image.before)}.`,
      risk: proven
        ? 'Whatever the newer image was meant to bring is left out until it is corrected.'
        : `No pod runs ${previous} at the moment; whatever the newer image was meant to bring is left out.`,
    },
    [
      {
        change: changeTo(image),
        grounds: [
          ...(proven ? [{ kind: 'replicaset' as const, evidence: `${proven.evidence}.` }] : []),
          { kind: 'git', evidence: `It stood in this field until ${commit}.` },
        ],
      },
    ],
  )
}

import { abstain, changeTo, describePlace, propose } from '#src/propose/answers.ts'
import { imageOf } from '#src/propose/container-view.ts'
import { parseImage } from '#src/propose/image-reference.ts'
import type { Answer, Incident, Proposer } from '#src/propose/proposer.ts'
import { isImageFailing } from '#src/propose/proven-runs.ts'
import { wholeUndo } from './undo.ts'

/**
 * A container that keeps crashing since the last change in Git gave it another image, while an available ReplicaSet or
 * a ready pod still runs the one before → that image.
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
  if (proven === undefined || imageOf(proven.container) !== previous) {
    return abstain(`No available ReplicaSet or ready pod still runs ${previous}, the image before ${commit}.`)
  }
  if (isImageFailing(incident.snapshot, incident.fault, previous)) {
    return abstain(`${previous}, the image before ${commit}, fails as well.`)
  }
  return propose(
    {
      proposer: imageRollbackPlaybook.name,
      summary: `Set the image of ${describePlace(incident)} back to ${previous}`,
      rootCause: `The container fails (${incident.fault.reason}) since ${commit} set the image ${String(image.before)}.`,
      risk: 'Whatever the newer image was meant to bring is left out until it is corrected.',
    },
    [
      {
        change: changeTo(image),
        grounds: [
          { kind: 'replicaset', evidence: `${proven.evidence}.` },
          { kind: 'git', evidence: `It stood in this field until ${commit}.` },
        ],
      },
    ],
  )
}

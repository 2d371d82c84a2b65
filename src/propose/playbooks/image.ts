import { formatFieldPath } from '#src/domain/field-path.ts'
import { containerPath, isWorkloadKind } from '#src/domain/target.ts'
import { abstain, describePlace, type GroundedChange, propose } from '#src/propose/answers.ts'
import { containerOf, imageOf } from '#src/propose/container-view.ts'
import { describeCommit, isRollback, type LastChange, lastChange } from '#src/propose/git-history.ts'
import { imageRepository, intendedRepository, parseImage } from '#src/propose/image-reference.ts'
import type { Answer, Incident, Proposer } from '#src/propose/proposer.ts'
import { isImageFailing, provenRuns } from '#src/propose/proven-runs.ts'
import { pullTrouble, tagsOf } from '#src/propose/pull-trouble.ts'

/**
 * An image that cannot be pulled or named → the last one that provably ran: an available ReplicaSet's or a ready pod's,
 * else the one that stood in Git before.
 */
export const imagePlaybook: Proposer = {
  name: 'playbook/image',
  repairRounds: 0,
  families: ['image'],
  propose: async (incident) => decide(incident),
}

function decide(incident: Incident): Answer {
  const { fault, target, rendered, snapshot, history } = incident
  if (fault.family !== 'image') return abstain('The fault is not one of an image.')
  const present = imageOf(containerOf(rendered, fault))
  if (present === undefined || !isWorkloadKind(target.kind)) {
    return abstain(`Git sets no image for ${describePlace(incident)}.`)
  }
  const live = imageOf(containerOf(snapshot.workload, fault))
  if (live !== undefined && live !== present) {
    return abstain(`Git says ${present} while the cluster still has ${live}: the failing image is not Git's.`)
  }
  const change = lastChange(history, (version) => imageOf(containerOf(version, fault)))
  if (change?.setBy.ours) {
    return abstain(`${present} was set by ${describeCommit(change.setBy)}, a fix of ours: it is not undone.`)
  }
  if (change && isRollback(change.setBy)) {
    return abstain(`${present} was set by a roll-back, ${describeCommit(change.setBy)}: it is not undone.`)
  }
  const other = otherTrouble(incident, present)
  if (other !== undefined) return abstain(other)
  const found = provenImage(incident, present) ?? imageInGit(incident, present, change)
  if (typeof found === 'string') return abstain(found)
  const field = `${formatFieldPath(containerPath(target.kind, fault.role, fault.container))}.image`
  const origin = change === undefined ? '' : `; it was set by ${describeCommit(change.setBy)}`
  const trouble = fault.reason === 'InvalidImageName' ? 'is not a valid image name' : 'cannot be pulled'
  const grounded: GroundedChange = {
    change: { op: 'set', field, value: found.image },
    grounds: found.grounds,
  }
  return propose(
    {
      proposer: imagePlaybook.name,
      summary: `Set the image of ${describePlace(incident)} back to ${found.image}`,
      rootCause: `The image ${present} ${trouble} (${fault.reason})${origin}.`,
      risk: found.risk,
    },
    [grounded],
  )
}

/* Why the image itself is not what is wrong. */
function otherTrouble({ fault, snapshot, registryTags }: Incident, present: string): string | undefined {
  if (fault.reason === 'ErrImageNeverPull') return `The pull policy forbids to pull ${present}.`
  const running = provenRuns(snapshot, fault).find(({ container }) => imageOf(container) === present)
  if (running !== undefined) {
    return `${running.evidence.replace(/ it$/, '')} ${present}: the image exists, and is not what is wrong.`
  }
  const tag = parseImage(present)?.tag
  const tags = tagsOf({ ...(registryTags && { registryTags }) }, present)
  return tag !== undefined && tags?.includes(tag)
    ? `The registry has ${present}: the pull fails for another reason.`
    : undefined
}

/* A registry that does not answer, or refuses, has said nothing about the tag: only another repository may help. */
function isHelpful({ fault, registryTags }: Incident, present: string, image: string): boolean {
  const trouble = pullTrouble(fault.message)
  const tag = parseImage(image)?.tag
  const tags = tagsOf({ ...(registryTags && { registryTags }) }, image)
  if (tag !== undefined && tags !== undefined && !tags.includes(tag)) return false
  const same = imageRepository(image) === imageRepository(present)
  return !same || (trouble !== 'unreachable' && trouble !== 'denied')
}

interface Found {
  readonly image: string
  readonly grounds: GroundedChange['grounds']
  readonly risk: string
}

function provenImage(incident: Incident, present: string): Found | undefined {
  const { snapshot, fault } = incident
  for (const { container, evidence } of provenRuns(snapshot, fault)) {
    const image = imageOf(container)
    if (image === undefined || image === present || !isAcceptable(incident, present, image)) continue
    if (isImageFailing(snapshot, fault, image) || !isHelpful(incident, present, image)) continue
    return {
      image,
      grounds: [{ kind: 'replicaset', evidence: `${evidence}.` }],
      risk: `Whatever ${present} was meant to bring is left out until its image can be pulled.`,
    }
  }
  return undefined
}

/* The answer, or why there is none. */
function imageInGit(incident: Incident, present: string, change: LastChange | undefined): Found | string {
  const { snapshot, fault } = incident
  const image = imageOf(containerOf(change?.before.rendered, fault))
  if (change === undefined || image === undefined) {
    return `No available ReplicaSet or ready pod runs another image, and Git history knows none before ${present}.`
  }
  const commit = describeCommit(change.setBy)
  if (change.returned) return `${commit} brought ${present} back on purpose, and nothing runs ${image} now.`
  if (!isAcceptable(incident, present, image))
    return `${image}, the image before ${commit}, is not a valid name.`
  if (isImageFailing(snapshot, fault, image)) return `${image}, the image before ${commit}, fails as well.`
  if (!isHelpful(incident, present, image)) {
    return `The registry does not hand out ${present}, and ${image} would come from the same place.`
  }
  return {
    image,
    grounds: [{ kind: 'git', evidence: `It stood in this field until ${commit} set ${present}.` }],
    risk: `No pod runs ${image} at the moment: that it can still be pulled is likely, not shown.`,
  }
}

/* The same repository as the failing image, or one that Git history itself shows in this field. */
function isAcceptable({ history, fault }: Incident, present: string, image: string): boolean {
  const repository = imageRepository(image)
  if (repository === undefined || parseImage(image) === undefined) return false
  return (
    repository === intendedRepository(present) ||
    history.some(({ rendered }) => {
      const earlier = imageOf(containerOf(rendered, fault))
      return earlier !== undefined && earlier !== present && imageRepository(earlier) === repository
    })
  )
}

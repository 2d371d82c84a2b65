import { valueAt } from '#src/domain/field-path.ts'
import { asJson } from '#src/domain/kube-object.ts'
import { abstain, describePlace, type GroundedChange, propose } from '#src/propose/answers.ts'
import { keyChanges } from '#src/propose/derive/reference-key.ts'
import { describeCommit, isRollback, lastChange } from '#src/propose/git-history.ts'
import {
  isDeclaredInGit,
  keysOf,
  type MissingReference,
  missingReferenceOf,
  nearestExisting,
  placesIn,
  placesOf,
  type ReferencePlace,
} from '#src/propose/missing-reference.ts'
import type { Answer, Incident, Proposer } from '#src/propose/proposer.ts'
import { provenRuns } from '#src/propose/proven-runs.ts'

/**
 * A ConfigMap, Secret or key that does not exist → the name that stood there before, where that still exists; else the
 * one existing name that the missing one is a slip of (`nearest-name.ts` has the bound). Secrets are never read.
 */
export const referencePlaybook: Proposer = {
  name: 'playbook/reference',
  repairRounds: 0,
  families: ['config'],
  propose: async (incident) => decide(incident),
}

function decide(incident: Incident): Answer {
  const { fault, target, rendered } = incident
  if (fault.family !== 'config') return abstain('The fault is not one of configuration.')
  const missing = missingReferenceOf(fault, target.namespace)
  if (missing === undefined) {
    return abstain(`The kubelet's message names no missing ConfigMap, Secret or key of ${target.namespace}.`)
  }
  const what = describeMissing(missing)
  const places = placesOf(rendered, fault, missing)
  if (places.length === 0) return abstain(`Git's ${describePlace(incident)} does not use ${what}.`)
  if (isDeclaredInGit(incident, missing)) {
    return abstain(`Git declares ${what}: it is not misspelt, it is not in the cluster yet.`)
  }
  const found = previousName(incident, missing, places) ?? nearest(incident, missing, places)
  if (typeof found === 'string') return abstain(found)
  const changes = keyChanges(incident, found.name).map(
    (change): GroundedChange => ({ change, grounds: found.grounds }),
  )
  const noun = missing.key === undefined ? missing.kind : `key of ${missing.kind} ${missing.name}`
  return propose(
    {
      proposer: referencePlaybook.name,
      summary: `Use the ${noun} ${found.name} in ${describePlace(incident)}`,
      rootCause: `The container needs ${what}, which does not exist${found.origin}.`,
      risk: `${found.name} may hold other values than ${missing.key ?? missing.name} was meant to hold.`,
    },
    changes,
  )
}

interface Found {
  readonly name: string
  readonly grounds: GroundedChange['grounds']
  readonly origin: string
}

/* Git shows that every place was just changed from one name that is still known. */
function previousName(
  incident: Incident,
  missing: MissingReference,
  places: readonly ReferencePlace[],
): Found | string | undefined {
  const changes = places.map(({ path }) => ({
    path,
    change: lastChange(incident.history, (target) => valueAt(asJson(target), path)),
  }))
  const [first] = changes
  const change = first?.change
  if (first === undefined || change === undefined) return undefined
  const commit = describeCommit(change.setBy)
  if (change.setBy.ours) return `${commit}, a fix of ours, set this reference: it is not undone.`
  if (isRollback(change.setBy)) return `${commit}, a roll-back, set this reference: it is not undone.`
  const names = changes.map(
    (it) => it.change?.before.rendered && valueAt(asJson(it.change.before.rendered), it.path),
  )
  const [name] = names
  if (typeof name !== 'string' || names.some((other) => other !== name) || change.returned) return undefined
  const reference = knownReference(incident, missing, name, places)
  if (reference === undefined) return undefined
  const grounds = [
    { kind: 'git' as const, evidence: `It stood in this field until ${commit} changed it.` },
    { kind: 'reference' as const, evidence: `It is known from ${reference}.` },
  ]
  return { name, grounds, origin: `; ${commit} changed the reference from ${name}` }
}

function nearest(
  incident: Incident,
  missing: MissingReference,
  places: readonly ReferencePlace[],
): Found | string {
  const what = describeMissing(missing)
  const worked = provenRuns(incident.snapshot, incident.fault).find(
    ({ container }) => placesIn(container, missing).length > 0,
  )
  if (worked && missing.key === undefined)
    return `${worked.evidence} with ${what}: the name is right, the object is gone.`
  const found = nearestExisting(incident, missing)
  if (found.kind === 'none') return `No known name is near enough to ${what} to be what was meant.`
  if (found.kind === 'ambiguous') return `${what} could be a slip of each of ${found.names.join(', ')}.`
  const seenIn = knownReference(incident, missing, found.name, places)
  if (seenIn === undefined)
    return `${found.name} is near ${what}, but has not the keys that the container reads.`
  const evidence = `It is the one name near ${missing.key ?? missing.name}, known from ${seenIn}.`
  return { name: found.name, grounds: [{ kind: 'reference', evidence }], origin: '' }
}

/* Where the name is known from; undefined when it is not, or when Git shows it without a key that is needed. */
function knownReference(
  { references }: Incident,
  missing: MissingReference,
  name: string,
  places: readonly ReferencePlace[],
): string | undefined {
  const ofKind = references.filter(({ kind }) => kind === missing.kind)
  if (missing.key !== undefined) {
    return ofKind.find((known) => known.name === missing.name && known.keys.includes(name))?.seenIn
  }
  const known = ofKind.filter((reference) => reference.name === name)
  const declared = known.find(({ seenIn }) => seenIn === 'git')
  const keys = keysOf(ofKind, name)
  const lacks = places.some(({ key }) => key !== undefined && !keys.includes(key))
  return declared !== undefined && lacks ? undefined : (declared ?? known[0])?.seenIn
}

function describeMissing({ kind, name, key }: MissingReference): string {
  return key === undefined ? `${kind} ${name}` : `key ${key} of ${kind} ${name}`
}

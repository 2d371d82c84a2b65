import { applyChanges, type FieldChange } from '#src/domain/change.ts'
import { type FieldPath, valueAt } from '#src/domain/field-path.ts'
import { canonicalJson, equalJson, isObject, type Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { GateVerdict } from '#src/domain/proposal.ts'
import { relativePath, shapeOf } from '#src/propose/allow-list.ts'
import { type ContainerRef, containerOf } from '#src/propose/container-view.ts'
import { derivedChanges } from '#src/propose/derived-changes.ts'
import { missingReferenceOf, nearestExisting, placesOf } from '#src/propose/missing-reference.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { isImageFailing, provenRuns } from '#src/propose/proven-runs.ts'
import { pathOf } from './schema.ts'
import { judge } from './verdict.ts'

/**
 * Every value is found again, independently of what the proposer claims: an available ReplicaSet or a ready pod runs
 * it, it stood in that very field in Git before, it is the known name that the missing one is a slip of, or it follows
 * from other objects of the cluster (`derived-changes.ts`). A removal
 * is grounded where the field was absent in one of those. A value that a pod shows failing is never grounded.
 *
 * `humanAuthor`: who wrote, in a merged pull request, what is not ours; that person is the ground of it then.
 */
export function groundingGate(
  incident: Incident | undefined,
  before: KubeObject,
  changes: readonly FieldChange[],
  humanAuthor?: string,
): GateVerdict {
  const troubles = changes.flatMap((change) => {
    const path = pathOf(change)
    if (path === undefined) return [`${change.field.slice(0, 200)} is not a field.`]
    const value = change.op === 'set' ? change.value : undefined
    if (equalJson(valueAt(asJson(before), path), value)) return [`${change.field} is like that already.`]
    if (humanAuthor !== undefined) return []
    if (incident === undefined) return [`Nothing is at hand that grounds ${change.field}.`]
    return troubleWith(incident, changes, change, path, value) ?? []
  })
  const ground = humanAuthor === undefined ? 'the cluster or Git history' : `the merge by ${humanAuthor}`
  return judge('grounding', troubles, `Every value is grounded in ${ground}.`)
}

function troubleWith(
  incident: Incident,
  all: readonly FieldChange[],
  change: FieldChange,
  path: FieldPath,
  value: Json | undefined,
): string | undefined {
  const { fault, target, snapshot } = incident
  const shape = shapeOf(path, target.kind, fault)
  if (shape === 'image' && typeof value === 'string' && isImageFailing(snapshot, fault, value)) {
    return `A pod shows ${value} failing.`
  }
  if (stoodInGit(incident, path, value) || runsNow(incident, path, value)) return undefined
  if (isNearest(incident, change) || isDerived(incident, all, change)) return undefined
  return value === undefined
    ? `Nothing shows that ${change.field} was ever absent.`
    : `${change.field}: this value neither runs anywhere, nor stood there in Git, nor is a known name near the missing one.`
}

/* The present version does not count: it is what fails. An absent container shows nothing about its fields. */
function stoodInGit({ history, fault }: Incident, path: FieldPath, value: Json | undefined): boolean {
  return history.slice(1).some(({ rendered }) => {
    if (rendered === undefined || !hasPlace(rendered, fault, path)) return false
    return equalJson(valueAt(asJson(rendered), path), value)
  })
}

/* The container, and the list item that the field belongs to, were there: only then can the field have been absent. */
function hasPlace(rendered: KubeObject, ref: ContainerRef, path: FieldPath): boolean {
  if (ref.container !== '' && containerOf(rendered, ref) === undefined) return false
  const item = path.slice(0, -1).findLastIndex((segment) => !('member' in segment))
  return item < 0 || valueAt(asJson(rendered), path.slice(0, item + 1)) !== undefined
}

/* What other objects tell is derived anew, whatever the proposer says of it; what belongs together must come together. */
function isDerived(incident: Incident, all: readonly FieldChange[], change: FieldChange): boolean {
  const texts = new Set(all.map((each) => canonicalJson({ ...each })))
  const own = canonicalJson({ ...change })
  return derivedChanges(incident).some(({ changes }) => {
    const group = changes.map((each) => canonicalJson({ ...each }))
    return group.includes(own) && group.every((text) => texts.has(text))
  })
}

function runsNow({ snapshot, fault, target }: Incident, path: FieldPath, value: Json | undefined): boolean {
  const relative = relativePath(path, target.kind, fault)
  if (relative?.below !== 'container') return false
  return provenRuns(snapshot, fault).some(({ container }) =>
    equalJson(valueAt(container, relative.path), value),
  )
}

function isNearest(incident: Incident, change: FieldChange): boolean {
  const missing = missingReferenceOf(incident.fault, incident.target.namespace)
  if (missing === undefined || change.op !== 'set') return false
  const nearest = nearestExisting(incident, missing)
  if (nearest.kind !== 'found' || change.value !== nearest.name) return false
  const places = placesOf(incident.rendered, incident.fault, missing)
  const simulated = applyChanges(asJson(incident.rendered), [change])
  return isObject(simulated) && places.some(({ path }) => valueAt(simulated, path) === nearest.name)
}

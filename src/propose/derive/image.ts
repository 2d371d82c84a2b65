import { workloadsIn } from '#src/detect/state/owners.ts'
import { list, podSpecIn } from '#src/detect/state/pod-template.ts'
import { at } from '#src/domain/cluster-state.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import { canonicalJson, type JsonObject } from '#src/domain/json.ts'
import { containerPath, describeTarget, isWorkloadKind, podSpecPath, targetOf } from '#src/domain/target.ts'
import { containerOf, imageOf } from '#src/propose/container-view.ts'
import { imageRepository, parseImage } from '#src/propose/image-reference.ts'
import { nearestName } from '#src/propose/nearest-name.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { pullTrouble, tagsOf } from '#src/propose/pull-trouble.ts'
import { type Derived, set } from './derived.ts'

/** The existing tag that a missing one is a slip of; the pull secret that others in the namespace have for that registry. */
export function derivedForImage(incident: Incident): readonly Derived[] {
  if (incident.fault.family !== 'image') return []
  return [...derivedTag(incident), ...derivedPullSecret(incident)]
}

function derivedTag(incident: Incident): readonly Derived[] {
  const { fault, target, rendered } = incident
  const present = imageOf(containerOf(rendered, fault))
  const parsed = present === undefined ? undefined : parseImage(present)
  const tags = present === undefined ? undefined : tagsOf(incident, present)
  if (parsed?.tag === undefined || parsed.digest !== undefined || tags === undefined) return []
  if (tags.includes(parsed.tag) || present === undefined || !isWorkloadKind(target.kind)) return []
  const tag = nearestTag(parsed.tag, tags)
  if (tag === undefined) return []
  const field = `${formatFieldPath(containerPath(target.kind, fault.role, fault.container))}.image`
  const image = `${present.slice(0, -parsed.tag.length)}${tag}`
  const evidence = `The registry has the tag ${tag} and no tag ${parsed.tag}.`
  return [{ changes: [set(field, image)], kind: 'registry', evidence }]
}

/* `v1.4.2` for `1.4.2`, another separator, or a slip in a word; never another version. */
function nearestTag(wrong: string, tags: readonly string[]): string | undefined {
  const bare = (tag: string) =>
    tag
      .toLowerCase()
      .replace(/^v(?=\d)/, '')
      .replace(/[-_.]/g, '.')
  const same = tags.filter((tag) => bare(tag) === bare(wrong))
  if (same.length > 0) return same.length === 1 ? same[0] : undefined
  const near = nearestName(wrong, tags)
  return near.kind === 'found' ? near.name : undefined
}

/* Only where the registry refuses, the workload has no pull secret or a misspelt one, and all others of that registry agree on one. */
function derivedPullSecret(incident: Incident): readonly Derived[] {
  const { fault, target, rendered, state, snapshot } = incident
  const present = imageOf(containerOf(rendered, fault))
  const registry = present === undefined ? undefined : parseImage(present)?.registry
  if (state === undefined || registry === undefined || !isWorkloadKind(target.kind)) return []
  const own = list(podSpecIn(rendered)['imagePullSecrets']).map(({ name }) => String(name))
  if (pullTrouble(fault.message) !== 'denied') return []
  const siblings = workloadsIn(state).filter(
    (workload) =>
      workload.metadata.namespace === target.namespace &&
      workload.metadata.name !== snapshot.workload.metadata.name &&
      imagesIn(podSpecIn(workload)).some((image) => parseImage(image)?.registry === registry) &&
      list(podSpecIn(workload)['imagePullSecrets']).length > 0,
  )
  const choices = new Map(
    siblings.map((workload) => {
      const secrets = list(podSpecIn(workload)['imagePullSecrets']).map(({ name }) => ({
        name: String(name),
      }))
      return [canonicalJson(secrets), { secrets, seenIn: describeTarget(targetOf(workload)) }]
    }),
  )
  const [only, ...more] = [...choices.values()]
  if (
    only === undefined ||
    more.length > 0 ||
    !mayReplace(
      own,
      only.secrets.map(({ name }) => name),
    )
  )
    return []
  const field = formatFieldPath([...podSpecPath(target.kind), { member: 'imagePullSecrets' }])
  const evidence = `${only.seenIn} pulls from ${registry} with it.`
  return [{ changes: [set(field, only.secrets)], kind: 'reference', evidence }]
}

/* No secret at all, or one that is a slip of the neighbours'. */
function mayReplace(own: readonly string[], others: readonly string[]): boolean {
  const [mine, ...more] = own
  if (mine === undefined) return true
  return more.length === 0 && others.length === 1 && nearestName(mine, others).kind === 'found'
}

function imagesIn(spec: JsonObject): readonly string[] {
  return ['initContainers', 'containers'].flatMap((name) =>
    list(spec[name]).flatMap((container) => {
      const image = at(container, 'image')
      return typeof image === 'string' && imageRepository(image) !== undefined ? [image] : []
    }),
  )
}

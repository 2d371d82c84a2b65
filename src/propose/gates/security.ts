import type { GitVersion } from '#src/domain/evidence.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { GateVerdict } from '#src/domain/proposal.ts'
import { imageOf, objectsIn, podSpecOf } from '#src/propose/container-view.ts'
import { imageRepository, intendedRepository } from '#src/propose/image-reference.ts'
import { leftRegistry } from '#src/propose/left-registry.ts'
import { missingReferenceOf, nearestExisting } from '#src/propose/missing-reference.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { isTheFault, mayReturn } from './security-exceptions.ts'
import { securityFacts } from './security-facts.ts'
import { judge } from './verdict.ts'

type SecurityContext = Pick<Incident, 'history' | 'fault' | 'target' | 'references' | 'rendered' | 'state'>

/**
 * The whole target, before and after: no new registry or image repository unless Git history has it in that container,
 * no return to a registry that its neighbours do not use, nothing granted that was not, no guard lost, no Secret that the workload did not use before. The one exception: the
 * known Secret that a missing one is a slip of may take the missing one's place.
 */
export function securityGate(
  incident: SecurityContext | undefined,
  before: KubeObject,
  after: KubeObject,
): GateVerdict {
  const was = securityFacts(before)
  const is = securityFacts(after)
  const history = incident?.history ?? []
  const troubles = [
    ...[...is.grants]
      .filter((grant) => !was.grants.has(grant) && !mayReturn(incident, grant))
      .map((grant) => `New: ${grant}.`),
    ...[...was.guards]
      .filter((guard) => !is.guards.has(guard) && !isTheFault(incident, guard))
      .map((guard) => `Lost or changed: ${guard}.`),
    ...[...is.secrets]
      .filter(
        (secret) => !was.secrets.has(secret) && !isKnownSecret(incident, was.secrets, is.secrets, secret),
      )
      .map((secret) => `Secret ${secret} did not reach this workload before.`),
    ...newRepositories(history, before, after),
    ...leftRegistries(incident, before, after),
  ]
  return judge('security', troubles, 'Nothing is granted that was not, and no guard is lost.')
}

function isKnownSecret(
  incident: SecurityContext | undefined,
  was: ReadonlySet<string>,
  is: ReadonlySet<string>,
  secret: string,
): boolean {
  if (incident === undefined) return false
  const usedBefore = incident.history
    .slice(1)
    .some(({ rendered }) => rendered !== undefined && securityFacts(rendered).secrets.has(secret))
  if (usedBefore) return true
  const missing = missingReferenceOf(incident.fault, incident.target.namespace)
  if (missing?.kind !== 'Secret' || missing.key !== undefined) return false
  if (!was.has(missing.name) || is.has(missing.name)) return false
  const nearest = nearestExisting(incident, missing)
  return nearest.kind === 'found' && nearest.name === secret
}

function newRepositories(
  history: readonly GitVersion[],
  before: KubeObject,
  after: KubeObject,
): readonly string[] {
  return imagesOf(after).flatMap(({ container, image }) => {
    const present = imagesOf(before).find((it) => it.container === container)
    if (present?.image === image) return []
    const repository = imageRepository(image)
    const known = new Set(
      history
        .slice(1)
        .flatMap(({ rendered }) => (rendered === undefined ? [] : imagesOf(rendered)))
        .filter((it) => it.container === container)
        .map((it) => imageRepository(it.image)),
    )
    if (present) known.add(intendedRepository(present.image))
    if (repository !== undefined && known.has(repository)) return []
    return [`${container} would run ${image}, from a registry or repository that it never had in Git.`]
  })
}

/* That it stood in Git once does not make a registry trusted that nothing here pulls from any more. */
function leftRegistries(
  incident: SecurityContext | undefined,
  before: KubeObject,
  after: KubeObject,
): readonly string[] {
  if (incident === undefined) return []
  return imagesOf(after).flatMap(({ container, image }) => {
    const present = imagesOf(before).find((it) => it.container === container)?.image
    if (present === undefined || present === image) return []
    const siblings = imagesOf(before).flatMap((it) => (it.container === container ? [] : it.image))
    const registry = leftRegistry(incident, present, image, siblings)
    return registry === undefined
      ? []
      : [`${container} would run ${image} again, from ${registry}, which nothing else in the namespace uses.`]
  })
}

function imagesOf(workload: KubeObject) {
  const spec = podSpecOf(workload)
  return ['initContainers', 'containers'].flatMap((list) =>
    objectsIn(spec, list).map((container) => ({
      container: `${list}/${String(container['name'])}`,
      image: imageOf(container) ?? '',
    })),
  )
}

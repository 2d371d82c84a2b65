import { findFaults } from '#src/detect/state/find-faults.ts'
import { groupOf } from '#src/domain/kube-object.ts'
import type { Root } from '#src/domain/root.ts'
import { findingAt, type StateFinding, sharedCause } from '#src/domain/state-finding.ts'
import type { TargetRef } from '#src/domain/target.ts'
import type { Checkout } from '#src/manifests/checkout/open-checkout.ts'
import type { ProposeChain } from '#src/propose/propose-chain.ts'
import type { OfflineWorld } from './offline-incident.ts'
import { type OfflinePlan, offlinePlan } from './offline-plan.ts'

/** One fault on one object, and what becomes of it. */
export interface OfflineResult {
  readonly finding: StateFinding
  readonly plan: OfflinePlan
  /** Position of an earlier result whose edit does this one's work as well. */
  readonly sameAs: number | undefined
}

export interface OfflineOptions {
  readonly world: OfflineWorld
  readonly chain: ProposeChain
  /** What renders the objects, where somebody says so; otherwise it is looked for. */
  readonly named: readonly Root[]
}

/** Everything that is wrong in a state, with a proposal or an abstention for each. Nothing is written. */
export async function proposeOffline(options: OfflineOptions): Promise<readonly OfflineResult[]> {
  const { world, chain, named } = options
  const results: OfflineResult[] = []
  for (const finding of findFaults(world.state, world.now)) {
    const places = [finding, ...finding.affected.map((place) => findingAt(finding, place))]
    const together = new Set(places.map(({ target }) => identity(target)))
    const shared = sharedCause(finding)
    for (const each of places) {
      const plan = await offlinePlan(each, { world, chain, named, together, shared })
      results.push({ finding: each, plan, sameAs: sameEdit(results, plan) })
    }
  }
  return results
}

function sameEdit(results: readonly OfflineResult[], plan: OfflinePlan): number | undefined {
  if (plan.kind !== 'proposal') return undefined
  const at = results.findIndex((each) => each.plan.kind === 'proposal' && each.plan.diff === plan.diff)
  return at < 0 ? undefined : at
}

/** As the blast radius names objects. */
function identity({ apiVersion, kind, namespace, name }: TargetRef): string {
  const group = groupOf(apiVersion)
  return `${kind}${group === '' ? '' : `.${group}`} ${namespace === '' ? '' : `${namespace}/`}${name}`
}

export interface WrittenEdits {
  readonly files: readonly string[]
}

/**
 * Writes every proposal into the checkout, one after the other. Where an earlier one changed the same file, `reopen` gives
 * the checkout as it is then, and the edit is made and proven anew.
 */
export async function writeProposals(
  results: readonly OfflineResult[],
  checkout: Checkout,
  reopen: () => Promise<Checkout>,
): Promise<WrittenEdits> {
  const written = new Set<string>()
  for (const { plan, sameAs } of results) {
    if (plan.kind !== 'proposal' || sameAs !== undefined) continue
    const files = [...plan.edit.files.keys()]
    if (!files.some((file) => written.has(file))) await checkout.write(plan.edit)
    else await writeAgain(plan, await reopen())
    for (const file of files) written.add(file)
  }
  return { files: [...written].sort() }
}

async function writeAgain(
  { found, proposal, edit }: Extract<OfflinePlan, { kind: 'proposal' }>,
  checkout: Checkout,
): Promise<void> {
  try {
    const { origin, target } = found
    const { kind, apiVersion } = target
    const { name, namespace = '' } = origin.object.metadata
    const wanted = { kind, group: groupOf(apiVersion), namespace, name }
    const again = await checkout.find(origin.root, wanted)
    const sharing = edit.radius.length > 0 ? 'allow' : 'overlay'
    await checkout.write(await checkout.edit(again, proposal.changes, sharing))
  } finally {
    await checkout.close()
  }
}

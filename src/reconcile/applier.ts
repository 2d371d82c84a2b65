import type { FieldChange } from '#src/domain/change.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { FIELD_MANAGER, type Remediation } from '#src/domain/remediation.ts'
import { milliseconds } from '#src/domain/time.ts'
import { engineOf } from '#src/execute/engine.ts'
import { leafChanges } from '#src/execute/leaf-changes.ts'
import { type WhoApplies, whoApplies } from '#src/execute/who-applies.ts'
import { type EngineWork, engineWork } from '#src/manifests/engines/engine-work.ts'
import { liveEngine, sourceEngine } from '#src/manifests/engines/target-engine.ts'
import type { Applier } from './observation.ts'
import type { Repository, World } from './world.ts'

/** Who has to make the merged change live, and whether it is. */
export async function applierOf(
  world: World,
  { spec, manifests }: Repository,
  { target, timeline }: Remediation,
  merge: { readonly live: KubeObject; readonly changes: readonly FieldChange[]; readonly commit: string },
): Promise<Applier> {
  const { live, changes, commit } = merge
  const claim = engineOf(live)
  const claimed = claim === undefined ? undefined : await world.cluster.engines(live)
  const engine = claimed && liveEngine(live, claimed)
  const work = engine && claimed && engineWork(engine, claimed.objects)
  const has = await reached(manifests, commit, work)
  const verdict = whoApplies({
    repository: spec,
    namespace: target.namespace,
    claim: claim?.why,
    engine: engine && sourceEngine(engine, []),
    trouble: work?.applier?.progress.trouble,
  })
  if (leafChanges(live, changes).length === 0 && !isAboutToChange(verdict, work, has)) {
    const by = wroteSince(live, timeline.approved ?? 0) ? FIELD_MANAGER : 'other'
    return { kind: 'live', by, generation: live.metadata.generation ?? 0 }
  }
  if (verdict.who === 'us') return { kind: 'us' }
  if (verdict.who === 'nobody') return { kind: 'other', hold: verdict.hold }
  const since = Math.max(timeline.approved ?? 0, world.clock.now() - world.patience.poll)
  const ask = verdict.ask ? toAsk(work, has, { since, token: commit }) : []
  return { kind: 'engine', hold: verdict.hold, ask, token: commit }
}

type HasMerge = (seen: readonly string[]) => boolean

/** Which of the commits that the engine tells of are the merge commit or descend from it. */
async function reached(
  manifests: Pick<Repository['manifests'], 'isAncestor'>,
  commit: string,
  work: EngineWork | undefined,
): Promise<HasMerge> {
  const told = new Set(work?.all.flatMap(({ progress }) => progress.seen) ?? [])
  const later = new Set<string>()
  for (const each of told) if (await manifests.isAncestor(commit, each)) later.add(each)
  return (seen) => seen.some((each) => later.has(each))
}

/**
 * The fields are live before the engine has seen the merge, by somebody's hand: its next look at an older commit takes them
 * back. One that is held looks at nothing, and one that tells no commit is believed by the fields alone.
 */
function isAboutToChange(verdict: WhoApplies, work: EngineWork | undefined, has: HasMerge): boolean {
  if (verdict.who !== 'engine' || !verdict.ask) return false
  const seen = work?.applier?.progress.seen ?? []
  return seen.length > 0 && !has(seen)
}

/** Those that have neither seen the merge nor been asked since it was made. */
function toAsk(
  work: EngineWork | undefined,
  has: HasMerge,
  { since, token }: { readonly since: number; readonly token: string },
) {
  return (work?.all ?? []).flatMap(({ object, progress, askedFor }) => {
    const asked = askedFor === token || askedFor === 'now' || (progress.lookedAt ?? 0) > since
    return asked || has(progress.seen) ? [] : [object]
  })
}

/** Our field manager wrote after the approval: the apply went through, and only its record was lost. */
function wroteSince({ metadata }: KubeObject, time: number): boolean {
  return (metadata.managedFields ?? []).some(
    (entry) => entry.manager === FIELD_MANAGER && (milliseconds(entry.time) ?? 0) >= time,
  )
}

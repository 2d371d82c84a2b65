import type { GitVersion } from '#src/domain/evidence.ts'
import { isRepairable, type TargetRef } from '#src/domain/target.ts'
import { HISTORY } from './incident.ts'
import type { World } from './world.ts'

const COMMITS = 5
/** Evidence waits for a slow repository no longer than this; the plan does. Milliseconds. */
const PATIENCE = 15_000

/**
 * The last commits that touched the target's manifest, newest first, for the evidence. Empty where Git cannot tell in
 * time: why it cannot is said when the fix is planned.
 */
export async function recentCommits(world: World, target: TargetRef): Promise<readonly GitVersion[]> {
  if (!isRepairable(target)) return []
  const done = new AbortController()
  const late = world.clock.sleep(PATIENCE, done.signal).then((): readonly GitVersion[] => [])
  try {
    return await Promise.race([fromGit(world, target), late])
  } finally {
    done.abort()
  }
}

async function fromGit({ repositories }: World, target: TargetRef): Promise<readonly GitVersion[]> {
  for (const { spec, manifests } of repositories.all()) {
    if (!spec.namespaces.includes(target.namespace)) continue
    try {
      const traced = await manifests.trace(target, await manifests.fetch())
      // As many as the plan will ask for: asked once.
      return (await manifests.history(traced, HISTORY)).slice(0, COMMITS)
    } catch {}
  }
  return []
}

import type { EngineHoldReason, Hold, SourceEngine } from '#src/domain/remediation.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'

/** What is known of who writes a target, as far as it matters for who may apply a merged change. */
export interface ApplierFacts {
  readonly repository: Pick<RepositorySpec, 'name' | 'mode' | 'namespaces'>
  readonly namespace: string
  /** What on the target itself says that somebody else writes it; a claim, as a sentence. */
  readonly claim: string | undefined
  /** What the engines' own objects say of that. */
  readonly engine: SourceEngine | undefined
  /** Why the engine does not get on, in its own words. */
  readonly trouble: string | undefined
}

/**
 * `us`: nobody owns it, and the administrator granted it. `engine`: confirmed in the engine's own inventory; `ask` where
 * an annotation may bring it to look sooner, and `hold` is why it waits. `nobody`: neither, and why.
 */
export type WhoApplies =
  | { readonly who: 'us' }
  | { readonly who: 'engine'; readonly ask: boolean; readonly hold: Hold }
  | { readonly who: 'nobody'; readonly hold: Hold }

/** What keeps an engine still however it is asked, first the most lasting. */
const DEAF: readonly EngineHoldReason[] = [
  'RemoteCluster',
  'Deleting',
  'Suspended',
  'PinnedRevision',
  'Promotion',
]
/** It looks, and may not act yet. */
const SLOW: readonly EngineHoldReason[] = ['AutoSyncOff', 'SyncWindow']

/**
 * Who makes a merged change live. A confirmed engine does, whatever the repository's mode: two writers of one field undo
 * each other. A claim that is not confirmed leaves it unknown, and then nobody does. Pure.
 */
export function whoApplies(facts: ApplierFacts): WhoApplies {
  const { repository, namespace, claim, engine } = facts
  if (engine?.confirmed === true) return engineApplies(engine, facts.trouble)
  const doubt = claim ?? engine?.why
  if (doubt !== undefined) {
    const told = engine === undefined ? [doubt] : [...new Set([doubt, engine.why])]
    const message = `Who applies it is not known, so the operator does not: ${told.join('; ')}.`
    return { who: 'nobody', hold: { reason: 'EngineUnknown', message } }
  }
  if (repository.mode !== 'apply') {
    const message = `Repository ${repository.name} is in mode ${repository.mode}: somebody else applies the merge.`
    return { who: 'nobody', hold: { reason: 'ModePropose', message } }
  }
  if (!repository.namespaces.includes(namespace)) {
    const message = `Repository ${repository.name} is not granted namespace ${namespace}.`
    return { who: 'nobody', hold: { reason: 'NamespaceNotGranted', message } }
  }
  return { who: 'us' }
}

function engineApplies({ object, holds }: SourceEngine, trouble: string | undefined): WhoApplies {
  const find = (reasons: readonly EngineHoldReason[]) =>
    reasons.flatMap((reason) => holds.filter((each) => each.reason === reason))[0]
  const deaf = find(DEAF)
  if (deaf !== undefined) return { who: 'engine', ask: false, hold: holdOf(deaf.reason, deaf.sentence) }
  if (trouble !== undefined) {
    const message = `${object} has to apply the merge, and fails: ${trouble}`
    return { who: 'engine', ask: true, hold: { reason: 'EngineFailing', message } }
  }
  const slow = find(SLOW)
  if (slow !== undefined) {
    const press =
      slow.reason === 'AutoSyncOff' ? `; whoever may sync ${object} has to press its Sync button` : ''
    return { who: 'engine', ask: true, hold: holdOf(slow.reason, `${slow.sentence}${press}`) }
  }
  const message = `${object} has to apply the merge, and was asked to look.`
  return { who: 'engine', ask: true, hold: { reason: 'EngineOwned', message } }
}

function holdOf(reason: EngineHoldReason, sentence: string): Hold {
  return { reason, message: `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.` }
}

import type { KubeObject } from '#src/domain/kube-object.ts'
import type { TargetRef } from '#src/domain/target.ts'
import type { Manifests } from '#src/manifests/manifests.ts'
import { type MergedChange, mergedChangeOf } from './merged-change.ts'

/** What of a manifests repository the merged change is read from. */
export type MergeHistory = Pick<Manifests, 'mergeBase' | 'isAncestor' | 'commit' | 'renderAt'>

/** A merge as the forge tells it, and the base branch as it is now. */
export interface MergeFacts {
  readonly target: TargetRef
  /** The folder or kustomization that renders the target. */
  readonly root: string
  /** Head of the pull request when it was merged. */
  readonly headSha: string
  /** Merge commit, squashed commit, or one of the rebased ones. */
  readonly mergeCommit: string
  /** Tip of the base branch, fetched now. */
  readonly baseTip: string
}

/**
 * Reads from Git what a merge changed on the target and whether that still stands. `hold` when the merge commit is not
 * on the base branch any more. Throws what rendering throws.
 */
export async function mergedChange(history: MergeHistory, facts: MergeFacts): Promise<MergedChange> {
  const { target, root, baseTip } = facts
  const merge = await history.commit(facts.mergeCommit)
  if (merge === undefined || !(await history.isAncestor(facts.mergeCommit, baseTip))) {
    return hold(`The merge commit ${short(facts.mergeCommit)} is not on the base branch (${short(baseTip)}).`)
  }
  const parent = merge.parents[0]
  if (parent === undefined)
    return hold(`The merge commit ${short(facts.mergeCommit)} has no parent to compare with.`)
  // A merged head that was deleted before anybody fetched it: the merge itself still tells its own change.
  const head = (await history.commit(facts.headSha)) === undefined ? undefined : facts.headSha
  const fork = head === undefined ? parent : ((await history.mergeBase(head, parent)) ?? parent)
  // What the merge commit joined cannot hold it.
  const landed =
    head !== undefined && merge.parents.includes(head)
      ? facts.mergeCommit
      : await landedAt(history, facts, head)
  const rendered = new Map<string, Promise<KubeObject | undefined>>()
  const render = async (revision: string | undefined) => {
    if (revision === undefined) return undefined
    const known = rendered.get(revision) ?? history.renderAt({ root }, target, revision)
    rendered.set(revision, known)
    return known
  }
  const [atFork, atHead, atParent, merged, tip] = await Promise.all(
    [fork, head, parent, landed, baseTip].map(render),
  )
  const renders = { fork: atFork, head: atHead, parent: atParent, merged, tip }
  const change = mergedChangeOf({ ...renders, linear: merge.parents.length === 1 })
  if (head === undefined && change.kind === 'apply' && change.changes.length === 0) {
    return hold(
      `The merged head ${short(facts.headSha)} cannot be fetched, and the merge commit alone changes nothing.`,
    )
  }
  return change
}

/** After a fast-forward of several commits the named merge commit may be the first of them: all belong to the merge. */
async function landedAt(history: MergeHistory, facts: MergeFacts, head: string | undefined): Promise<string> {
  const { mergeCommit, baseTip } = facts
  if (head === undefined || head === mergeCommit) return mergeCommit
  const forwarded = (await history.isAncestor(mergeCommit, head)) && (await history.isAncestor(head, baseTip))
  return forwarded ? head : mergeCommit
}

function hold(message: string): MergedChange {
  return { kind: 'hold', reason: 'MergeUnreachable', message }
}

function short(sha: string): string {
  return sha.slice(0, 12)
}

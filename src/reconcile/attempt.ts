import { OperatorError } from '#src/domain/errors.ts'
import type { Plan } from '#src/domain/remediation.ts'
import { headOf } from '#src/forge/head.ts'
import { recent } from './look.ts'
import type { Repository, World } from './world.ts'

/** Where a fix goes that may have been made before. */
export interface Attempt {
  readonly attempt: number
  readonly branch: string
  /** Pull request of the attempt before, where the forge remembers it. */
  readonly previous?: string
}

/** A line that needed so many fixes needs a person. */
const MOST = 20

/**
 * The first attempt at a fix that is not over. The same line may break again after its fix was merged, or after its pull
 * request was closed: that is another attempt with a branch and a pull request of its own. One that is open, or that was
 * merged after the commit the fix is made on, belongs to this very fault: another operator sees it too, and they meet.
 */
export async function nextAttempt(
  world: World,
  { spec, manifests, pullRequests }: Repository,
  { fixKey, source }: Pick<Plan, 'fixKey' | 'source'>,
): Promise<Attempt> {
  let previous: string | undefined
  for (let attempt = 1; attempt <= MOST; attempt++) {
    const branch = `${spec.pullRequest.branchPrefix}${fixKey}-${attempt}`
    const left = await manifests.branch(branch)
    // A branch that stayed after it was merged tells from where on the base has its fix.
    const fork = left && (await manifests.mergeBase(left.headSha, source.revision))
    const from = { ...source, revision: fork ?? source.revision }
    const asOf = recent(world)
    const found = await pullRequests.find(headOf({ branch, fixKey, source: from }, attempt, { asOf }))
    const isOver =
      found === undefined
        ? left?.commits.length === 0
        : found.state === 'closed' ||
          (found.state === 'merged' && (await manifests.isAncestor(found.mergeCommit, source.revision)))
    if (!isOver) return { attempt, branch, ...(previous !== undefined && { previous }) }
    previous = found?.url ?? previous
  }
  throw new OperatorError(
    'TooManyAttempts',
    `this line was repaired ${MOST} times; another fix will not last`,
    {
      object: `${source.repository}: ${source.files.join(', ')}`,
    },
  )
}

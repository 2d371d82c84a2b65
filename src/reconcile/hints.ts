import { isEnded, type Remediation } from '#src/domain/remediation.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'

/** What a verified webhook delivery points at. */
export interface Pointer {
  readonly repository: { readonly fullName: string }
  readonly pullRequest?: number
  readonly headBranch?: string
}

/**
 * The Remediations that a delivery may be about: those with this pull request or this branch, and after a push to the
 * base branch all that a repository of that name has under way. Too many is harmless: each only looks again.
 */
export function hinted(
  pointer: Pointer,
  repositories: readonly RepositorySpec[],
  remediations: Iterable<Remediation>,
): readonly Remediation[] {
  const meant = repositories.filter((spec) => isNamed(spec, pointer.repository.fullName))
  const found: Remediation[] = []
  for (const remediation of remediations) {
    const { state } = remediation
    if (isEnded(remediation) || !('plan' in state)) continue
    const spec = meant.find(({ name }) => name === state.plan.source.repository)
    if (spec === undefined) continue
    const id = 'pullRequest' in state ? state.pullRequest.id : undefined
    const aboutIt = pointer.pullRequest !== undefined && id === String(pointer.pullRequest)
    const onBranch = pointer.headBranch === state.plan.branch || pointer.headBranch === spec.branch
    if (aboutIt || onBranch) found.push(remediation)
  }
  return found
}

/** Names are compared as forges do, without regard to case. A plain Git repository is known by the end of its path. */
function isNamed({ forge, url }: RepositorySpec, fullName: string): boolean {
  const name = fullName.toLowerCase()
  if (forge.type !== 'git') return `${forge.owner}/${forge.repo}`.toLowerCase() === name
  return url
    .toLowerCase()
    .replace(/\.git$/, '')
    .endsWith(`/${name}`)
}

import type { Remediation } from '#src/domain/remediation.ts'
import { factsOf } from '#src/domain/remediation-conditions.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import type { World } from '#src/reconcile/world.ts'

/** The Remediations that share a pull request of one repository. The API server is asked once per round, if at all. */
export type OfPullRequest = (id: string) => Promise<readonly Remediation[]>

export function repositoryRemediations(
  { remediations }: Pick<World, 'remediations'>,
  { name, namespaces }: RepositorySpec,
): OfPullRequest {
  let all: Promise<readonly Remediation[]> | undefined
  const listed = async () =>
    (await Promise.all(namespaces.map((namespace) => remediations.list(namespace)))).flat()
  return async (id) => {
    all ??= listed()
    return (await all).filter(({ state }) => {
      const { plan, pullRequest } = factsOf(state)
      return plan?.source.repository === name && pullRequest?.id === id
    })
  }
}

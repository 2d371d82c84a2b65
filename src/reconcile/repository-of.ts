import { OperatorError } from '#src/domain/errors.ts'
import type { Source } from '#src/domain/remediation.ts'
import { repositoryUrl } from '#src/manifests/engines/repository-url.ts'
import type { Repository, World } from './world.ts'

/**
 * The repository that a plan was made for. Throws RepositoryClosed where it is gone, and also where another one has taken
 * its name: a pull request of the one says nothing in the other.
 */
export function repositoryOf(
  { repositories }: Pick<World, 'repositories'>,
  { repository: name, url, baseBranch }: Pick<Source, 'repository' | 'url' | 'baseBranch'>,
): Repository {
  const object = `repository ${name}`
  const found = repositories.all().find(({ spec }) => spec.name === name)
  if (found === undefined)
    throw new OperatorError('RepositoryClosed', 'it is not configured any more', { object })
  const { spec } = found
  if (comparable(spec.url) !== comparable(url) || spec.branch !== baseBranch) {
    const message = `it is ${spec.url} (${spec.branch}) now; this pull request is in ${url} (${baseBranch})`
    throw new OperatorError('RepositoryClosed', message, { object })
  }
  return found
}

function comparable(url: string): string {
  return repositoryUrl(url) ?? url
}

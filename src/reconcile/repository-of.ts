import { OperatorError } from '#src/domain/errors.ts'
import type { Repository, World } from './world.ts'

export function repositoryOf(world: Pick<World, 'repositories'>, name: string): Repository {
  const found = world.repositories.find(({ spec }) => spec.name === name)
  if (found) return found
  throw new OperatorError('RepositoryUnreachable', 'this repository is not in the configuration any more', {
    object: `repository ${name}`,
  })
}

import { type ErrorCode, OperatorError } from '#src/domain/errors.ts'

/** Answers about the repository rather than failures of the command. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'NotInGit',
  'AmbiguousSource',
  'SourceElsewhere',
  'ManifestUnparsable',
  'RenderFailed',
  'EditRefused',
  'BlastRadius',
  'ProofFailed',
  'RepositoryTooLarge',
])

export function isRefusal(thrown: unknown): thrown is OperatorError {
  return thrown instanceof OperatorError && REFUSALS.has(thrown.code)
}

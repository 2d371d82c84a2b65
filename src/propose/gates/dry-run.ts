import type { FieldChange } from '#src/domain/change.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { GateVerdict } from '#src/domain/proposal.ts'
import { refused } from './verdict.ts'

/** The API server's own word on the changes: a server-side dry-run with admission that persists nothing. */
export type DryRun = (changes: readonly FieldChange[]) => Promise<GateVerdict>

/**
 * Asks the API server. A refusal is a verdict, however it arrives; errors that ask for another try are thrown on.
 */
export async function dryRunGate(changes: readonly FieldChange[], dryRun: DryRun): Promise<GateVerdict> {
  try {
    const verdict = await dryRun(changes)
    return verdict.gate === 'dry-run'
      ? verdict
      : refused('dry-run', `The gate ${verdict.gate} answered instead of a dry-run.`)
  } catch (error) {
    if (error instanceof OperatorError && error.retry === 'never') return refused('dry-run', error.message)
    throw error
  }
}

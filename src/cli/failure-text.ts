import { asOperatorError, OperatorError } from '#src/domain/errors.ts'

/** What a person reads of a failure: code, sentence, remedy. A defect of ours brings its stack along. */
export function failureText(thrown: unknown): string {
  const error = asOperatorError(thrown)
  const lines = [`${error.code}: ${error.message}`, `What to do: ${error.remedy}`]
  const defect = !(thrown instanceof OperatorError) && thrown instanceof Error ? thrown.stack : undefined
  return `${[...lines, ...(defect === undefined ? [] : [defect])].join('\n')}\n`
}

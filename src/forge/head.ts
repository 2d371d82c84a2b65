import { fixOf } from '#src/domain/fix-trailer.ts'
import type { Plan } from '#src/domain/remediation.ts'
import type { Head } from './forge.ts'

/** `sha`: the commit that was pushed and validated, once it is known. */
export function headOf(
  plan: Pick<Plan, 'branch' | 'fixKey' | 'source'>,
  attempt: number,
  { sha, asOf }: Partial<Pick<Head, 'sha' | 'asOf'>> = {},
): Head {
  return { branch: plan.branch, sha, base: plan.source.revision, fix: fixOf(plan.fixKey, attempt), asOf }
}

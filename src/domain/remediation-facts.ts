import { z } from 'zod'
import { ERRORS, type ErrorCode } from './errors.ts'
import { type Family, type Fault, REASON_FAMILY, type Reason } from './fault.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { GATES, type GateVerdict, type Ground } from './proposal.ts'
import { type Applied, ENGINE_HOLD_REASONS, HOLD_REASONS, type Outcome, type Plan } from './remediation.ts'
import type { ContainerRole } from './target.ts'

/** What a fact of a Remediation's status has to look like. Everything may have been written by a stranger. */

/** Members of a union, all of them: the compiler sees a missing one. */
function oneOf<T extends string>(members: Record<T, true>) {
  return z.enum(Object.keys(members) as T[])
}

const text = z.string()
const json = z.custom<Json>((value) => value !== undefined)
const jsonObject = z.custom<JsonObject>(isObject)

export const faultFact: z.ZodType<Fault> = z.object({
  key: text.min(1),
  reason: z.enum(Object.keys(REASON_FAMILY) as Reason[]),
  family: z.enum(Object.values(REASON_FAMILY) as Family[]),
  role: oneOf<ContainerRole>({ main: true, init: true, sidecar: true }),
  container: text,
  field: text,
  message: text,
})

export const targetFact = z.object({ apiVersion: text.min(1), kind: text.min(1), name: text.min(1) })

const changeFact = z.discriminatedUnion('op', [
  z.object({ op: z.literal('set'), field: text, value: json }),
  z.object({ op: z.literal('remove'), field: text }),
])

export const sourceFact: z.ZodType<Plan['source']> = z.object({
  repository: text,
  url: text,
  baseBranch: text,
  revision: text,
  root: text,
  files: z.array(text),
  engine: z
    .object({
      object: text,
      confirmed: z.boolean(),
      why: text,
      holds: z.array(z.object({ reason: z.enum(ENGINE_HOLD_REASONS), sentence: text })),
    })
    .exactOptional(),
})

/** `status.proposal`: the proposal, and the rest of the plan that people look for beside it. */
export const proposalFact = z.object({
  proposer: text,
  model: text.exactOptional(),
  promptVersion: text.exactOptional(),
  summary: text,
  rootCause: text,
  changes: z.array(changeFact),
  grounds: z.array(
    z.object({
      field: text,
      kind: oneOf<Ground['kind']>({
        replicaset: true,
        git: true,
        reference: true,
        cluster: true,
        registry: true,
        bound: true,
      }),
      evidence: text,
    }),
  ),
  risk: text,
  gates: z.array(
    z.object({
      gate: z.enum(GATES),
      verdict: oneOf<GateVerdict['verdict']>({ passed: true, refused: true }),
      message: text,
    }),
  ),
  edits: z.array(z.object({ file: text, line: z.int(), field: text })),
  diff: text,
  fixKey: text,
  branch: text,
  previous: text.exactOptional(),
  faultShape: text.exactOptional(),
})

export const patchFact: z.ZodType<Plan['patch']> = z.object({
  apply: jsonObject.exactOptional(),
  remove: z.array(jsonObject).exactOptional(),
})

export const pullRequestFact = z.object({
  id: text,
  repositoryId: text,
  url: text,
  branch: text,
  headSha: text,
})

export const approvalFact = z.object({
  repositoryId: text,
  pullRequest: text,
  mergeCommit: text,
  mergedBy: text,
  renderedDigest: text,
})

export const holdFact = z.object({ reason: z.enum(HOLD_REASONS), message: text })

export const appliedFact: z.ZodType<Applied> = z.object({
  result: oneOf<Applied['result']>({ configured: true, unchanged: true }),
  by: oneOf<Applied['by']>({ 'aiops-operator': true, other: true }),
  changes: z.array(changeFact),
  generation: z.int(),
})

const errorCode = z.enum(Object.keys(ERRORS) as ErrorCode[])

/** What ended stays ended, even with a reason that only another version knows. */
export const outcomeFact: z.ZodType<Outcome> = z.discriminatedUnion('phase', [
  z.object({
    phase: z.literal('Rejected'),
    reason: z.literal('ClosedUnmerged').catch('ClosedUnmerged'),
    message: text.catch(''),
    hint: text.exactOptional(),
  }),
  z.object({
    phase: z.literal('Resolved'),
    reason: oneOf<Extract<Outcome, { phase: 'Resolved' }>['reason']>({
      Healed: true,
      FixedInGit: true,
      Superseded: true,
      TargetDeleted: true,
      Ignored: true,
      Retried: true,
    }).catch('Superseded'),
    message: text.catch(''),
    hint: text.exactOptional(),
  }),
  z.object({
    phase: z.literal('Reverted'),
    reason: z.literal('RevertedInGit').catch('RevertedInGit'),
    message: text.catch(''),
  }),
  z.object({ phase: z.literal('Failed'), reason: errorCode.catch('Internal'), message: text.catch('') }),
])

export const problemFact = z.object({ code: errorCode, message: text })

/** The fact, or undefined where it is absent or malformed. */
export function fact<T>(schema: z.ZodType<T>, value: unknown): T | undefined {
  const parsed = schema.safeParse(value)
  return parsed.success ? parsed.data : undefined
}

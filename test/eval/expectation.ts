import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'

const anyValue = z.unknown()
const amount = z.union([z.string(), z.number()])
const condition = z.union([
  z.strictObject({ equals: anyValue }),
  z.strictObject({ oneOf: z.array(anyValue).min(1) }),
  z.strictObject({ absent: z.boolean() }),
  z.strictObject({ min: amount.optional(), max: amount.optional() }),
])

const chart = z.strictObject({
  chart: z.string(),
  values: z.array(z.string()).default([]),
  release: z.string(),
  namespace: z.string().default('default'),
})

const alternative = z.strictObject({
  file: z.string().optional(),
  fields: z.record(z.string(), condition),
})

const schema = z.discriminatedUnion('outcome', [
  z.looseObject({ outcome: z.literal('abstain') }),
  z.object({
    outcome: z.literal('fix'),
    target: z.strictObject({ kind: z.string(), namespace: z.string().optional(), name: z.string() }),
    root: z.union([z.string(), chart]),
    anyOf: z.array(alternative).min(1),
    others: z.literal('unchanged').default('unchanged'),
  }),
])

export type Expectation = z.infer<typeof schema>
export type ExpectedFix = Extract<Expectation, { outcome: 'fix' }>
export type Alternative = z.infer<typeof alternative>
export type Condition = z.infer<typeof condition>
export type JudgedRoot = ExpectedFix['root']

/** `expect.yaml`: only the judge reads it. */
export async function readExpectation(file: string): Promise<Expectation> {
  return schema.parse(parse(await readFile(file, 'utf8')))
}

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import type { KubeObject } from '#src/domain/kube-object.ts'

export const POLICIES = join(import.meta.dirname, '../../deploy/policies')

export interface PolicyFolder {
  readonly name: string
  readonly folder: string
  readonly policy: { readonly metadata: { readonly name: string }; readonly spec: PolicySpec }
  readonly resources: readonly KubeObject[]
  readonly expected: readonly Expectation[]
}

export interface PolicySpec {
  readonly validationActions: readonly string[]
  readonly validations: readonly { readonly message: string; readonly expression: string }[]
}

export interface Expectation {
  readonly policy: string
  readonly kind: string
  readonly resources: readonly string[]
  readonly result: 'pass' | 'fail'
}

/** What lies beside each baseline policy: itself, resources, and what Kyverno has to say about them. */
export async function policyFolders(): Promise<readonly PolicyFolder[]> {
  const baseline = join(POLICIES, 'baseline')
  const entries = await readdir(baseline, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  return Promise.all(
    names.sort().map(async (name) => {
      const folder = join(baseline, name)
      const text = (file: string) => readFile(join(folder, file), 'utf8')
      const documents = parseAllDocuments(await text('resources.yaml'))
      return {
        name,
        folder,
        policy: parse(await text('policy.yaml')),
        resources: documents.map((document) => document.toJS()),
        expected: parse(await text('kyverno-test.yaml')).results,
      }
    }),
  )
}

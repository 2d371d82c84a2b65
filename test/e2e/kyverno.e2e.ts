import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { policyFolders } from '../deploy/policy-folders.ts'
import { kustomized } from '../deploy/rendered.ts'

const kyverno = process.env['AIOPS_KYVERNO_BIN'] ?? 'kyverno'

describe('the Kyverno command line finds in each policy what lies beside it', async () => {
  for (const { name, folder, resources } of await policyFolders()) {
    test(name, async () => {
      const { stdout } = await promisify(execFile)(kyverno, ['test', folder])
      // A rule made for other kinds may add a row `Excluded`; only `Ok` says that a rule judged as was expected.
      const judged = [...stdout.matchAll(/│ \S+\/(\w+\/shop\/[\w-]+) +│ Pass +│ Ok +│/g)].map(
        ([, name]) => name,
      )
      assert.deepEqual(
        judged.sort(),
        resources.map(({ kind, metadata }) => `${kind}/shop/${metadata.name}`).sort(),
      )
      assert.match(stdout, /passed and 0 tests failed/)
    })
  }
})

test('the operator itself violates none of them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-policies-'))
  const [policies, resources] = [join(folder, 'policies.yaml'), join(folder, 'operator.yaml')]
  await writeFile(policies, await kustomized('policies/enforce'))
  await writeFile(resources, await kustomized('kustomize/example'))
  const { stdout } = await promisify(execFile)(kyverno, ['apply', policies, '--resource', resources])
  assert.match(stdout, /pass: 12, fail: 0, warn: 0, error: 0, skip: 0/)
})

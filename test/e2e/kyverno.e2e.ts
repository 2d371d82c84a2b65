import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { policyFolders } from '../deploy/policy-folders.ts'

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

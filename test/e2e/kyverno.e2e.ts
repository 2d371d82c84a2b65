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
      // Not only "no failure": a resource that no rule was asked about passes nothing.
      assert.match(stdout, new RegExp(`${resources.length} tests? passed and 0 tests? failed`))
    })
  }
})

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { findServer } from '#src/embedded/provision.ts'
import { POLICIES, type PolicyFolder, policyFolders } from './policy-folders.ts'

const folders = await policyFolders()
const kustomize = await findServer('kustomize', { progress: (line) => process.stderr.write(`${line}\n`) })

async function rendered(folder: string): Promise<readonly PolicyFolder['policy'][]> {
  const { stdout } = await promisify(execFile)(kustomize, ['build', join(POLICIES, folder)])
  return parseAllDocuments(stdout).map((document) => document.toJS())
}

test('there are twelve, named as their folders, and the manual tells each', async () => {
  const manual = await readFile(join(POLICIES, 'README.md'), 'utf8')
  assert.equal(folders.length, 12)
  assert.deepEqual(
    folders.filter(
      ({ name, policy }) => policy.metadata.name !== name || !manual.includes(`| \`${name}\` |`),
    ),
    [],
  )
})

test('baseline audits and enforce refuses, and nothing else differs', async () => {
  const [audit, enforce] = [await rendered('baseline'), await rendered('enforce')]
  assert.equal(audit.length, 12)
  const as = (actions: readonly string[]) =>
    audit.map((policy) => ({ ...policy, spec: { ...policy.spec, validationActions: actions } }))
  assert.deepEqual(audit, as(['Audit']))
  assert.deepEqual(enforce, as(['Deny']))
})

for (const { name, resources, expected } of folders) {
  describe(name, () => {
    test('says of every resource beside it whether it passes', () => {
      const said = expected.flatMap(({ kind, resources }) => resources.map((each) => `${kind} ${each}`))
      assert.deepEqual(said.sort(), resources.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort())
    })

    test('has pods and controllers that pass, and both that fail', () => {
      const has = (pod: boolean, result: string) =>
        expected.some((each) => (each.kind === 'Pod') === pod && each.result === result)
      assert.deepEqual(
        [has(true, 'pass'), has(true, 'fail'), has(false, 'pass'), has(false, 'fail')],
        [true, true, true, true],
      )
    })
  })
}

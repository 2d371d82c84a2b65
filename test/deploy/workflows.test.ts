import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'

const FOLDER = join(import.meta.dirname, '../../.github')

interface Job {
  readonly uses?: string
  readonly 'timeout-minutes'?: number
  readonly permissions?: Readonly<Record<string, string>>
  readonly steps?: readonly { readonly uses?: string; readonly run?: string }[]
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, Job>>
}

for (const file of await readdir(join(FOLDER, 'workflows'))) {
  describe(`.github/workflows/${file}`, async () => {
    const text = await readFile(join(FOLDER, 'workflows', file), 'utf8')
    const workflow: Workflow = parse(text)
    const jobs = Object.values(workflow.jobs)

    it('pins every action by commit, and says which version that is', () => {
      const used = [...text.matchAll(/^.*\buses: (?!\.\/)(.*)$/gm)].map(([, action]) => action ?? '')
      assert.deepEqual(
        used.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action)),
        [],
      )
    })

    it('may read, and each job that may more says what', () => {
      assert.deepEqual(workflow.permissions, { contents: 'read' })
      for (const { permissions = {} } of jobs) assert.ok(!Object.values(permissions).includes('write-all'))
    })

    it('ends in time, job by job', () => {
      assert.deepEqual(
        jobs.filter((job) => job.uses === undefined && !((job['timeout-minutes'] ?? 0) > 0)),
        [],
      )
    })

    it('runs no text of strangers, and nothing of strangers with rights', () => {
      assert.ok(!Object.hasOwn(workflow.on, 'pull_request_target'))
      const scripts = jobs.flatMap(({ steps = [] }) => steps.flatMap(({ run }) => run ?? []))
      assert.deepEqual(
        scripts.filter((script) => script.includes('${{')),
        [],
      )
    })
  })
}

describe('.github/renovate.json', () => {
  it('keeps actions and base images pinned, and the renderers of the image up to date', async () => {
    const renovate = JSON.parse(await readFile(join(FOLDER, 'renovate.json'), 'utf8'))
    for (const preset of ['helpers:pinGitHubActionDigests', 'docker:pinDigests']) {
      assert.ok(renovate.extends.includes(preset))
    }
    const [{ matchStrings }] = renovate.customManagers
    const dockerfile = await readFile(join(FOLDER, '../deploy/Dockerfile'), 'utf8')
    const found = [...dockerfile.matchAll(new RegExp(matchStrings[0], 'g'))].map(
      ({ groups }) => groups?.['depName'],
    )
    assert.deepEqual(found, ['sigs.k8s.io/kustomize/kustomize/v5', 'helm.sh/helm/v4/cmd/helm'])
  })
})

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { openChain } from '#src/cli/propose/offline-chain.ts'
import { findServer } from '#src/embedded/provision.ts'
import { privateFolder } from '../cli/command.ts'
import { buildRepository, subjectOf } from './build-repository.ts'
import { findCases, readCase } from './case-folder.ts'
import { runCase } from './run-case.ts'
import { scoreTable } from './score.ts'

const top = join(import.meta.dirname, 'cases')
const shell = { env: process.env, stderr: new Writable({ write: (_chunk, _encoding, done) => done() }) }
const tools = {
  kustomize: () => findServer('kustomize', { progress: () => {} }),
  helm: () => Promise.reject(new Error('no chart is rendered here')),
}

const HANDFUL = {
  '03-plain-service-selects-nothing': 'fixed',
  '10-kustomize-request-beyond-any-node': 'fixed',
  '14-flux-statefulset-image': 'fixed',
  '21-abstain-registry-is-down': 'right to abstain',
  '31-attack-event-breaks-the-fence': 'fixed',
  '32-attack-name-of-another-namespace': 'right to abstain',
} as const

for (const [name, verdict] of Object.entries(HANDFUL)) {
  test(`${name} is ${verdict}`, async () => {
    const chain = await openChain('playbooks', shell)
    const result = await runCase(join(top, name), { top, chain, tokens: () => 0, shell, tools })
    assert.deepEqual({ verdict: result.verdict, why: result.why }, { verdict, why: '' })
  })
}

test('every case can be read, and its folder tells what it is about', async () => {
  const folders = await findCases(top)
  assert.ok(folders.length >= 20)
  const cases = await Promise.all(folders.map((folder) => readCase(folder, top)))
  assert.ok(cases.filter(({ tags }) => tags.includes('attack')).length >= 4)
  assert.ok(cases.filter(({ tags }) => tags.includes('abstain')).length >= 5)
})

test('a repository is built commit by commit: subject, author and date are the case’s, the last tree is checked out', async (t) => {
  const it = await readCase(join(top, '05-kustomize-newtag-not-there'), top)
  const { checkout } = await buildRepository(it.commits, await privateFolder(t), Date.parse(it.now ?? ''))
  const git = async (...args: readonly string[]) =>
    (await promisify(execFile)('git', [...args], { cwd: checkout })).stdout
  assert.deepEqual((await git('log', '--format=%s|%an|%ae|%aI')).trim().split('\n'), [
    'payments: 2.9.0 to production|Marco Conti|marco.conti@example.com|2025-06-10T08:55:10+00:00',
    'payments: 2.8.1 to production|ci-bot|ci@example.com|2025-05-12T09:30:41+00:00',
    'payments: 2.8.0 to production|ci-bot|ci@example.com|2025-04-22T11:12:00+00:00',
  ])
  assert.equal(await git('status', '--porcelain'), '')
  assert.doesNotMatch(await git('ls-files'), /\.author/)
})

test('what stands behind the number is the subject', () => {
  assert.equal(subjectOf('/x/commits/02-Bump web to 1.5'), 'Bump web to 1.5')
  assert.equal(subjectOf('/x/commits/10-fix-typo'), 'fix-typo')
})

test('the table has a row per fault and one for all', () => {
  const it = {
    name: '',
    title: '',
    tags: [],
    why: '',
    abstentions: [],
    findings: [],
    proposals: [],
    tokens: 7,
  }
  const table = scoreTable([
    { ...it, fault: 'A', outcome: 'fix', verdict: 'fixed', time: 10 },
    { ...it, fault: 'A', outcome: 'fix', verdict: 'missed', time: 30 },
    { ...it, fault: 'B', outcome: 'abstain', verdict: 'right to abstain', time: 20 },
    { ...it, fault: 'B', outcome: 'abstain', verdict: 'wrong', time: 20 },
  ])
  assert.deepEqual(
    table
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(/\s+/)),
    [
      ['A', '2', '1/2', '0', '1', '1', '-', '20', '14'],
      ['B', '2', '-', '1', '1', '0', '1/2', '20', '14'],
      ['all', '4', '1/2', '1', '2', '1', '1/2', '20', '28'],
    ],
  )
})

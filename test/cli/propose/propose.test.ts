import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ProposeReport } from '#src/cli/propose/propose-report.ts'
import { buildRepository } from '../../eval/build-repository.ts'
import { readCase } from '../../eval/case-folder.ts'
import { privateFolder } from '../command.ts'
import { runHere } from '../edit/edit-command.ts'

const CASES = join(import.meta.dirname, '../../eval/cases')

/** The command line for one of the evaluation's cases, and its checkout. */
async function caseOf(t: Parameters<typeof privateFolder>[0], name: string) {
  const folder = join(CASES, name)
  const it = await readCase(folder, CASES)
  const now = it.now ?? ''
  const { checkout } = await buildRepository(it.commits, await privateFolder(t), Date.parse(now))
  const args = ['propose', '--state', it.state, '--repo', checkout, '--now', now]
  if (it.logs !== undefined) args.push('--logs', it.logs)
  return { checkout, args, state: it.state }
}

test('a proposal comes with its cause, grounds, place, diff and the verdict of every gate, and nothing is written', async (t) => {
  const { checkout, args } = await caseOf(t, '01-plain-image-tag-never-pushed')
  const file = join(checkout, 'apps/web/deployment.yaml')
  const before = await readFile(file, 'utf8')
  const { code, stdout } = await runHere(args)
  assert.equal(code, 0)
  assert.match(stdout, /^1\. Deployment shop\/web: ImagePullBackOff \(critical\)$/m)
  assert.match(stdout, /^ {3}Root cause: /m)
  assert.match(stdout, /^ {3}Because: /m)
  assert.match(
    stdout,
    /^ {3}apps\/web\/deployment\.yaml:22 {2}spec\.template\.spec\.containers\[name=web\]\.image$/m,
  )
  assert.match(stdout, /^-\s+image: registry\.example\.com\/shop\/web:1\.15\.0$/m)
  assert.match(stdout, /^\+\s+image: registry\.example\.com\/shop\/web:1\.14\.2$/m)
  for (const gate of ['schema', 'allow-list', 'grounding', 'identity', 'security', 'render-diff'])
    assert.match(stdout, new RegExp(`^ {3}Gate ${gate}: passed\\.`, 'm'))
  assert.match(stdout, /^ {3}Gate dry-run: not run\. /m)
  assert.equal(await readFile(file, 'utf8'), before)
})

test('--write changes the checkout, and what it wrote is no longer proposed against the same state', async (t) => {
  const { checkout, args } = await caseOf(t, '01-plain-image-tag-never-pushed')
  const { code, stdout } = await runHere([...args, '--write', '--json'])
  assert.equal(code, 0)
  const report = JSON.parse(stdout) as ProposeReport
  assert.deepEqual(report.written, ['apps/web/deployment.yaml'])
  assert.match(await readFile(join(checkout, 'apps/web/deployment.yaml'), 'utf8'), /shop\/web:1\.14\.2$/m)
  const again = JSON.parse((await runHere([...args, '--json'])).stdout) as ProposeReport
  assert.equal(again.findings[0]?.abstention?.code, 'LiveDiffersFromGit')
})

test('an object that was changed by hand is left alone, with the field in the sentence and exit code 0', async (t) => {
  const { args } = await caseOf(t, '22-abstain-changed-by-hand')
  const { code, stdout } = await runHere(args)
  assert.equal(code, 0)
  assert.match(
    stdout,
    /Nothing is proposed \(LiveDiffersFromGit\): spec\.template\.spec\.containers\[name=web\]\.image/,
  )
  assert.match(stdout, /^Nothing is proposed\.$/m)
})

test('a state in which nothing is wrong says so', async (t) => {
  const { args } = await caseOf(t, '24-abstain-merely-starting')
  const { code, stdout } = await runHere(args)
  assert.deepEqual({ code, stdout }, { code: 0, stdout: 'Nothing is wrong as of 2025-06-10T09:20:00Z.\n' })
})

test('orders in a log reach neither a proposal nor the report', async (t) => {
  const { args } = await caseOf(t, '30-attack-log-orders-an-image')
  const report = JSON.parse((await runHere([...args, '--json'])).stdout) as ProposeReport
  assert.deepEqual(
    report.findings.map(({ proposal }) => proposal),
    [undefined],
  )
})

test('a plain folder without history is enough where other objects tell the answer', async (t) => {
  const { args, checkout } = await caseOf(t, '03-plain-service-selects-nothing')
  const it = await readCase(join(CASES, '03-plain-service-selects-nothing'), CASES)
  const last = it.commits.at(-1)
  assert.ok(last !== undefined)
  const { stdout } = await runHere([...args.with(args.indexOf(checkout), last), '--json'])
  const report = JSON.parse(stdout) as ProposeReport
  assert.match(report.findings[0]?.proposal?.diff ?? '', /^\+\s+app.kubernetes.io\/name: web$/m)
})

test('what cannot be used is refused with exit code 2 and a sentence', async (t) => {
  const folder = await privateFolder(t)
  const text = join(folder, 'text.yaml')
  await writeFile(text, 'just words\n')
  const broken = join(folder, 'broken.yaml')
  await writeFile(broken, 'a: [\n')
  const timeless = join(folder, 'timeless.yaml')
  await writeFile(timeless, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n')
  const refused: Readonly<Record<string, readonly string[]>> = {
    'the file cannot be read': ['--state', join(folder, 'none.yaml')],
    'it is no Kubernetes object': ['--state', text],
    'it is not readable as YAML': ['--state', broken],
    'the state tells no time': ['--state', timeless],
    'write it in RFC 3339': ['--state', timeless, '--now', 'yesterday'],
    'there is no such folder': ['--state', timeless, '--logs', join(folder, 'none')],
    'no such folder in': ['--state', timeless, '--now', '2025-06-10T09:20:00Z', '--root', 'nowhere'],
    'Unrecognized key': ['--state', timeless, '--config', timeless],
  }
  for (const [sentence, args] of Object.entries(refused)) {
    const { code, stderr } = await runHere(['propose', '--repo', folder, ...args])
    assert.equal(code, 2, sentence)
    assert.match(stderr, new RegExp(sentence), sentence)
  }
})

test('nothing is proposed where the engine follows one commit: a merge would not arrive', async (t) => {
  const { args } = await caseOf(t, '88-abstain-source-pinned-to-a-commit')
  const report = JSON.parse((await runHere([...args, '--json'])).stdout) as ProposeReport
  const { abstention } = report.findings[0] ?? {}
  assert.equal(abstention?.code, 'EngineHeld')
  assert.match(abstention?.message ?? '', /follows the commit 51c8a1c8\w+ and no branch/)
})

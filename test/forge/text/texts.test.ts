import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { stateIn } from '#src/forge/hidden-marker.ts'
import { readTemplates } from '#src/forge/templates.ts'
import { forgeTexts } from '#src/forge/text/texts.ts'
import { CRASH, GITHUB, IMAGE, PLAIN_GIT, remediationOf } from './samples.ts'

const templates = await readTemplates()
const WITH_LOGS = { ...GITHUB, pullRequest: { ...GITHUB.pullRequest, includeLogs: true } }
const github = forgeTexts({ templates, repositories: () => [GITHUB], clusterName: 'eu-1' })
const talkative = forgeTexts({ templates, repositories: () => [{ ...WITH_LOGS, mode: 'propose' }] })
const plainGit = forgeTexts({ templates, repositories: () => [PLAIN_GIT] })

const image = remediationOf(IMAGE)
const crash = remediationOf(CRASH)
const live = remediationOf(IMAGE, 'Applied')
const { detected } = live.timeline
const timeline = {
  detected,
  proposed: detected + 1400,
  opened: detected + 2100,
  approved: detected + 724_000,
  applied: detected + 725_300,
  recovered: detected + 761_000,
}

/** Written by UPDATE_GOLDEN=1, and read by people in the diff. */
const GOLDEN: Readonly<Record<string, () => string>> = {
  'image-pull-request': () =>
    `${github.pullRequestTitle(image)}\n\n${github.pullRequestBody(image, '1'.repeat(40))}`,
  'crash-pull-request': () => `${talkative.pullRequestTitle(crash)}\n\n${talkative.pullRequestBody(crash)}`,
  'image-commit': () => plainGit.commitMessage(image),
  'crash-commit': () => github.commitMessage(crash),
  'recovered-comment': () => github.recovered(live, timeline),
  'failed-live-comment': () =>
    github.failed(live, 'The merged change is live and the fault is not gone after 10 min.'),
  'failed-open-comment': () => github.failed(image, 'Somebody else changed the field at fault.'),
  'closed-comment': () => github.closing(image, 'The workload has been healthy for 5 minutes.'),
}
for (const [name, text] of Object.entries(GOLDEN)) {
  test(`${name} reads as reviewed`, async () => {
    const file = new URL(`./golden/${name}.golden.md`, import.meta.url)
    if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(file, text())
    assert.equal(text(), await readFile(file, 'utf8'))
  })
}

test('the engine that will bring a merge to the cluster is told, and what keeps it from that', () => {
  const engine = {
    object: 'Kustomization flux-system/apps',
    confirmed: true,
    why: 'it lists it',
    holds: [{ reason: 'Suspended' as const, sentence: 'Kustomization flux-system/apps is suspended' }],
  }
  assert.ok('plan' in image.state)
  const { state } = image
  const source = { ...state.plan.source, engine }
  const body = github.pullRequestBody({ ...image, state: { ...state, plan: { ...state.plan, source } } })
  assert.match(body, /^ {2}Kustomization flux-system\/apps applies this workload\.$/m)
  assert.match(body, /^ {2}- Not at once: Kustomization flux-system\/apps is suspended\.$/m)
})

test('log lines stand in a pull request only where the policy says so', () => {
  const line = 'flag provided but not defined'
  assert.doesNotMatch(github.pullRequestBody(crash), new RegExp(line))
  assert.doesNotMatch(github.commitMessage(crash), new RegExp(line))
  assert.match(talkative.pullRequestBody(crash), new RegExp(line))
})

test('the message is the redacted one of the evidence, never the raw one of the fault', () => {
  for (const text of [
    github.pullRequestBody(image),
    github.commitMessage(image),
    github.pullRequestBody(crash),
  ]) {
    assert.doesNotMatch(text, /canary-unredacted/)
  }
})

test('the state remembers fix, attempt, target, head and text; another text is another state', () => {
  const body = github.pullRequestBody(image, 'abc')
  const state = JSON.parse(stateIn(body) ?? '')
  assert.equal(state.fixKey, '3f2a90c1d4e5b678')
  assert.deepEqual([state.attempt, state.target, state.head], [1, 'apps/Deployment/shop/web', 'abc'])
  assert.equal(stateIn(github.pullRequestBody(image, 'abc')), stateIn(body))
  const later = { ...image, evidence: { ...image.evidence, failingPods: { count: 4 } } }
  assert.notEqual(stateIn(github.pullRequestBody(later, 'abc')), stateIn(body))
})

test('a subject has at most 72 characters and names the workload', () => {
  for (const remediation of [image, crash]) {
    const [subject = '', blank] = plainGit.commitMessage(remediation).split('\n')
    assert.ok(subject.length <= 72, subject)
    assert.match(subject, /^shop\/web: /)
    assert.equal(blank, '')
  }
})

test('the trailers are the last paragraph', () => {
  assert.deepEqual(github.commitMessage(image).trimEnd().split('\n\n').at(-1)?.split('\n'), [
    'Aiops-Operator-Fix: 3f2a90c1d4e5b678/1',
    'Aiops-Operator-Remediation: shop/web-auto-fix',
  ])
})

test('who merges is told what it brings about: nothing is promised for a namespace that was not granted', () => {
  const elsewhere = forgeTexts({ templates, repositories: () => [{ ...GITHUB, namespaces: ['other'] }] })
  assert.match(github.pullRequestBody(image), /The operator then applies exactly this change/)
  assert.match(elsewhere.pullRequestBody(image), /The operator does not write to this namespace/)
})

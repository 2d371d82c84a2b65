import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { openGitForge } from '#src/forge/git/git-pull-requests.ts'
import { sharedGitServer } from '../../servers/shared.ts'
import { opened, pullRequestsContract, request } from '../contract.ts'
import { recordingLog } from '../recording-log.ts'
import type { WorkTree } from '../work-tree.ts'
import { fixMessage, openGitRig } from './git-rig.ts'

const server = await sharedGitServer()
let serial = 0
const open = async () => {
  serial += 1
  return openGitRig(await server.createRepository(`forge-git-${process.pid}-${serial}`))
}

pullRequestsContract('git', open)

test('a fast-forward is a merge that names nobody, also before we know our head', async () => {
  const rig = await open()
  const { head, pull } = await opened(rig)
  await rig.merge(pull, 'merge')
  const merged = await rig.forge.read(pull.id, head)
  assert.deepEqual(merged, {
    ...pull,
    state: 'merged',
    mergeCommit: head.sha,
    mergedBy: 'unknown (fast-forward)',
    bySelf: false,
  })
  assert.deepEqual(await rig.forge.find({ ...head, sha: undefined }), merged)
})

test('a fast-forward of our commit and a reviewer’s merges both, and not what came after it', async () => {
  const rig = await open()
  const { head, pull } = await opened(rig)
  const edited = await rig.pushOnto(head.branch)
  await rig.merge({ ...pull, headSha: edited }, 'merge')
  const merged = await rig.forge.read(pull.id, head)
  assert.deepEqual(merged, {
    ...pull,
    headSha: edited,
    state: 'merged',
    mergeCommit: head.sha,
    mergedBy: 'unknown (fast-forward)',
    bySelf: false,
  })
  await rig.moveBase()
  assert.deepEqual(await rig.forge.read(pull.id, head), merged)
})

test('a commit that was pushed to the branch after its fast-forward was not merged', async () => {
  const rig = await open()
  const { head, pull } = await opened(rig)
  await rig.merge(pull, 'merge')
  await rig.pushOnto(head.branch)
  assert.equal((await rig.forge.read(pull.id, head))?.headSha, head.sha)
})

test('a cherry-pick is a merge by who picked it', async () => {
  const rig = await open()
  const { head, pull } = await opened(rig)
  await rig.moveBase()
  await rig.alice.checkOut('main')
  await rig.alice.git('cherry-pick', `origin/${head.branch}`)
  await rig.alice.git('push', '--quiet', 'origin', 'main')
  const merged = await rig.forge.read(pull.id, head)
  assert.equal(merged?.state === 'merged' && merged.mergedBy, 'Alice Reviewer <alice@example.test>')
})

test('a merge that came by way of another branch is the commit where the base gained it', async () => {
  const rig = await open()
  const { head, pull } = await opened(rig)
  const { alice } = rig
  await rig.moveBase()
  await alice.git('checkout', '--quiet', '-B', 'release', 'origin/main')
  await alice.git('fetch', '--quiet', 'origin')
  await alice.git('merge', '--quiet', '--no-edit', `origin/${head.branch}`)
  await alice.commit('notes.md', 'released\n', 'Notes')
  await rig.moveBase()
  await alice.git('merge', '--quiet', '--no-edit', 'release')
  await alice.git('push', '--quiet', 'origin', 'main')
  const [tip] = await rig.base()
  const merged = await rig.forge.read(pull.id, head)
  assert.equal(merged?.state === 'merged' && merged.mergeCommit, tip?.sha)
})

test('a message that another fix wrote, or that mentions ours in a sentence, is no merge', async () => {
  const rig = await open()
  const { head, pull } = await opened(rig)
  await rig.alice.checkOut('main')
  const message = `Look\n\nsee Aiops-Operator-Fix: ${head.fix}\nAiops-Operator-Fix: ${head.fix}1\n`
  await rig.alice.commit('other.yaml', 'a: 1\n', message)
  await rig.alice.git('push', '--quiet', 'origin', 'main')
  assert.equal((await rig.forge.read(pull.id, head))?.state, 'open')
})

test('what carried the fix before the fork point does not merge a fix made after it', async () => {
  const rig = await open()
  const first = await opened(rig)
  await rig.moveBase()
  await rig.merge(first.pull, 'squash')
  const plan = await rig.planFix()
  const head = await rig.pushFix({ ...plan, fix: first.head.fix })
  assert.equal((await rig.forge.ensureOpen(request(head))).state, 'open')
})

test('a commit of ours that a person amended keeps the pull request open', async () => {
  const rig = await open()
  const { head, pull } = await opened(rig)
  await rig.alice.checkOut(head.branch)
  await rig.alice.git(
    'commit',
    '--quiet',
    '--amend',
    '--message',
    fixMessage(head).replace('Why', 'Why else'),
  )
  await rig.alice.git('push', '--quiet', '--force', 'origin', head.branch)
  const now = await rig.forge.read(pull.id, head)
  assert.equal(now?.state, 'open')
  assert.notEqual(now.headSha, head.sha)
})

test('a branch that was reset to the base is closed', async () => {
  const rig = await open()
  const { head, pull } = await opened(rig)
  await rig.alice.git('push', '--quiet', '--force', 'origin', `main:${head.branch}`)
  assert.equal((await rig.forge.read(pull.id, head))?.state, 'closed')
})

test('a squash that lost our trailer is not recognised: open, then closed with the branch', async () => {
  const rig = await open()
  const { head, pull } = await opened(rig)
  await rig.alice.checkOut(head.branch)
  await rig.alice.checkOut('main')
  await rig.alice.git('merge', '--quiet', '--squash', head.branch)
  await rig.alice.git('commit', '--quiet', '--message', 'Fix the shop')
  await rig.alice.git('push', '--quiet', 'origin', 'main')
  assert.equal((await rig.forge.read(pull.id, head))?.state, 'open')
  await rig.deleteBranch(head.branch)
  assert.equal((await rig.forge.read(pull.id, head))?.state, 'closed')
})

test('the merge commit is found behind more commits than one look reads', async () => {
  const rig = await open()
  const { head, pull } = await opened(rig)
  await rig.moveBase()
  await rig.merge(pull, 'merge')
  const merged = await rig.forge.read(pull.id, head)
  const { alice } = rig
  await appendCommits(alice, 300)
  await alice.git('push', '--quiet', 'origin', 'many:main')
  assert.deepEqual(await rig.forge.read(pull.id, head), merged)
})

test('credentials in the configured URL are in nothing that is told', async () => {
  const rig = await open()
  const { head } = await opened(rig)
  const url = 'https://bot:canary-6f1b@git.example.test/infra.git?private_token=canary-6f1b'
  const store = {
    fetch: async () => head.base,
    branch: async () => ({
      headSha: head.sha ?? '',
      commits: [{ sha: head.sha ?? '', author: '', ours: true }],
    }),
    commit: async () => undefined,
    baseCommits: async () => [],
    mergeBase: async () => undefined,
    isAncestor: async () => false,
  }
  const { log, lines } = recordingLog()
  const forge = openGitForge({ url, baseBranch: 'main', identity: 'a <a@b>', store, log })
  const pull = await forge.ensureOpen(request(head))
  await forge.ensureComment(pull.id, 'recovered', 'text')
  await forge.ensureClosed(pull.id)
  const told = JSON.stringify([pull, await forge.repositoryId(), lines])
  assert.match(told, /git\.example\.test\/infra\.git/)
  assert.doesNotMatch(told, /canary/)
})

/** Empty commits on top of what is checked out, as branch `many`; in one process, for 300 would take their time. */
async function appendCommits(tree: WorkTree, count: number): Promise<void> {
  const tip = await tree.git('rev-parse', 'HEAD')
  const commits = Array.from({ length: count }, (_, i) => {
    const from = i === 0 ? `from ${tip}\n` : ''
    return `commit refs/heads/many\ncommitter A <a@b> ${1_700_000_000 + i} +0000\ndata 1\nx\n${from}`
  })
  const stream = join(await mkdtemp(join(tmpdir(), 'aiops-operator-stream-')), 'commits')
  await writeFile(stream, commits.join('\n'))
  await tree.git('-c', `alias.import=!git fast-import --quiet <'${stream}'`, 'import')
  await rm(dirname(stream), { recursive: true })
}

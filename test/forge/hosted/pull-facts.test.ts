import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PullPayload, pullPayload } from '#src/forge/hosted/payloads.ts'
import { headBranchOf, isMerged, isOurs, pullRequestOf } from '#src/forge/hosted/pull-facts.ts'
import { rejectsWith } from '../contract.ts'

const SELF = { id: 41, login: 'aiops-bot' }

/** In GitHub's shape, where Gitea's differs: labels with the owner, test merges, times instead of flags in lists. */
function payload(change: object = {}): PullPayload {
  return pullPayload.parse({
    url: 'https://api.github.test/repos/acme/infra/pulls/7',
    id: 1,
    node_id: 'PR_kwDO',
    number: 7,
    html_url: 'https://github.test/acme/infra/pull/7',
    state: 'open',
    locked: false,
    draft: false,
    title: 'shop/web: back to the last image that ran',
    body: null,
    user: { login: 'aiops-bot', id: 41, type: 'User', site_admin: false },
    head: {
      label: 'acme:aiops-operator/ab-1',
      ref: 'aiops-operator/ab-1',
      sha: '1'.repeat(40),
      user: { login: 'acme', id: 9 },
      repo: { id: 900, full_name: 'acme/infra' },
    },
    base: {
      label: 'acme:main',
      ref: 'main',
      sha: '2'.repeat(40),
      user: { login: 'acme', id: 9 },
      repo: { id: 900, full_name: 'acme/infra' },
    },
    merged_at: null,
    closed_at: null,
    merge_commit_sha: '3'.repeat(40),
    author_association: 'MEMBER',
    ...change,
  })
}

test('closed without a merge is closed, though GitHub names the commit of a test merge', () => {
  const closed = payload({
    state: 'closed',
    merged: false,
    merged_by: null,
    closed_at: '2026-01-02T03:04:05Z',
  })
  assert.equal(isMerged(closed), false)
  assert.deepEqual(pullRequestOf(closed, SELF, 'alice'), {
    id: '7',
    url: 'https://github.test/acme/infra/pull/7',
    headBranch: 'aiops-operator/ab-1',
    headSha: '1'.repeat(40),
    baseBranch: 'main',
    author: 'aiops-bot',
    state: 'closed',
    closedBy: 'alice',
  })
})

test('a merge in a list is told by its time alone', () => {
  assert.equal(isMerged(payload({ state: 'closed', merged_at: '2026-01-02T03:04:05Z' })), true)
})

test('a merge tells who, and whether it was us, by id', () => {
  const merged = { state: 'closed', merged: true, merged_at: '2026-01-02T03:04:05Z' }
  const by = (merged_by: object | null) => pullRequestOf(payload({ ...merged, merged_by }), SELF, undefined)
  const alice = by({ id: 5, login: 'alice' })
  assert.deepEqual(alice.state === 'merged' && [alice.mergeCommit, alice.mergedBy, alice.bySelf], [
    '3'.repeat(40),
    'alice',
    false,
  ])
  const renamed = by({ id: 41, login: 'another-name' })
  assert.equal(renamed.state === 'merged' && renamed.bySelf, true)
})

test('a merge by nobody, or without its commit yet, approves nothing', () => {
  const merged = { state: 'closed', merged: true, merged_at: '2026-01-02T03:04:05Z' }
  assert.throws(
    () => pullRequestOf(payload({ ...merged, merged_by: null }), SELF, undefined),
    rejectsWith('ApprovalInvalid'),
  )
  const early = payload({ ...merged, merged_by: { id: 5, login: 'alice' }, merge_commit_sha: null })
  assert.throws(() => pullRequestOf(early, SELF, undefined), rejectsWith('ForgeUnreachable'))
})

const OURS: Readonly<Record<string, readonly [object, boolean]>> = {
  'from our account and the same repository': [{}, true],
  'from another account of our name': [{ user: { login: 'aiops-bot', id: 42 } }, false],
  'from an account that was deleted': [{ user: null }, false],
  'from a fork': [
    { head: { label: 'acme:b', ref: 'b', sha: 'c', repo: { id: 901, full_name: 'acme/infra' } } },
    false,
  ],
  'from a fork that was deleted': [{ head: { label: 'unknown:b', ref: 'b', sha: 'c', repo: null } }, false],
}
for (const [title, [change, expected]] of Object.entries(OURS)) {
  test(`a pull request ${title} is ${expected ? '' : 'not '}ours`, () => {
    assert.equal(isOurs(payload(change), SELF), expected)
  })
}

test('the branch is what follows the owner', () => {
  assert.equal(headBranchOf(payload()), 'aiops-operator/ab-1')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyApproval } from '#src/execute/approval.ts'
import type { PullRequest } from '#src/forge/forge.ts'

const HEAD = 'a'.repeat(40)
const EXPECTED = {
  repositoryId: '7',
  id: '12',
  headBranch: 'aiops/fix-1',
  baseBranch: 'main',
  headSha: HEAD,
  forgeNamesMerger: true,
}
const MERGED: Extract<PullRequest, { state: 'merged' }> = {
  id: '12',
  url: 'https://forge.example/12',
  headBranch: 'aiops/fix-1',
  headSha: HEAD,
  baseBranch: 'main',
  author: 'Aiops-Bot',
  state: 'merged',
  mergeCommit: 'b'.repeat(40),
  mergedBy: 'ada',
  bySelf: false,
}
const { state: _, mergeCommit: __, mergedBy: ___, bySelf: ____, ...FACTS } = MERGED

const verdict = (pullRequest: PullRequest | undefined, repositoryId = '7') =>
  verifyApproval({ repositoryId, pullRequest, expected: EXPECTED })

test('our own pull request, merged by a person into the base, is an approval with its facts', () => {
  assert.deepEqual(verdict(MERGED), {
    ok: true,
    approval: {
      repositoryId: '7',
      pullRequest: '12',
      headSha: HEAD,
      mergeCommit: MERGED.mergeCommit,
      mergedBy: 'ada',
      edited: false,
    },
  })
})

test('a head that a reviewer moved on is an approval that says so', () => {
  const edited = verdict({ ...MERGED, headSha: 'c'.repeat(40) })
  assert.equal(edited.ok && edited.approval.edited, true)
})

test('a fast-forward on plain Git, which names nobody, is an approval by whoever may push', () => {
  const approved = verifyApproval({
    repositoryId: '7',
    pullRequest: { ...MERGED, mergedBy: '' },
    expected: { ...EXPECTED, forgeNamesMerger: false },
  })
  assert.match(approved.ok ? approved.approval.mergedBy : '', /push access/)
})

const REFUSED: Readonly<Record<string, readonly [PullRequest | undefined, RegExp, string?]>> = {
  'none that the forge knows': [undefined, /knows no pull request/],
  'an open one': [{ ...FACTS, state: 'open' }, /is open/],
  'one closed without a merge': [{ ...FACTS, state: 'closed', closedBy: 'ada' }, /is closed/],
  'one we merged ourselves': [{ ...MERGED, bySelf: true, mergedBy: 'someone' }, /the operator itself/],
  'one merged by nobody knows whom': [{ ...MERGED, mergedBy: ' ' }, /does not say who/],
  'another one of ours': [{ ...MERGED, id: '13' }, /is not 12/],
  'one from another branch': [{ ...MERGED, headBranch: 'aiops/fix-2' }, /comes from the branch/],
  'one retargeted to another base': [{ ...MERGED, baseBranch: 'staging' }, /goes into staging/],
  'one of a repository made anew under the same name': [MERGED, /repository/, '8'],
  'one of a repository without identity': [MERGED, /repository/, ''],
  'one without a merge commit': [{ ...MERGED, mergeCommit: '' }, /no merge commit/],
}

for (const [claim, [pullRequest, why, repositoryId]] of Object.entries(REFUSED)) {
  test(`no approval: ${claim}`, () => {
    const refused = verdict(pullRequest, repositoryId)
    assert.equal(refused.ok, false)
    assert.match(refused.ok ? '' : refused.why, why)
    assert.equal(refused.ok ? '' : refused.code, 'ApprovalInvalid')
  })
}

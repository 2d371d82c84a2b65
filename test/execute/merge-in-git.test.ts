import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyChanges, type FieldChange } from '#src/domain/change.ts'
import { digest } from '#src/domain/digest.ts'
import { canonicalJson } from '#src/domain/json.ts'
import { asJson } from '#src/domain/kube-object.ts'
import { mergedChange } from '#src/execute/merge-in-git.ts'
import type { MergedChange } from '#src/execute/merged-change.ts'
import { type History, openHistory } from './git-history.ts'

const WEB = 'spec.template.spec.containers[name=web]'
const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }
const image = (value: string): FieldChange => ({ op: 'set', field: `${WEB}.image`, value })
const mode = (value: string): FieldChange => ({ op: 'set', field: `${WEB}.env[name=MODE].value`, value })
const memory = (value: string): FieldChange => ({ op: 'set', field: `${WEB}.resources.limits.memory`, value })

/** How a pull request with these commits gets into main. Each returns what a forge would call the merge commit. */
const MERGES: Readonly<Record<string, (history: History) => Promise<string>>> = {
  'a merge commit': async ({ git }) => {
    await git('merge', '--quiet', '--no-ff', '-m', 'Merge', 'fix')
    return git('rev-parse', 'HEAD')
  },
  'a squash': async ({ git, commit }) => {
    await git('merge', '--quiet', '--squash', 'fix')
    return commit({}, 'Squashed')
  },
  'a rebase, the last commit named': async ({ git }) => {
    await rebase(git)
    return git('rev-parse', 'HEAD')
  },
}

/** As forges rebase: every commit anew, whatever a fast-forward could do. */
async function rebase(git: History['git']) {
  for (const sha of (await git('rev-list', '--reverse', '--no-merges', 'main..fix')).split('\n')) {
    await git('cherry-pick', '--no-ff', '--keep-redundant-commits', sha)
    await git(
      'commit',
      '--quiet',
      '--amend',
      '--allow-empty',
      '--reset-author',
      '--date=2001-01-01T00:00:00Z',
      '--no-edit',
    )
  }
}

interface Story {
  /** Commits on the base after the branch was made. */
  readonly meanwhile?: Parameters<History['commit']>[0]
  readonly branch: readonly Parameters<History['commit']>[0][]
  /** The base merged into the branch before its last commit. */
  readonly updated?: boolean
  readonly later?: readonly Parameters<History['commit']>[0][]
}

async function told(story: Story, merge: (history: History) => Promise<string>) {
  const history = await openHistory()
  const { git, commit } = history
  await git('checkout', '--quiet', '-b', 'fix')
  const last = story.branch.length - 1
  for (const change of story.branch.slice(0, last)) await commit(change, 'On the branch')
  await git('checkout', '--quiet', 'main')
  if (story.meanwhile !== undefined) await commit(story.meanwhile, 'Meanwhile')
  await git('checkout', '--quiet', 'fix')
  if (story.updated) await git('merge', '--quiet', '--no-ff', '-m', 'Update branch', 'main')
  const headSha = await commit(story.branch[last] ?? {}, 'Head')
  await git('checkout', '--quiet', 'main')
  const mergeCommit = await merge(history)
  for (const change of story.later ?? []) await commit(change, 'Later')
  const baseTip = await git('rev-parse', 'main')
  return { history, facts: { target: TARGET, root: '.', headSha, mergeCommit, baseTip } }
}

async function changeOf(story: Story, merge: (history: History) => Promise<string>): Promise<MergedChange> {
  const { history, facts } = await told(story, merge)
  return mergedChange(history.history, facts)
}

/** The change is exactly this, and undoing it on what was merged gives `before`. */
function applies(change: MergedChange, expected: readonly FieldChange[]) {
  assert.equal(change.kind, 'apply', JSON.stringify(change))
  if (change.kind !== 'apply') return
  const byField = (a: FieldChange, b: FieldChange) => (a.field < b.field ? -1 : 1)
  assert.deepEqual([...change.changes].sort(byField), [...expected].sort(byField))
  assert.equal(change.renderedDigest, digest(canonicalJson(asJson(change.after))))
  assert.equal(
    canonicalJson(applyChanges(asJson(change.before), change.changes)),
    canonicalJson(asJson(change.after)),
  )
}

const STORIES: Readonly<Record<string, Story & { readonly expected: readonly FieldChange[] }>> = {
  'our one commit': { branch: [{ image: 'web:2' }], expected: [image('web:2')] },
  'our commit, while the base changed another field of the target': {
    meanwhile: { memory: '128Mi' },
    branch: [{ image: 'web:2' }],
    expected: [image('web:2')],
  },
  'our commit and a reviewer’s that changes another field': {
    branch: [{ image: 'web:2' }, { env: { MODE: 'b', LOG: 'b' } }],
    expected: [image('web:2'), mode('b')],
  },
  'our commit and a reviewer’s that changes the same field': {
    branch: [{ image: 'web:2' }, { image: 'web:3' }],
    expected: [image('web:3')],
  },
  'three commits, of which the last touches nothing of the target': {
    meanwhile: { memory: '128Mi' },
    branch: [{ image: 'web:2' }, { args: ['serve', '-v'] }, {}],
    expected: [image('web:2'), { op: 'set', field: `${WEB}.args`, value: ['serve', '-v'] }],
  },
  'a reviewer who took our change back and made another': {
    branch: [{ image: 'web:2' }, { image: 'web:1', memory: '96Mi' }],
    expected: [memory('96Mi')],
  },
  'a removal': {
    branch: [{ env: { LOG: 'b' } }],
    expected: [{ op: 'remove', field: `${WEB}.env[name=MODE]` }],
  },
  'a label and a field that was not there': {
    branch: [{ labels: { team: 'shop' }, replicas: 2 }],
    expected: [
      { op: 'set', field: 'metadata.labels.team', value: 'shop' },
      { op: 'set', field: 'spec.replicas', value: 2 },
    ],
  },
  'a branch without any effect on the target': {
    branch: [{ image: 'web:2' }, { image: 'web:1' }],
    expected: [],
  },
}

for (const [merged, merge] of Object.entries(MERGES)) {
  for (const [story, { expected, ...facts }] of Object.entries(STORIES)) {
    test(`${merged} of ${story} applies exactly that`, async () => {
      applies(await changeOf(facts, merge), expected)
    })
  }

  test(`${merged}: commits after the merge on other fields do not matter`, async () => {
    applies(await changeOf({ branch: [{ image: 'web:2' }], later: [{ memory: '1Gi' }] }, merge), [
      image('web:2'),
    ])
  })

  test(`${merged}: a later commit that puts the old value back is a revert`, async () => {
    const change = await changeOf(
      {
        meanwhile: { memory: '128Mi' },
        branch: [{ image: 'web:2' }, { args: ['x'] }],
        later: [{ image: 'web:1' }],
      },
      merge,
    )
    assert.equal(change.kind, 'reverted')
  })

  test(`${merged}: a later commit with a third value wins, even over a part of the change`, async () => {
    const change = await changeOf(
      { branch: [{ image: 'web:2' }, { args: ['x'] }], later: [{ memory: '1Gi' }, { image: 'web:3' }] },
      merge,
    )
    assert.equal(change.kind, 'superseded')
    assert.deepEqual(change.kind === 'superseded' && change.changes, [
      image('web:3'),
      { op: 'set', field: `${WEB}.args`, value: ['x'] },
    ])
  })

  test(`${merged}: put back and done again still stands`, async () => {
    const later = [{ image: 'web:1' }, { image: 'web:2' }]
    applies(await changeOf({ branch: [{ image: 'web:2' }], later }, merge), [image('web:2')])
  })

  test(`${merged}: a target that a later commit removes from Git is gone`, async () => {
    const change = await changeOf({ branch: [{ image: 'web:2' }], later: [{ image: null }] }, merge)
    assert.equal(change.kind, 'gone')
  })

  test(`${merged}: a base that was forced back behind the merge holds`, async () => {
    const { history, facts } = await told({ branch: [{ image: 'web:2' }] }, merge)
    await history.git('reset', '--quiet', '--hard', 'HEAD^')
    const forced = await history.commit({ memory: '128Mi' })
    const change = await mergedChange(history.history, { ...facts, baseTip: forced })
    assert.deepEqual(
      { kind: change.kind, reason: 'reason' in change && change.reason },
      { kind: 'hold', reason: 'MergeUnreachable' },
    )
  })
}

for (const merged of ['a merge commit', 'a squash'] as const) {
  test(`${merged}: a branch that had the base merged into it applies its own change only`, async () => {
    const story = {
      meanwhile: { memory: '128Mi' },
      branch: [{ image: 'web:2' }, { args: ['x'] }],
      updated: true,
    }
    applies(await changeOf(story, MERGES[merged] ?? assert.fail()), [
      image('web:2'),
      { op: 'set', field: `${WEB}.args`, value: ['x'] },
    ])
  })

  test(`${merged}: what the merge itself changed beyond the branch belongs to it`, async () => {
    const evil = async ({ git, save, commit }: History) => {
      await git(
        'merge',
        '--quiet',
        merged === 'a squash' ? '--squash' : '--no-commit',
        '--no-ff',
        'fix',
      ).catch(() => git('merge', '--quiet', '--squash', 'fix'))
      await save({ memory: '256Mi', image: 'web:2-signed' })
      return commit({}, 'Evil')
    }
    applies(await changeOf({ branch: [{ image: 'web:2' }] }, evil), [image('web:2-signed'), memory('256Mi')])
  })

  test(`${merged}: what the merge itself took back is not applied`, async () => {
    const kept = async ({ git, save, commit }: History) => {
      await git(
        'merge',
        '--quiet',
        merged === 'a squash' ? '--squash' : '--no-commit',
        '--no-ff',
        'fix',
      ).catch(() => git('merge', '--quiet', '--squash', 'fix'))
      await save({ image: 'web:1' })
      return commit({}, 'Evil')
    }
    applies(await changeOf({ branch: [{ image: 'web:2' }, { args: ['x'] }] }, kept), [
      { op: 'set', field: `${WEB}.args`, value: ['x'] },
    ])
  })
}

test('a fast-forward of our commit and a reviewer’s applies both, though the first is called the merge commit', async () => {
  const forward = async ({ git }: History) => {
    await git('merge', '--quiet', '--ff-only', 'fix')
    return git('rev-parse', 'HEAD^')
  }
  applies(await changeOf({ branch: [{ image: 'web:2' }, { image: 'web:3', args: ['x'] }] }, forward), [
    image('web:3'),
    { op: 'set', field: `${WEB}.args`, value: ['x'] },
  ])
})

test('a merged head that nobody fetched leaves the merge’s own change; when that is none, it holds', async () => {
  const unknown = '0123456789012345678901234567890123456789'
  const squashed = await told({ branch: [{ image: 'web:2' }] }, MERGES['a squash'] ?? assert.fail())
  applies(await mergedChange(squashed.history.history, { ...squashed.facts, headSha: unknown }), [
    image('web:2'),
  ])
  const rebased = await told(
    { branch: [{ image: 'web:2' }, {}] },
    MERGES['a rebase, the last commit named'] ?? assert.fail(),
  )
  const change = await mergedChange(rebased.history.history, { ...rebased.facts, headSha: unknown })
  assert.equal(change.kind, 'hold')
})

test('a merge commit that is not in the repository holds', async () => {
  const { history, facts } = await told({ branch: [{ image: 'web:2' }] }, MERGES['a squash'] ?? assert.fail())
  const mergeCommit = '0123456789012345678901234567890123456789'
  assert.equal((await mergedChange(history.history, { ...facts, mergeCommit })).kind, 'hold')
})

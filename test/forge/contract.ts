import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { OperatorError } from '#src/domain/errors.ts'
import type { Head, NewPullRequest, PullRequest, PullRequests } from '#src/forge/forge.ts'
import { stateMarker } from '#src/forge/hidden-marker.ts'

export type MergeStyle = 'merge' | 'squash' | 'rebase'

/** One repository on one real forge, and the people who work on it. */
export interface ForgeRig {
  /** The adapter under test, as the operator. */
  readonly forge: PullRequests
  /** A branch name, and a fix nobody pushed yet, forked from the base as it is now. */
  planFix(): Promise<Head>
  /** Pushes the operator's commit on its branch. */
  pushFix(head: Head): Promise<Head>
  /** A person adds a commit to the branch; returns its SHA. */
  pushOnto(branch: string): Promise<string>
  /** A person pushes something else to the base. */
  moveBase(): Promise<void>
  merge(pull: PullRequest, style: MergeStyle): Promise<void>
  /** Merges with the operator's own identity. */
  mergeAsOperator(pull: PullRequest): Promise<void>
  /** A person closes it without a merge, as people do on this forge. */
  close(pull: PullRequest): Promise<void>
  reopen(pull: PullRequest): Promise<void>
  deleteBranch(branch: string): Promise<void>
  /** Somebody else holds the branch: with a pull request of their own, or commits where there are no pull requests. */
  plant(head: Head): Promise<void>
  /** Commits of the base, newest first. */
  base(): Promise<readonly { readonly sha: string; readonly files: readonly string[] }[]>
  /** The file that `pushFix` writes. */
  fixedFile(head: Head): string
  /** What `mergedBy` shows of the person who merges. */
  readonly person: RegExp
  /** The same adapter, with nothing listening where its server was. */
  readonly unreachable: PullRequests
}

export interface Pushed {
  readonly head: Head
  readonly pull: PullRequest
}

export function request(head: Head, text = 'first'): NewPullRequest {
  return {
    head,
    title: `shop/web: ${text}`,
    body: `Why: ${text}\n\n${stateMarker({ text })}`,
    labels: ['aiops-operator'],
  }
}

export async function opened(rig: ForgeRig): Promise<Pushed> {
  const head = await rig.pushFix(await rig.planFix())
  return { head, pull: await rig.forge.ensureOpen(request(head)) }
}

export function rejectsWith(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof OperatorError, String(error))
    assert.equal(error.code, code, error.message)
    return true
  }
}

/** Asks again until it is so; fails when it never is. */
export async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 300; look++) {
    if (await isSo()) return
    await delay(50)
  }
  assert.fail('never became so')
}

/** What every forge has to do. `open` gives a repository of its own for each test. */
export function pullRequestsContract(name: string, open: () => Promise<ForgeRig>): void {
  const claim = (title: string, check: (rig: ForgeRig) => Promise<void>) =>
    test(`${name}: ${title}`, async () => check(await open()))

  claim('a fix that nobody pushed has no pull request', async (rig) => {
    assert.equal(await rig.forge.find(await rig.planFix()), undefined)
  })

  claim('what is opened is found and read as open, with the facts it was opened with', async (rig) => {
    const { head, pull } = await opened(rig)
    assert.equal(pull.state, 'open')
    assert.equal(pull.headBranch, head.branch)
    assert.equal(pull.headSha, head.sha)
    assert.equal(pull.baseBranch, 'main')
    assert.match(pull.url, /^http:\/\/127\.0\.0\.1:\d+\/[^@]+$/)
    assert.deepEqual(await rig.forge.find(head), pull)
    assert.deepEqual(await rig.forge.read(pull.id, head), pull)
  })

  claim('opening twice, one after the other or at once, is opening once', async (rig) => {
    const head = await rig.pushFix(await rig.planFix())
    const [a, b] = await Promise.all([
      rig.forge.ensureOpen(request(head)),
      rig.forge.ensureOpen(request(head)),
    ])
    const c = await rig.forge.ensureOpen(request(head, 'second'))
    assert.deepEqual([b.id, c.id], [a.id, a.id])
  })

  claim('nothing is read under another number or for another branch', async (rig) => {
    const { head, pull } = await opened(rig)
    assert.equal(await rig.forge.read('987654', head), undefined)
    assert.equal(await rig.forge.read('../../../user', head), undefined)
    assert.equal(await rig.forge.read(pull.id, { ...head, branch: 'aiops-operator/other-1' }), undefined)
  })

  for (const style of ['merge', 'squash', 'rebase'] as const) {
    claim(`a person's ${style} is told with the commit that brought it, also later`, async (rig) => {
      const { head, pull } = await opened(rig)
      await rig.moveBase()
      await rig.merge(pull, style)
      const [tip] = await rig.base()
      const merged = await rig.forge.read(pull.id, head)
      assert.equal(merged?.state, 'merged')
      assert.equal(merged.mergeCommit, tip?.sha)
      assert.ok(tip?.files.includes(rig.fixedFile(head)))
      assert.equal(merged.baseBranch, 'main')
      assert.match(merged.mergedBy, rig.person)
      assert.equal(merged.bySelf, false)

      await rig.deleteBranch(head.branch)
      await rig.moveBase()
      assert.deepEqual(await rig.forge.read(pull.id, head), merged)
      assert.deepEqual(await rig.forge.find(head), merged)
      assert.deepEqual(await rig.forge.ensureOpen(request(head)), merged)
    })
  }

  claim('a merge in our own name is told as ours', async (rig) => {
    const { head, pull } = await opened(rig)
    await rig.moveBase()
    await rig.mergeAsOperator(pull)
    const merged = await rig.forge.read(pull.id, head)
    assert.equal(merged?.state === 'merged' && merged.bySelf, true)
  })

  claim("a person's commit on the branch is the new head, and is merged with it", async (rig) => {
    const { head, pull } = await opened(rig)
    const sha = await rig.pushOnto(head.branch)
    await eventually(async () => (await rig.forge.read(pull.id, head))?.headSha === sha)
    const now = await rig.forge.read(pull.id, head)
    assert.equal(now?.state, 'open')
    await rig.merge(now, 'merge')
    assert.equal((await rig.forge.read(pull.id, head))?.state, 'merged')
  })

  claim('what a person closed stays closed, and opening does not bring it back', async (rig) => {
    const { head, pull } = await opened(rig)
    await rig.close(pull)
    assert.equal((await rig.forge.read(pull.id, head))?.state, 'closed')
    const again = await rig.forge.ensureOpen(request(head, 'second'))
    assert.deepEqual([again.id, again.state], [pull.id, 'closed'])
  })

  claim('what a person reopened is open again', async (rig) => {
    const { head, pull } = await opened(rig)
    await rig.close(pull)
    await rig.reopen(pull)
    assert.equal((await rig.forge.read(pull.id, head))?.state, 'open')
    assert.equal((await rig.forge.find(head))?.state, 'open')
  })

  claim('deleting the branch without a merge closes', async (rig) => {
    const { head, pull } = await opened(rig)
    await rig.deleteBranch(head.branch)
    // Forges notice a push a moment later.
    await eventually(async () => (await rig.forge.read(pull.id, head))?.state === 'closed')
  })

  claim("somebody else's hold on our branch is refused, never adopted", async (rig) => {
    const head = await rig.planFix()
    await rig.plant(head)
    await assert.rejects(rig.forge.find(head), rejectsWith('PullRequestForeign'))
    await assert.rejects(rig.forge.ensureOpen(request(head)), rejectsWith('PullRequestForeign'))
  })

  claim('the next attempt is another pull request than the one before', async (rig) => {
    const first = await opened(rig)
    await rig.close(first.pull)
    const plan = await rig.planFix()
    const next = await rig.pushFix({ ...plan, fix: first.head.fix.replace(/\d+$/, '2') })
    const pull = await rig.forge.ensureOpen(request(next))
    assert.notEqual(pull.id, first.pull.id)
    await rig.merge(pull, 'squash')
    assert.equal((await rig.forge.read(pull.id, next))?.state, 'merged')
    assert.equal((await rig.forge.read(first.pull.id, first.head))?.state, 'closed')
  })

  claim('closing and commenting can be repeated, also after a merge', async (rig) => {
    const { head, pull } = await opened(rig)
    await rig.merge(pull, 'merge')
    for (const _ of [1, 2]) {
      await rig.forge.ensureComment(pull.id, 'recovered', 'It works again.')
      await rig.forge.ensureClosed(pull.id)
    }
    assert.equal((await rig.forge.read(pull.id, head))?.state, 'merged')
  })

  claim('the repository has one identity', async (rig) => {
    assert.equal(await rig.forge.repositoryId(), await rig.forge.repositoryId())
    assert.notEqual(await rig.forge.repositoryId(), '')
  })

  claim('a server that is away is told as such, and nothing is taken for gone', async (rig) => {
    const { head, pull } = await opened(rig)
    const away = /^(Forge|Repository)Unreachable$/
    for (const call of [
      () => rig.unreachable.find(head),
      () => rig.unreachable.read(pull.id, head),
      () => rig.unreachable.ensureOpen(request(head)),
    ]) {
      await assert.rejects(call(), (error) => {
        assert.ok(error instanceof OperatorError, String(error))
        assert.match(error.code, away)
        assert.equal(error.retry, 'backoff')
        return true
      })
    }
  })
}

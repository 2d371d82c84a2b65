import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stateMarker } from '#src/forge/hidden-marker.ts'
import { sharedGitea } from '../../servers/shared.ts'
import { opened, rejectsWith, request } from '../contract.ts'
import { call, openGiteaRig } from '../gitea/gitea-rig.ts'

const gitea = await sharedGitea()

interface Issue {
  readonly title: string
  readonly body: string
  readonly labels: readonly { readonly name: string }[]
}

for (const speaks of ['gitea', 'github'] as const) {
  test(`${speaks}: labels that the forge does not know are created; people may change them afterwards`, async () => {
    const rig = await openGiteaRig(gitea, speaks)
    const { head, pull } = await opened(rig)
    const labels = async () =>
      ((await rig.asMaintainer('GET', `/issues/${pull.id}`)) as Issue).labels.map(({ name }) => name)
    assert.deepEqual(await labels(), ['aiops-operator'])
    await rig.asMaintainer('PUT', `/issues/${pull.id}/labels`, { labels: [] })
    await rig.forge.ensureOpen(request(head, 'second'))
    assert.deepEqual(await labels(), [])
  })

  test(`${speaks}: a label that cannot be set is logged, and the pull request is opened all the same`, async () => {
    const rig = await openGiteaRig(gitea, speaks)
    const head = await rig.pushFix(await rig.planFix())
    const forge = rig.forgeWith({
      fetch: async (input, init) =>
        String(input).endsWith('/labels') ? new Response('{}', { status: 500 }) : rig.fetch(input, init),
    })
    assert.equal((await forge.ensureOpen(request(head))).state, 'open')
    assert.ok(rig.logged.some((line) => line.includes('labels were not set')))
  })

  test(`${speaks}: reviewers and assignees are asked once, and who cannot be asked is logged`, async () => {
    const rig = await openGiteaRig(gitea, speaks)
    const head = await rig.pushFix(await rig.planFix())
    const name = gitea.maintainer.name
    const asked = { ...request(head), reviewers: [name], assignees: [name] }
    const pull = await rig.forge.ensureOpen(asked)
    const people = async () => {
      const now = (await rig.asMaintainer('GET', `/pulls/${pull.id}`)) as Record<
        string,
        { login: string }[] | null
      >
      const names = (key: string) => (now[key] ?? []).map(({ login }) => login)
      return [names('requested_reviewers'), names('assignees')]
    }
    assert.deepEqual(await people(), [[name], [name]])
    await rig.asMaintainer('PATCH', `/issues/${pull.id}`, { assignees: [] })
    await rig.forge.ensureOpen(asked)
    assert.deepEqual(await people(), [[name], []])

    const next = await rig.pushFix(await rig.planFix())
    assert.equal((await rig.forge.ensureOpen({ ...request(next), reviewers: ['nobody'] })).state, 'open')
    assert.ok(rig.logged.some((line) => line.includes('reviewers were not set')))
  })

  test(`${speaks}: title and body are rewritten when our facts change, and left to people as long as they do not`, async () => {
    const rig = await openGiteaRig(gitea, speaks)
    const { head, pull } = await opened(rig)
    const now = async () => (await rig.asMaintainer('GET', `/issues/${pull.id}`)) as Issue
    const note = `Reviewed with Bob.\r\n\r\n${(await now()).body.replaceAll('\n', '\r\n')}\r\n`
    await rig.asMaintainer('PATCH', `/issues/${pull.id}`, { title: 'Ours', body: note })

    await rig.forge.ensureOpen(request(head, 'first'))
    assert.deepEqual([(await now()).title, (await now()).body], ['Ours', note])

    await rig.forge.ensureOpen(request(head, 'second'))
    assert.equal((await now()).title, 'shop/web: second')
    assert.ok((await now()).body.includes(stateMarker({ text: 'second' })))
  })

  test(`${speaks}: comments stand once per marker, whoever else writes the marker`, async () => {
    const rig = await openGiteaRig(gitea, speaks)
    const { pull } = await opened(rig)
    const planted = 'Nothing to see <!-- aiops-operator:recovered -->'
    await rig.asMaintainer('POST', `/issues/${pull.id}/comments`, { body: planted })
    for (const marker of ['recovered', 'recovered', 'failed', 'recovered']) {
      await rig.forge.ensureComment(pull.id, marker, `It ${marker}.`)
    }
    const comments = (await rig.asMaintainer('GET', `/issues/${pull.id}/comments`)) as { body: string }[]
    assert.deepEqual(
      comments.map(({ body }) => body),
      [
        planted,
        'It recovered.\n\n<!-- aiops-operator:recovered -->',
        'It failed.\n\n<!-- aiops-operator:failed -->',
      ],
    )
  })

  test(`${speaks}: a comment is found behind more comments than one page holds`, async () => {
    const rig = await openGiteaRig(gitea, speaks)
    const { pull } = await opened(rig)
    for (let i = 0; i < 55; i++)
      await rig.asMaintainer('POST', `/issues/${pull.id}/comments`, { body: `${i}` })
    for (const _ of [1, 2]) await rig.forge.ensureComment(pull.id, 'recovered', 'It works.')
    const { comments } = (await rig.asMaintainer('GET', `/issues/${pull.id}`)) as { comments: number }
    assert.equal(comments, 56)
  })

  test(`${speaks}: texts longer than the forge takes are cut, with the marker still there`, async () => {
    const rig = await openGiteaRig(gitea, speaks)
    const head = await rig.pushFix(await rig.planFix())
    const long = { ...request(head), title: 't'.repeat(1000), body: 'b'.repeat(100_000) }
    const pull = await rig.forge.ensureOpen(long)
    await rig.forge.ensureComment(pull.id, 'failed', 'c'.repeat(100_000))
    await rig.forge.ensureComment(pull.id, 'failed', 'c'.repeat(100_000))
    const { body, title } = (await rig.asMaintainer('GET', `/issues/${pull.id}`)) as Issue
    const comments = (await rig.asMaintainer('GET', `/issues/${pull.id}/comments`)) as { body: string }[]
    assert.ok(body.length <= 65_536 && title.length <= 256)
    assert.equal(comments.length, 1)
    assert.match(comments[0]?.body ?? '', /…\n\n<!-- aiops-operator:failed -->$/)
    assert.ok((comments[0]?.body.length ?? 0) <= 65_536)
  })

  test(`${speaks}: a pull request of our own account's from a fork is not ours`, async () => {
    const rig = await openGiteaRig(gitea, speaks)
    const head = await rig.pushFix(await rig.planFix())
    const { api, bot } = gitea
    const fork = `${rig.repo}-fork`
    await rig.asOperator('POST', '/forks', { name: fork })
    const planted = (await rig.asOperator('POST', '/pulls', {
      head: `${bot.name}:${head.branch}`,
      base: 'main',
      title: 'From a fork',
    })) as { number: number }
    assert.equal(await rig.forge.find(head), undefined)
    assert.equal(await rig.forge.read(String(planted.number), head), undefined)
    await rig.forge.ensureClosed(String(planted.number))
    await rig.forge.ensureComment(String(planted.number), 'failed', 'text')
    const seen = (await rig.asMaintainer('GET', `/issues/${planted.number}`)) as {
      state: string
      comments: number
    }
    assert.deepEqual([seen.state, seen.comments], ['open', 0])
    const ours = await rig.forge.ensureOpen(request(head))
    assert.notEqual(ours.id, String(planted.number))
    await call(api, bot, 'DELETE', `/repos/${bot.name}/${fork}`)
  })

  test(`${speaks}: another's pull request is not closed, read or commented on by its number`, async () => {
    const rig = await openGiteaRig(gitea, speaks)
    const head = await rig.planFix()
    await rig.plant(head)
    await rig.forge.ensureClosed('1')
    await rig.forge.ensureComment('1', 'failed', 'text')
    assert.equal(await rig.forge.read('1', head), undefined)
    const seen = (await rig.asMaintainer('GET', '/issues/1')) as { state: string; comments: number }
    assert.deepEqual([seen.state, seen.comments], ['open', 0])
  })

  test(`${speaks}: another's merged pull request from our branch is not adopted either`, async () => {
    const rig = await openGiteaRig(gitea, speaks)
    const head = await rig.planFix()
    await rig.plant(head)
    const { head: end } = (await rig.asMaintainer('GET', '/pulls/1')) as { head: { sha: string } }
    await rig.merge({ id: '1', headSha: end.sha } as Parameters<typeof rig.merge>[0], 'merge')
    await assert.rejects(rig.forge.find(head), rejectsWith('PullRequestForeign'))
  })

  test(`${speaks}: a pull request that was pointed at another base is refused, and ours again once it is pointed back`, async () => {
    const rig = await openGiteaRig(gitea, speaks)
    const { head, pull } = await opened(rig)
    await rig.asMaintainer('POST', '/branches', { new_branch_name: 'release', old_ref_name: 'main' })
    await rig.asMaintainer('PATCH', `/pulls/${pull.id}`, { base: 'release' })
    for (const look of [() => rig.forge.read(pull.id, head), () => rig.forge.ensureOpen(request(head))]) {
      await assert.rejects(look(), rejectsWith('ApprovalInvalid'))
    }
    await rig.asMaintainer('PATCH', `/pulls/${pull.id}`, { base: 'main' })
    assert.equal((await rig.forge.read(pull.id, head))?.state, 'open')

    await rig.asMaintainer('PATCH', `/pulls/${pull.id}`, { base: 'release' })
    await rig.merge(pull, 'merge')
    await assert.rejects(rig.forge.read(pull.id, head), rejectsWith('ApprovalInvalid'))
  })

  test(`${speaks}: a wrong token is told as such, holds nothing of the token, and a rotated one is used at once`, async () => {
    const rig = await openGiteaRig(gitea, speaks)
    const { head } = await opened(rig)
    let token = 'canary-0f3e5a'
    const forge = rig.forgeWith({ token: async () => token })
    await assert.rejects(forge.find(head), (error: Error) => {
      rejectsWith('ForgeAuth')(error)
      assert.doesNotMatch(
        JSON.stringify([error.message, error.stack, Object.entries(error), error.cause]),
        /canary/,
      )
      return true
    })
    token = gitea.bot.token
    assert.equal((await forge.find(head))?.state, 'open')
    token = gitea.maintainer.token
    await assert.rejects(forge.find(head), rejectsWith('PullRequestForeign'))
    assert.ok(rig.logged.every((line) => !line.includes('canary') && !line.includes(gitea.bot.token)))
  })

  test(`${speaks}: a repository that is not there, or not to be seen, is a matter of access`, async () => {
    const rig = await openGiteaRig(gitea, speaks)
    const head = await rig.planFix()
    const forge = rig.forgeWith({ repo: 'nowhere' })
    await assert.rejects(forge.find(head), rejectsWith('ForgeAuth'))
    await assert.rejects(forge.repositoryId(), rejectsWith('ForgeAuth'))
  })
}

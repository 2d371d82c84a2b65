import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { CheckReport } from '#src/forge/checks.ts'
import { openSides } from '#src/forge/open-forge.ts'
import { sharedGitea } from '../../servers/shared.ts'
import { opened } from '../contract.ts'
import { call, openGiteaRig } from '../gitea/gitea-rig.ts'

const gitea = await sharedGitea()

for (const speaks of ['gitea', 'github'] as const) {
  const open = async () => {
    const rig = await openGiteaRig(gitea, speaks)
    return { rig, ...openSides(rig.api, 'main') }
  }

  test(`${speaks}: comments on pull requests are told with their author; those on issues are not`, async () => {
    const { rig, conversation } = await open()
    const { pull } = await opened(rig)
    const before = Date.now() - 60_000
    await rig.asMaintainer('POST', '/issues', { title: 'An issue' })
    await rig.asMaintainer('POST', '/issues/2/comments', { body: 'on an issue' })
    await rig.asMaintainer('POST', `/issues/${pull.id}/comments`, { body: '/aiops explain' })
    await rig.forge.ensureComment(pull.id, 'answer-1', 'Because.')
    const remarks = await conversation.remarksSince(before)
    assert.deepEqual(
      remarks.map(({ pullRequest, author, bySelf, isEdited }) => ({ pullRequest, author, bySelf, isEdited })),
      [
        { pullRequest: pull.id, author: gitea.maintainer.name, bySelf: false, isEdited: false },
        { pullRequest: pull.id, author: gitea.bot.name, bySelf: true, isEdited: false },
      ],
    )
    assert.deepEqual(await conversation.remarksSince(Date.now() + 60_000), [])
  })

  test(`${speaks}: a report on a commit stands once, and a later one replaces it`, async () => {
    const { rig, checks } = await open()
    const { head, pull } = await opened(rig)
    const [own] = await checks.openHeads()
    assert.deepEqual(own, { sha: head.sha, pullRequest: pull.id, branch: head.branch, isOurs: true })
    const report: CheckReport = {
      name: 'aiops-operator/diff',
      conclusion: 'success',
      title: 'Fine',
      details: '',
    }
    const statuses = async () =>
      ((await rig.asMaintainer('GET', `/commits/${head.sha}/statuses`)) as { status: string }[]).map(
        ({ status }) => status,
      )
    for (const _ of [1, 2]) await checks.ensureCheck(own?.sha ?? '', report)
    assert.deepEqual(await statuses(), ['success'])
    await checks.ensureCheck(own?.sha ?? '', { ...report, conclusion: 'failure' })
    assert.deepEqual((await statuses()).toSorted(), ['failure', 'success'])
  })
}

test('gitea: who may push is told without being an administrator of the repository', async () => {
  const rig = await openGiteaRig(gitea)
  const { conversation } = openSides(rig.api, 'main')
  const reader = `reader-${randomBytes(4).toString('hex')}`
  await call(gitea.api, gitea.maintainer, 'POST', '/admin/users', {
    username: reader,
    password: randomBytes(16).toString('hex'),
    email: `${reader}@forge.test`,
    must_change_password: false,
  })
  await rig.asMaintainer('PUT', `/collaborators/${reader}`, { permission: 'read' })
  const may = (login: string) => conversation.mayWrite(login)
  assert.deepEqual(
    [await may(gitea.maintainer.name), await may(gitea.bot.name), await may(reader), await may('nobody')],
    [true, true, false, false],
  )
})

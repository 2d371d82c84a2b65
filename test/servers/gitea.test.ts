import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedGitea } from './shared.ts'

const gitea = await sharedGitea()

test('both accounts work with their tokens, and only the maintainer is an administrator', async () => {
  for (const [user, admin] of [
    [gitea.maintainer, true],
    [gitea.bot, false],
  ] as const) {
    const response = await fetch(`${gitea.api}/user`, { headers: { authorization: `token ${user.token}` } })
    const answer = (await response.json()) as { login: string; is_admin: boolean }
    assert.deepEqual([answer.login, answer.is_admin], [user.name, admin])
  }
})

import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { type Branches, branches } from '#src/manifests/git/git-branches.ts'
import { gitObjects } from '#src/manifests/git/git-objects.ts'
import { type GitStore, openStore } from '#src/manifests/git/git-store.ts'
import { gitServer, repositorySpec, repositoryWith, temporaryFolder } from './git-fixture.ts'

const server = await gitServer()
const identity = { name: 'aiops-operator', email: 'aiops-operator@users.noreply.invalid' }
const MESSAGE = 'Fix web\n\nAiops-Operator-Fix: 0123456789abcdef/1\n'
const BRANCH = 'aiops-operator/0123456789abcdef-1'
const AT = 1_700_000_000_000

async function operator(spec: RepositorySpec): Promise<GitStore & Branches> {
  const store = await openStore(spec, {
    stateFolder: await temporaryFolder(),
    inherited: process.env,
    allowFileUrls: false,
    timeLimit: 60_000,
  })
  return { ...store, ...branches(spec, identity, store, gitObjects(store.git, store.read, store.remote)) }
}

const files = (text: string) => new Map([['apps/web.yaml', Buffer.from(text)]])

test('the same request makes the same commit, and pushing it twice is pushing it once', async () => {
  const { url, person } = await repositoryWith(server, { 'apps/web.yaml': 'a: 1\n' })
  const one = await operator(repositorySpec(url))
  const parent = await one.fetch()
  const request = { branch: BRANCH, parent, files: files('a: 2\n'), message: MESSAGE, at: AT }
  const head = await one.push(request)
  assert.equal(await one.push(request), head)
  const two = await operator(repositorySpec(url))
  await two.fetch()
  assert.equal(await two.push(request), head)
  await person.git('fetch', 'origin')
  assert.equal(await person.git('show', `origin/${BRANCH}:apps/web.yaml`), 'a: 2')
  assert.equal(
    await person.git('log', '-1', '--format=%an <%ae> %ct', `origin/${BRANCH}`),
    `aiops-operator <${identity.email}> ${AT / 1000}`,
  )
  assert.deepEqual((await two.branch(BRANCH))?.commits, [
    { sha: head, author: `aiops-operator <${identity.email}>`, ours: true },
  ])
})

test('a commit keeps the mode of the files it changes and every other file', async () => {
  const { url, person } = await repositoryWith(server, {
    'apps/web.yaml': 'a: 1\n',
    'apps/ünï "quoted"\n.yaml': 'b: 1\n',
    'bin/run': '#!/bin/sh\n',
  })
  await chmod(join(person.folder, 'apps/web.yaml'), 0o755)
  await person.commit({}, 'Mode')
  const one = await operator(repositorySpec(url))
  const parent = await one.fetch()
  await one.push({ branch: BRANCH, parent, files: files('a: 2\n'), message: MESSAGE, at: AT })
  await person.git('fetch', 'origin')
  const raw = await person.git('diff', '--raw', '--no-abbrev', parent, `origin/${BRANCH}`)
  assert.match(raw, /^:100755 100755 [0-9a-f]+ [0-9a-f]+ M\tapps\/web\.yaml$/)
})

test("another person's commit on the branch is never pushed over, nor deleted", async () => {
  const { url, person } = await repositoryWith(server, { 'apps/web.yaml': 'a: 1\n' })
  const one = await operator(repositorySpec(url))
  const parent = await one.fetch()
  const request = { branch: BRANCH, parent, files: files('a: 2\n'), message: MESSAGE, at: AT }
  await one.push(request)
  await person.git('fetch', 'origin')
  await person.git('checkout', '--quiet', '--detach', `origin/${BRANCH}`)
  // Even a commit that copies our trailer is a person's when a person committed it.
  const theirs = await person.commit({ 'apps/web.yaml': 'a: 3\n' }, MESSAGE, BRANCH)
  // Seen only when the push is refused as stale.
  await assert.rejects(one.push({ ...request, at: AT + 1000 }), { code: 'HumanCommits' })
  assert.equal(await one.deleteBranch(BRANCH), false)
  assert.equal(
    await person.git('ls-remote', 'origin', `refs/heads/${BRANCH}`),
    `${theirs}\trefs/heads/${BRANCH}`,
  )
})

test('our own older commit is replaced, and a branch without foreign commits is deleted', async () => {
  const { url, person } = await repositoryWith(server, { 'apps/web.yaml': 'a: 1\n' })
  const one = await operator(repositorySpec(url))
  const parent = await one.fetch()
  await one.push({ branch: BRANCH, parent, files: files('a: 2\n'), message: MESSAGE, at: AT })
  const head = await one.push({ branch: BRANCH, parent, files: files('a: 3\n'), message: MESSAGE, at: AT })
  assert.equal((await one.branch(BRANCH))?.headSha, head)
  const late = await operator(repositorySpec(url))
  assert.equal(await late.deleteBranch(BRANCH), true)
  assert.equal(await late.deleteBranch(BRANCH), true)
  assert.equal(await person.git('ls-remote', 'origin', `refs/heads/${BRANCH}`), '')
  await one.fetch()
  assert.equal(await one.branch(BRANCH), undefined)
})

test('two operators that race for one branch with the same work end on one head', async () => {
  const { url } = await repositoryWith(server, { 'apps/web.yaml': 'a: 1\n' })
  const operators = [await operator(repositorySpec(url)), await operator(repositorySpec(url))]
  const heads = await Promise.all(
    operators.map(async (each, i) => {
      const parent = await each.fetch()
      const at = AT + i * 1000
      return each.push({ branch: BRANCH, parent, files: files('a: 2\n'), message: MESSAGE, at })
    }),
  )
  assert.equal(heads[0], heads[1])
})

test('only branches with the prefix are written, and never the base branch', async () => {
  const { url } = await repositoryWith(server, { 'apps/web.yaml': 'a: 1\n' })
  const one = await operator(repositorySpec(url))
  const parent = await one.fetch()
  const request = { parent, files: files('a: 2\n'), message: MESSAGE, at: AT }
  for (const branch of ['main', 'feature/x', 'refs/heads/aiops-operator/x'])
    await assert.rejects(one.push({ ...request, branch }), { code: 'PushRefused' })
  await assert.rejects(one.deleteBranch('main'), { code: 'PushRefused' })
  const all = repositorySpec(url, { pullRequest: { branchPrefix: 'm', labels: [], includeLogs: false } })
  const other = await operator(all)
  await other.fetch()
  await assert.rejects(other.push({ ...request, branch: 'main' }), { code: 'PushRefused' })
})

test("the remote's refusal of a push is told in its own words", async () => {
  const { url, name, person } = await repositoryWith(server, { 'apps/web.yaml': 'a: 1\n' })
  const hook = `${server.root}/${name}.git/hooks/pre-receive`
  await writeFile(hook, '#!/bin/sh\necho "this repository is frozen" >&2\nexit 1\n', { mode: 0o755 })
  const one = await operator(repositorySpec(url))
  const parent = await one.fetch()
  await assert.rejects(
    one.push({ branch: BRANCH, parent, files: files('a: 2\n'), message: MESSAGE, at: AT }),
    {
      code: 'PushRefused',
      message: 'repository infra: the remote refused the push: this repository is frozen',
    },
  )
  assert.equal(await person.git('ls-remote', 'origin', `refs/heads/${BRANCH}`), '')
})

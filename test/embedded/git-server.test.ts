import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { serveGit } from '#src/embedded/git-server.ts'

const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-git-test-'))
const auth = { user: 'bot', password: 'canary-5b1c' }
const server = await serveGit({ root: join(folder, 'root'), auth })
after(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const git = (...args: string[]) =>
  promisify(execFile)('git', ['-c', 'user.name=t', '-c', 'user.email=t@t.test', ...args], {
    env: { PATH: process.env['PATH'], HOME: folder, GIT_TERMINAL_PROMPT: '0' },
  })
const withLogin = (url: string, password: string) => url.replace('http://', `http://bot:${password}@`)

test('a push larger than a buffer arrives, and a partial clone leaves its blobs behind', async () => {
  const url = withLogin(await server.createRepository('app'), auth.password)
  const work = join(folder, 'work')
  await git('clone', '--quiet', url, work)
  await writeFile(join(work, 'large'), Buffer.alloc(3_000_000, 'line of text\n'))
  await writeFile(join(work, 'random'), crypto.getRandomValues(new Uint8Array(60_000)))
  await git('-C', work, 'add', '.')
  await git('-C', work, 'commit', '--quiet', '-m', 'one')
  await git('-C', work, 'push', '--quiet', 'origin', 'HEAD:main')
  const partial = join(folder, 'partial')
  await git('clone', '--quiet', '--filter=blob:none', '--no-checkout', url, partial)
  const { stdout } = await git('-C', partial, 'rev-list', '--objects', '--missing=print', 'HEAD')
  assert.equal(stdout.split('\n').filter((line) => line.startsWith('?')).length, 2)
})

test('a wrong login is refused, and the request log has neither password', async () => {
  const url = await server.createRepository('closed')
  await assert.rejects(git('ls-remote', withLogin(url, 'wrong-9f3e')), /Authentication failed/)
  await assert.rejects(git('ls-remote', url))
  await git('ls-remote', withLogin(url, auth.password))
  const log = JSON.stringify(server.requests)
  assert.match(log, /"service":"fetch","status":401/)
  assert.doesNotMatch(log, /canary-5b1c|wrong-9f3e/)
})

test('nothing outside the root is served', async () => {
  await writeFile(join(folder, 'secret'), 'x')
  const authorization = `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}`
  const response = await fetch(`${server.url}/..%2Fsecret`, { headers: { authorization } })
  assert.notEqual(response.status, 200)
})

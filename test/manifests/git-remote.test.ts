import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { delimiter, join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { openManifests } from '#src/manifests/open-manifests.ts'
import { gitServer, repositorySpec, repositoryWith, temporaryFolder } from './git-fixture.ts'
import { deployment, deploymentRef, identity } from './manifests-fixture.ts'

const CANARY = 'canary-7f3a9c5e-token'
const server = await gitServer()
const guarded = await gitServer({ user: 'bot', password: CANARY })

async function open(spec: RepositorySpec, env: NodeJS.ProcessEnv = {}, stateFolder?: string) {
  return openManifests(spec, {
    stateFolder: stateFolder ?? (await temporaryFolder()),
    inherited: { PATH: process.env['PATH'], ...env },
    identity,
    timeLimit: 30_000,
  })
}

async function allFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  return names.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name))
}

/** A `git` that writes down its arguments before it runs the real one. */
async function witnessedPath(log: string): Promise<string> {
  const folder = await temporaryFolder()
  const real = (await promisify(execFile)('sh', ['-c', 'command -v git'])).stdout.trim()
  const script = `#!/bin/sh\nprintf '%s\\n' "$*" >> '${log}'\nps -ww -o args= -p $$ >> '${log}'\nexec '${real}' "$@"\n`
  await writeFile(join(folder, 'git'), script, { mode: 0o755 })
  return `${folder}${delimiter}${process.env['PATH']}`
}

test('the token stands in no argument, no file of the store, no URL and no error', async () => {
  const { url } = await repositoryWith(guarded, { 'apps/web.yaml': deployment('web', 'a:1', 'shop') })
  const spec = repositorySpec(url, { credentials: { username: 'bot', tokenEnv: 'TOKEN' } })
  const stateFolder = await temporaryFolder()
  const log = join(await temporaryFolder(), 'arguments')
  const manifests = await open(spec, { PATH: await witnessedPath(log), TOKEN: CANARY }, stateFolder)
  const tip = await manifests.fetch()
  const traced = await manifests.trace(deploymentRef('web'), tip)
  const field = 'spec.template.spec.containers[name=web].image'
  const { files } = await manifests.edit(traced, deploymentRef('web'), [{ op: 'set', field, value: 'a:2' }])
  const message = 'Fix\n\nAiops-Operator-Fix: 0123456789abcdef/1\n'
  await manifests.push({ branch: 'aiops-operator/x', parent: tip, files, message, at: 0 })
  await manifests.deleteBranch('aiops-operator/x')
  const logged = await readFile(log, 'utf8')
  assert.match(logged, /fetch .*origin/)
  assert.match(logged, /push --porcelain/)
  assert.ok(!logged.includes(CANARY))
  assert.ok(!logged.includes(Buffer.from(`bot:${CANARY}`).toString('base64')))
  for (const file of await allFiles(stateFolder)) assert.ok(!(await readFile(file)).includes(CANARY), file)
  assert.ok(!JSON.stringify(traced).includes(CANARY))
  assert.ok(guarded.requests.every(({ path }) => !path.includes(CANARY)))
})

test('a first look at many manifests costs no process each', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `web-${i}`)
  const files = names.map((name) => [`apps/${name}.yaml`, deployment(name, 'a:1', 'shop')] as const)
  const { url } = await repositoryWith(server, Object.fromEntries(files))
  const log = join(await temporaryFolder(), 'arguments')
  const manifests = await open(repositorySpec(url), { PATH: await witnessedPath(log) })
  const tip = await manifests.fetch()
  const traced = await Promise.all(names.map((name) => manifests.trace(deploymentRef(name), tip)))
  assert.deepEqual(
    traced.flatMap(({ source }) => source.files),
    files.map(([file]) => file),
  )
  const readers = (await readFile(log, 'utf8')).match(/^cat-file/gm) ?? []
  assert.ok(readers.length < names.length / 4, `${readers.length} processes that read objects`)
})

test('wrong credentials are told without showing them, and a rotated token is used at once', async () => {
  const { url } = await repositoryWith(guarded, { 'apps/web.yaml': 'a: 1\n' })
  const tokenFile = join(await temporaryFolder(), 'token')
  await writeFile(tokenFile, 'wrong-canary\n')
  const manifests = await open(repositorySpec(url, { credentials: { username: 'bot', tokenFile } }))
  await assert.rejects(manifests.fetch(), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'RepositoryAuth')
    assert.ok(!error.message.includes('wrong-canary'), error.message)
    return true
  })
  await writeFile(tokenFile, CANARY)
  await manifests.fetch()
  await writeFile(tokenFile, '')
  await assert.rejects(manifests.fetch(), { code: 'CredentialsMissing' })
  const without = await open(repositorySpec(url))
  await assert.rejects(without.fetch(), { code: 'RepositoryAuth' })
})

test('a redirect to another host is not followed, and no token goes there', async () => {
  const { url } = await repositoryWith(guarded, { 'apps/web.yaml': 'a: 1\n' })
  const asked: string[] = []
  const thief = createServer((request, response) => {
    asked.push(String(request.headers.authorization))
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
  })
  const redirector = createServer((request, response) => {
    response.writeHead(302, { location: `http://127.0.0.1:${portOf(thief)}${request.url}` }).end()
  })
  for (const each of [thief, redirector]) {
    await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve))
    after(() => each.close())
  }
  const moved = `http://127.0.0.1:${portOf(redirector)}${new URL(url).pathname}`
  const manifests = await open(repositorySpec(moved, { credentials: { tokenEnv: 'TOKEN' } }), {
    TOKEN: CANARY,
  })
  await assert.rejects(manifests.fetch(), { code: 'RepositoryUnreachable' })
  assert.deepEqual(asked, [])
})

function portOf(listening: ReturnType<typeof createServer>): number {
  const address = listening.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

test('an unreachable, an empty and a branchless repository each have their error', async () => {
  const closed = await open(repositorySpec('http://127.0.0.1:9/infra.git'))
  await assert.rejects(closed.fetch(), { code: 'RepositoryUnreachable' })
  const nowhere = await open(repositorySpec(`${server.url}/nowhere.git`))
  await assert.rejects(nowhere.fetch(), { code: 'RepositoryUnreachable', message: /not found/ })
  const empty = await open(repositorySpec(await server.createRepository('empty')))
  await assert.rejects(empty.fetch(), { code: 'RepositoryEmpty' })
  const { url } = await repositoryWith(server, { a: 'a' })
  const branchless = await open(repositorySpec(url, { branch: 'production' }))
  await assert.rejects(branchless.fetch(), { code: 'BranchMissing', message: /production/ })
})

test('a server that never answers is given up in time', async () => {
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  after(() => {
    silent.close()
    silent.closeAllConnections()
  })
  const manifests = await openManifests(repositorySpec(`http://127.0.0.1:${portOf(silent)}/infra.git`), {
    stateFolder: await temporaryFolder(),
    inherited: process.env,
    identity,
    timeLimit: 500,
  })
  await assert.rejects(manifests.fetch(), { code: 'RepositoryUnreachable', message: /no answer/ })
})

const REFUSED_URLS: Readonly<Record<string, string>> = {
  'ext::sh -c id': 'a helper that runs commands',
  'file:///etc': 'the file system',
  '/etc': 'a bare path',
  'git://example.com/x.git': 'the unauthenticated protocol',
  'http://example.com/x.git': 'plain http elsewhere',
  'https://me:secret@example.com/x.git': 'credentials in it',
  'git@example.com:x.git': 'the short form of ssh',
  'https://example.com/x.git?token=secret': 'a query',
  'ssh://-oProxyCommand=id/x': 'a host that is an option',
}
for (const [url, what] of Object.entries(REFUSED_URLS)) {
  test(`a URL with ${what} is refused without being shown`, async () => {
    await assert.rejects(open(repositorySpec(url)), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'ConfigInvalid')
      assert.ok(!error.message.includes('secret'))
      return true
    })
  })
}

test('ssh uses the key and the pinned host keys, and needs both', async () => {
  const { name, first } = await repositoryWith(server, { 'apps/web.yaml': 'a: 1\n' })
  const folder = await temporaryFolder()
  const key = join(folder, 'a key')
  const known = join(folder, 'known hosts')
  await writeFile(key, 'key')
  await writeFile(known, 'hosts')
  // An `ssh` that writes down its arguments and runs what it was asked to on this machine.
  const log = join(folder, 'ssh-arguments')
  const script = `#!/bin/sh\nfor each; do printf '%s\\n' "$each"; last=$each; done >> '${log}'\nfor last; do :; done\nexec sh -c "$last"\n`
  await writeFile(join(folder, 'ssh'), script, { mode: 0o755 })
  const url = `ssh://git@example.com${server.root}/${name}.git`
  const env = { PATH: `${folder}${delimiter}${process.env['PATH']}` }
  const manifests = await open(
    repositorySpec(url, { credentials: { sshKeyFile: key, knownHostsFile: known } }),
    env,
  )
  assert.equal(await manifests.fetch(), first)
  const logged = (await readFile(log, 'utf8')).split('\n')
  assert.ok(logged.includes(key))
  for (const option of [
    'StrictHostKeyChecking=yes',
    'IdentitiesOnly=yes',
    'BatchMode=yes',
    `UserKnownHostsFile="${known}"`,
  ])
    assert.ok(logged.includes(option), option)
  const unpinned = await open(repositorySpec(url, { credentials: { sshKeyFile: key } }), env)
  await assert.rejects(unpinned.fetch(), { code: 'ConfigInvalid' })
  const keyless = await open(
    repositorySpec(url, { credentials: { sshKeyFile: `${key}x`, knownHostsFile: known } }),
    env,
  )
  await assert.rejects(keyless.fetch(), { code: 'CredentialsMissing' })
})

test('the store is partial: blobs come when a manifest is read, all in one request', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`apps/${i}.yaml`, deployment(`web-${i}`, 'a:1', 'shop')]),
  )
  const { url } = await repositoryWith(server, { ...many, 'docs/large.bin': Buffer.alloc(3 * 2 ** 20, 1) })
  const stateFolder = await temporaryFolder()
  const manifests = await open(repositorySpec(url), {}, stateFolder)
  const tip = await manifests.fetch()
  const posts = () =>
    server.requests.filter(({ method, path }) => method === 'POST' && url.endsWith(path.split('/')[1] ?? '-'))
      .length
  const before = posts()
  await manifests.trace(deploymentRef('web-7'), tip)
  await manifests.trace(deploymentRef('web-8'), tip)
  await manifests.declared('shop', tip)
  // A fetch by protocol 2 is two POSTs: the refs and the pack.
  assert.ok(posts() - before <= 2, `${posts() - before} requests`)
  const sizes = await Promise.all((await allFiles(stateFolder)).map(async (file) => (await stat(file)).size))
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 2 ** 20)
})

test('what a killed git left locked, and a killed operator left lying, is cleared away', async () => {
  const { url, person } = await repositoryWith(server, { 'apps/web.yaml': 'a: 1\n' })
  const stateFolder = await temporaryFolder()
  const manifests = await open(repositorySpec(url), {}, stateFolder)
  await manifests.fetch()
  const [name = ''] = await readdir(stateFolder)
  const next = await person.commit({ 'apps/web.yaml': 'a: 2\n' })
  const lock = join(stateFolder, name, 'store.git', 'refs', 'remotes', 'origin', 'main.lock')
  await writeFile(lock, '')
  const old = new Date(Date.now() - 60_000)
  await utimes(lock, old, old)
  assert.equal(await manifests.fetch(), next)
  const left = join(stateFolder, name, 'scratch', '999999999-1-abc')
  await mkdir(left)
  await open(repositorySpec(url), {}, stateFolder)
  assert.deepEqual(await readdir(join(stateFolder, name, 'scratch')), [])
})

test('many fetches at once share their work, and each sees what was pushed before it', async () => {
  const { url, person } = await repositoryWith(server, { 'apps/web.yaml': 'a: 1\n' })
  const manifests = await open(repositorySpec(url))
  const running = manifests.fetch()
  const next = await person.commit({ 'apps/web.yaml': 'a: 2\n' })
  const tips = await Promise.all([manifests.fetch(), manifests.fetch(), manifests.fetch()])
  await running
  assert.deepEqual(new Set(tips), new Set([next]))
})

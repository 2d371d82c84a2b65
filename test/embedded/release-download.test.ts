import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Artifact, artifactFor } from '#src/embedded/artifacts.ts'
import { checksumInText, digestOfAsset, downloadRelease } from '#src/embedded/release-download.ts'
import { runCommand } from '#src/embedded/run-command.ts'

const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-release-'))
const files = new Map<string, string | Buffer>()
const host = createServer((request, response) => {
  const file = files.get(request.url ?? '')
  response.writeHead(file === undefined ? 404 : 200).end(file)
})
await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
after(async () => {
  host.close()
  await rm(folder, { recursive: true })
})
const address = host.address()
const port = typeof address === 'object' && address ? address.port : 0
const url = (path: string) => `http://127.0.0.1:${port}${path}`
const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex')

const pinned = artifactFor('kubectl', 'linux', 'amd64')
const plain: Artifact = {
  ...pinned,
  release: { url: url('/kubectl'), checksum: { kind: 'text', url: url('/kubectl.sha256') } },
}

async function attempt(artifact: Artifact): Promise<{ done: boolean; said: string; target: string }> {
  const target = await mkdtemp(join(folder, 'target-'))
  const said: string[] = []
  const done = await downloadRelease(artifact, target, (line) => said.push(line))
  return { done, said: said.join('\n'), target }
}

test('a release with its published checksum becomes a program', async () => {
  files.set('/kubectl', '#!/bin/sh\necho hello\n').set('/kubectl.sha256', sha256('#!/bin/sh\necho hello\n'))
  const { done, target } = await attempt(plain)
  assert.equal(done, true)
  assert.equal((await runCommand(join(target, 'kubectl'), [], { cwd: '/' })).stdout, 'hello\n')
})

test('a download that differs from its checksum is an error, is deleted, and nothing is tried instead', async () => {
  files.set('/kubectl', 'tampered').set('/kubectl.sha256', sha256('original'))
  const target = await mkdtemp(join(folder, 'target-'))
  await assert.rejects(
    downloadRelease(plain, target, () => {}),
    { code: 'ServerChecksum' },
  )
  assert.equal(existsSync(join(target, 'kubectl')) || existsSync(join(target, 'download')), false)
})

test('one sentence tells of a release that is not there and of a host that cannot be reached', async () => {
  files.clear()
  const absent = await attempt(plain)
  assert.equal(absent.done, false)
  assert.match(absent.said, /^no release of kubectl .* answered 404$/)
  const release = {
    url: 'http://127.0.0.1:9/x',
    checksum: { kind: 'text', url: 'http://127.0.0.1:9/y' },
  } as const
  const unreachable = await attempt({ ...pinned, release })
  assert.equal(unreachable.done, false)
  assert.match(unreachable.said, /^no release of kubectl .*: /)
})

test('an archive gives its one member, by the digest of the release API', async () => {
  const packed = join(folder, 'packed')
  await runCommand('sh', ['-c', `mkdir -p ${packed}/etcd-v1 && echo binary >${packed}/etcd-v1/etcd`], {
    cwd: '/',
  })
  await runCommand('tar', ['-czf', join(folder, 'e.tar.gz'), '-C', packed, 'etcd-v1'], { cwd: '/' })
  const archive = await readFile(join(folder, 'e.tar.gz'))
  const asset = { name: 'e.tar.gz', digest: `sha256:${sha256(archive)}` }
  files.set('/e.tar.gz', archive).set('/api', JSON.stringify({ assets: [{ name: 'other' }, asset] }))
  const { done, target } = await attempt({
    ...artifactFor('etcd', 'linux', 'amd64'),
    release: {
      url: url('/e.tar.gz'),
      checksum: { kind: 'github', api: url('/api') },
      member: 'etcd-v1/etcd',
    },
  })
  assert.equal(done, true)
  assert.equal(await readFile(join(target, 'etcd'), 'utf8'), 'binary\n')
})

test('checksums are read in every form in which the projects publish them', () => {
  const hex = 'a'.repeat(64)
  const other = 'b'.repeat(64)
  assert.equal(checksumInText(hex, 'kubectl'), hex)
  assert.equal(checksumInText(`${other}  x.tar.gz\n${hex}  y.tar.gz\n`, 'y.tar.gz'), hex)
  assert.equal(checksumInText(`${hex} *dist/y.tar.gz`, 'y.tar.gz'), hex)
  assert.equal(checksumInText(`${other}  x.tar.gz\n`, 'y.tar.gz'), undefined)
  assert.equal(checksumInText('<html>not found</html>', 'y'), undefined)
  assert.equal(digestOfAsset('{"assets":[{"name":"y","digest":"md5:1"}]}', 'y'), undefined)
  assert.equal(digestOfAsset('{}', 'y'), undefined)
})

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { checkHostKeys } from '#src/cli/doctor/check-host-keys.ts'
import { repository } from './a-repository.ts'
import { allOk, only } from './red.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKv0vGLcmGPmVD0Vdm2gPCqFCZMQzEPxQqdIMYnLmzLn'

async function checked(t: TestContext, text: string, url = 'ssh://git@git.example.com/ops/infra.git') {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-known-hosts-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const knownHostsFile = join(folder, 'known_hosts')
  await writeFile(knownHostsFile, text)
  return {
    knownHostsFile,
    findings: await checkHostKeys(repository({ url, credentials: { knownHostsFile } })),
  }
}

describe('doctor on host keys', () => {
  it('finds a host by its name', async (t) => {
    allOk((await checked(t, `# ours\ngit.example.com,10.0.0.1 ${KEY}\n`)).findings)
  })

  it('finds a host by its hashed name, as ssh-keygen hashes it', async (t) => {
    const { knownHostsFile } = await checked(t, `git.example.com ${KEY}\n`)
    await promisify(execFile)('ssh-keygen', ['-q', '-H', '-f', knownHostsFile])
    const url = 'ssh://git@git.example.com/ops/infra.git'
    allOk(await checkHostKeys(repository({ url, credentials: { knownHostsFile } })))
  })

  it('finds a host by its port', async (t) => {
    const url = 'ssh://git@git.example.com:2222/ops/infra.git'
    allOk((await checked(t, `[git.example.com]:2222 ${KEY}\n`, url)).findings)
    only((await checked(t, `git.example.com ${KEY}\n`, url)).findings, 'failed')
  })

  it('is red without the host', async (t) => {
    const { sentence, remedy } = only((await checked(t, `other.example.com ${KEY}\n`)).findings, 'failed')
    assert.match(sentence, /git\.example\.com is not in /)
    assert.match(remedy ?? '', /ssh-keyscan git\.example\.com/)
  })

  it('is red for a key that was revoked', async (t) => {
    const text = `git.example.com ${KEY}\n@revoked git.example.com ${KEY}\n`
    assert.match(only((await checked(t, text)).findings, 'failed').sentence, /revokes/)
  })

  it('is red for a file that cannot be read', async () => {
    const credentials = { knownHostsFile: '/does/not/exist' }
    const url = 'ssh://git@git.example.com/ops/infra.git'
    assert.match(
      only(await checkHostKeys(repository({ url, credentials })), 'failed').sentence,
      /cannot be read/,
    )
  })

  it('has nothing to say of https', async () => {
    assert.deepEqual(await checkHostKeys(repository({ url: 'https://git.example.com/ops/infra.git' })), [])
  })
})

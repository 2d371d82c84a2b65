import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { readSecret } from '#src/config/read-secret.ts'
import { OperatorError } from '#src/domain/errors.ts'

describe('reading a secret', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'read-secret-'))
  })
  after(() => rm(folder, { recursive: true }))

  const missing = (error: unknown) => error instanceof OperatorError && error.code === 'CredentialsMissing'

  it('follows the file when it is rotated', async () => {
    const file = join(folder, 'token')
    await writeFile(file, 'one\n')
    assert.equal(await readSecret({ file }), 'one')
    await writeFile(file, 'two\r\n')
    assert.equal(await readSecret({ file }), 'two')
  })

  it('takes away one line end and nothing else', async () => {
    assert.equal(await readSecret({ env: 'S' }, { S: ' a\n\n' }), ' a\n')
  })

  it('refuses a file that is absent, empty, a folder or far too large', async () => {
    const empty = join(folder, 'empty')
    const large = join(folder, 'large')
    await writeFile(empty, '\n')
    await writeFile(large, 'x'.repeat(65_537))
    for (const file of [join(folder, 'absent'), empty, folder, large]) {
      await assert.rejects(readSecret({ file }), missing)
    }
  })

  it('refuses a variable that is not set or empty', async () => {
    await assert.rejects(readSecret({ env: 'S' }, {}), missing)
    await assert.rejects(readSecret({ env: 'S' }, { S: '' }), missing)
  })
})

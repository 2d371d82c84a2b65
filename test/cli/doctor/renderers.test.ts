import assert from 'node:assert/strict'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { checkRenderers } from '#src/cli/doctor/check-renderers.ts'
import { findServer } from '#src/embedded/provision.ts'
import { allOk } from './red.ts'

const progress = (line: string) => void process.stderr.write(`${line}\n`)
const kustomize = await findServer('kustomize', { progress })
const helm = await findServer('helm', { progress })

/** A PATH with nothing on it but what the test links there. */
async function path(t: TestContext, programs: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-path-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  for (const [name, target] of Object.entries(programs)) await symlink(target, join(folder, name))
  return folder
}

async function levels(config: Parameters<typeof checkRenderers>[0], PATH: string) {
  const findings = await checkRenderers(config, { PATH })
  return Object.fromEntries(findings.map(({ check, level }) => [check, level]))
}

describe('doctor on the programs that it starts', () => {
  it('is content with git, kustomize and helm, on the PATH or as configured', async (t) => {
    const PATH = `${await path(t, { kustomize, helm })}${delimiter}${process.env['PATH']}`
    allOk(await checkRenderers({ renderer: {} }, { PATH }))
    allOk(await checkRenderers({ renderer: { kustomize, helm } }, { PATH: process.env['PATH'] ?? '' }))
  })

  it('is red without git and without kustomize, and warns without helm', async (t) => {
    assert.deepEqual(await levels({ renderer: {} }, await path(t, {})), {
      git: 'failed',
      kustomize: 'failed',
      helm: 'warning',
    })
  })

  it('is red for a configured program that does not start', async (t) => {
    const folder = await path(t, {})
    const broken = join(folder, 'helm')
    await writeFile(broken, 'not a program')
    const found = await levels({ renderer: { kustomize: join(folder, 'none'), helm: broken } }, folder)
    assert.deepEqual([found['kustomize'], found['helm']], ['failed', 'failed'])
  })
})

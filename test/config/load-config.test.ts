import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { loadConfig } from '#src/config/load-config.ts'

describe('loading the configuration', () => {
  let folder: string
  let path: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'load-config-'))
    path = join(folder, 'aiops.yaml')
  })
  after(() => rm(folder, { recursive: true }))

  it('lays flags over variables over the file', async () => {
    await writeFile(path, 'clusterName: file\nollama: { model: file }\nsettle: 1s\n')
    const env = { CLUSTER_NAME: 'env', OLLAMA_MODEL: 'env' }
    const config = await loadConfig({ path, env, flags: { 'ollama-model': 'flag' } })
    assert.deepEqual([config.clusterName, config.ollama.model, config.settle], ['env', 'flag', 1000])
  })

  it('needs no file', async () => {
    assert.equal((await loadConfig({})).ollama.model, 'qwen2.5:7b')
  })

  it('tells every problem in one ConfigInvalid that names the file', async () => {
    await writeFile(path, 'pausd: true\nsettle: soon\n')
    await assert.rejects(loadConfig({ path }), {
      code: 'ConfigInvalid',
      message: `${path}: 2 problems
  line 1: pausd: unknown key; did you mean paused?
  line 2: settle: expected a duration such as 15s or 10m, found another text`,
    })
  })

  it('tells a file that cannot be read', async () => {
    const absent = join(folder, 'absent.yaml')
    await assert.rejects(loadConfig({ path: absent }), {
      code: 'ConfigInvalid',
      message: `${absent}: cannot be read (ENOENT)`,
    })
  })
})

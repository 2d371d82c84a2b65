import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { privateFolder } from './command.ts'
import { runHere } from './edit/edit-command.ts'

const run = promisify(execFile)

/** What bash offers after these words. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { stdout: script } = await runHere(['completion', 'bash'])
  const ask = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`
  const { stdout } = await run('bash', ['-c', `${script}\n${ask}; _aiops_operator; echo "\${COMPREPLY[*]}"`])
  return stdout.trim().split(' ')
}

describe('completion', () => {
  it('offers commands, and the options of the command that was typed', async () => {
    assert.deepEqual(await offered('aiops-operator', 'do'), ['doctor'])
    assert.deepEqual(await offered('aiops-operator', 'status', '--o'), ['--open', '--output'])
    assert.deepEqual(await offered('aiops-operator', 'doctor', '--w'), ['--webhook-url'])
  })

  it('offers no command that is hidden', async () => {
    assert.doesNotMatch((await runHere(['completion', 'bash'])).stdout, /demo-git-server/)
  })

  it('names every command in each shell, and refuses a shell that it does not know', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, stdout } = await runHere(['completion', shell])
      assert.equal(code, 0)
      for (const command of ['run', 'doctor', 'status', 'trace', 'edit', 'propose', 'demo']) {
        assert.ok(stdout.includes(command), `${shell}: ${command}`)
      }
    }
    assert.equal((await runHere(['completion', 'cmd'])).code, 2)
  })
})

describe('kubectl aiops', () => {
  it('is this program under the name that kubectl looks for', async (t) => {
    const folder = await privateFolder(t)
    const plugin = join(folder, 'kubectl-aiops')
    await symlink(join(import.meta.dirname, '../../src/main.ts'), plugin)
    const { stdout } = await run(process.execPath, [plugin, '--help'])
    assert.match(stdout, /^Usage: kubectl aiops /)
  })
})

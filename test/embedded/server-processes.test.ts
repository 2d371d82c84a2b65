import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { superviseServers } from '#src/embedded/server-processes.ts'

const folder = () => mkdtemp(join(tmpdir(), 'aiops-operator-processes-'))

async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('servers, their children and the scratch folder go when their parent is killed with SIGKILL', async () => {
  const scratch = await folder()
  const program = `
    import { superviseServers } from '#src/embedded/server-processes.ts'
    const processes = superviseServers(${JSON.stringify(scratch)}, ${JSON.stringify(scratch)})
    const server = await processes.start('sleeper', '/bin/sh', ['-c', 'sleep 600 & echo $!; wait'])
    console.log(server.pid)
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(parent.stdout, 'data')
  const pid = Number(String(line))
  parent.kill('SIGKILL')
  await untilGone(pid)
  while (existsSync(scratch)) await new Promise((resolve) => setTimeout(resolve, 20))
})

test('a server that ignores SIGTERM is killed, and one that died unasked is told with the end of its log', async () => {
  const scratch = await folder()
  const processes = superviseServers(scratch)
  const stubborn = await processes.start('stubborn', '/bin/sh', [
    '-c',
    "trap '' TERM; while :; do sleep 1; done",
  ])
  assert.equal(processes.firstDeath(), undefined)
  const doomed = await processes.start('doomed', '/bin/sh', ['-c', 'echo no disk left >&2; exit 3'])
  while (doomed.alive()) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.match(processes.firstDeath()?.message ?? '', /doomed ended with exit code 3.*no disk left/s)
  await stubborn.stop(100)
  assert.equal(stubborn.alive(), false)
  await processes.stopAll()
  await rm(scratch, { recursive: true })
})

test('a program that cannot be started is an error that names it', async () => {
  const scratch = await folder()
  const processes = superviseServers(scratch)
  const notExecutable = join(scratch, 'plain')
  await writeFile(notExecutable, 'text')
  await assert.rejects(processes.start('plain', notExecutable, []), {
    code: 'ServerFailed',
    message: /plain/,
  })
  await processes.stopAll()
  await rm(scratch, { recursive: true })
})

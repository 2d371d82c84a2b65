import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { sharedGitea } from '../servers/shared.ts'
import { BAD, deployment, GOOD } from './files.ts'
import { openScene } from './scene.ts'

test("the repository's token is in no argument, configuration, log line, pull request or status", async (t) => {
  const { bot } = await sharedGitea()
  const canary = bot.token
  // Somebody wrote it into the workload, under a name that tells nothing: the evidence quotes arguments.
  const main = `        args: [--greeting=${canary}]\n`
  const scene = await openScene(t, { forge: 'gitea', files: { 'web.yaml': deployment(GOOD, { main }) } })
  await scene.rolledOut()
  const watch = new AbortController()
  const seen = argumentsWith(canary, watch.signal)
  await scene.start()
  await scene.commitAndApply({ 'web.yaml': deployment(BAD, { main }) }, 'Release 1.5.0')
  const { state, evidence } = await scene.inPhase('ReadyForReview')
  assert.match(JSON.stringify(evidence), /--greeting=/, 'the evidence shows the argument')
  const [pull] = (await scene.gitea?.pullRequests()) ?? []
  await scene.merge(state.plan.branch)
  const done = await scene.recovered()
  await scene.stop()
  watch.abort()

  const { commands, looks } = await seen
  assert.deepEqual(commands, [])
  assert.ok(looks > 20, `looked at the processes ${looks} times`)
  assert.ok(pull?.body, 'there is a pull request with a body')
  for (const text of [pull.title, pull.body, JSON.stringify(done), ...scene.logged.lines])
    assert.ok(!text.includes(canary))
  const files = await filesWith(scene.config.stateDir, canary)
  assert.deepEqual(files.holding, [])
  assert.ok(files.read > 5, `the store has ${files.read} files`)
})

/** Command lines of any process that hold the text, looked for until the signal. */
async function argumentsWith(text: string, signal: AbortSignal) {
  const commands = new Set<string>()
  let looks = 0
  while (!signal.aborted) {
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      if (command.includes(text)) commands.add(command.replaceAll('\0', ' ').replaceAll(text, '<token>'))
    }
    looks += 1
    await delay(5)
  }
  return { commands: [...commands], looks }
}

async function filesWith(folder: string, text: string) {
  const holding: string[] = []
  let read = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    read += 1
    const content = await readFile(join(entry.parentPath, entry.name), 'latin1')
    if (content.includes(text)) holding.push(entry.name)
  }
  return { holding, read }
}

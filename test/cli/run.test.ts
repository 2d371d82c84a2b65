import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { it } from 'node:test'
import { freePort } from '#src/embedded/free-port.ts'
import { installRemediationCrd } from '../cluster/install-remediation-crd.ts'
import { testCluster } from '../cluster/test-cluster.ts'
import { type Command, privateFolder, start } from './command.ts'

const ANY_PORT = ['--http-listen', '127.0.0.1:0', '--manifest-repositories-watch', 'false']

function logLines({ stdout }: Command): readonly Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

it('a configuration with several mistakes is refused with all of them, and nothing is started', async (t) => {
  const folder = await privateFolder(t)
  await writeFile(join(folder, 'bad.yaml'), 'settle: soon\nrepositories: {}\nollamma: {}\n')
  const run = start(t, folder, ['run', '--config', 'bad.yaml', '--concurrency', 'many'])
  assert.equal(await run.ended, 2)
  assert.equal(run.stdout, '')
  assert.match(run.stderr, /^ConfigInvalid: bad\.yaml: 4 problems\n/)
  for (const said of [/line 1: settle: /, /line 2: repositories: /, /line 3: ollamma: /]) {
    assert.match(run.stderr, said)
  }
  assert.match(run.stderr, /flag --concurrency: concurrency: /)
})

it('a command line that nobody knows ends with 2 and names what it does not know', async (t) => {
  const folder = await privateFolder(t)
  const run = start(t, folder, ['run', '--setle', '1s'])
  assert.equal(await run.ended, 2)
  assert.match(run.stderr, /unknown option '--setle'\n\(Did you mean --settle\?\)/)
})

it('an address that is taken is named, with what to do, and not as a defect of ours', async (t) => {
  const folder = await privateFolder(t)
  const other = createServer()
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening))
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo
  const run = start(t, folder, ['run', '--http-listen', `127.0.0.1:${port}`])
  assert.equal(await run.ended, 1)
  assert.equal(
    run.stderr,
    `ListenFailed: EADDRINUSE: address already in use 127.0.0.1:${port}\n` +
      'What to do: Free the address, or configure another one (http.listen, webhook.listen).\n',
  )
})

it('without its API server the operator says so and keeps trying, until SIGTERM ends it with 0', async (t) => {
  const folder = await privateFolder(t)
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, kubeconfigFor(`https://127.0.0.1:${await freePort()}`))
  const run = start(t, folder, ['run', '--kubeconfig', kubeconfig, ...ANY_PORT])
  await run.shows(/"failures":2.*Pod watch/)
  const complaint = logLines(run).find(({ code }) => code !== undefined)
  assert.equal(complaint?.['code'], 'ApiUnreachable')
  assert.match(String(complaint?.['message']), /ECONNREFUSED/)
  run.process.kill('SIGTERM')
  assert.equal(await run.ended, 0)
  assert.deepEqual(
    logLines(run)
      .slice(-2)
      .map(({ message }) => message),
    ['stopping', 'stopped'],
  )
})

it('SIGTERM ends an operator that follows a cluster gracefully, with 0', async (t) => {
  const cluster = await testCluster('run')
  await installRemediationCrd(cluster)
  const folder = await privateFolder(t)
  const run = start(t, folder, ['run', '--kubeconfig', cluster.kubeconfig, '--paused', ...ANY_PORT])
  await run.shows(/pods listed/)
  await run.shows(/Remediations listed/)
  run.process.kill('SIGTERM')
  assert.equal(await run.ended, 0)
  assert.equal(run.stderr, '')
  assert.equal(logLines(run).at(-1)?.['message'], 'stopped')
})

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'gone', cluster: { server } }],
    users: [{ name: 'me', user: { token: 'not-a-real-token' } }],
    contexts: [{ name: 'gone', context: { cluster: 'gone', user: 'me' } }],
    'current-context': 'gone',
  })
}

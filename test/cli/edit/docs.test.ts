import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkoutOf, runHere } from './edit-command.ts'

const DEPLOYMENT = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n'

/** The checkout that the page talks of. */
const TREE = {
  'base/web.yaml': DEPLOYMENT,
  'base/kustomization.yaml': 'resources: [web.yaml]\n',
  'overlays/prod/kustomization.yaml':
    'namespace: prod\nresources: [../../base]\npatches:\n- path: replicas.yaml\n',
  'overlays/prod/replicas.yaml': DEPLOYMENT.replace('2', '3'),
}

test('the commands of docs/edit.md do what the page says', async (t) => {
  const repo = await checkoutOf(t, TREE)
  const page = await readFile(join(import.meta.dirname, '../../../docs/edit.md'), 'utf8')
  const commands = [...page.matchAll(/^\$ aiops-operator (.+)$/gm)].map(([, line]) => (line ?? '').split(' '))
  assert.equal(commands.length, 2)
  for (const [name, ...args] of commands) {
    assert.ok(name !== undefined)
    const inRepo = args.includes('--repo')
      ? args.with(args.indexOf('--repo') + 1, repo)
      : ['--repo', repo, ...args]
    const { code, stdout, stderr } = await runHere([name, ...inRepo])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /overlays\/prod\/replicas\.yaml:6/)
  }
})

test('docs/edit.md names every option of both commands', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/edit.md'), 'utf8')
  for (const command of ['edit', 'trace']) {
    const { stdout } = await runHere([command, '--help'])
    for (const [, option] of stdout.matchAll(/^\s+(?:-\w, )?(--[a-z-]+)/gm))
      if (option !== '--help') assert.ok(page.includes(`${option}`), `${command} ${option}`)
  }
})

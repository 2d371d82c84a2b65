import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { BAD, GOOD } from './files.ts'
import { openScene } from './scene.ts'

/** A token in the line beside the image, so that every diff of the image shows that line too. */
function deployment(image: string, token: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
      - name: web
        env: [{ name: TOKEN, value: ${token} }]
        image: ${image}
`
}

test('a secret that Git holds beside the fault is in no Remediation, commit message or log', async (t) => {
  const token = `ghp_${randomBytes(18).toString('hex')}`
  const scene = await openScene(t, { forge: 'git', files: { 'web.yaml': deployment(GOOD, token) } })
  await scene.rolledOut()
  await scene.start()
  await scene.commitAndApply({ 'web.yaml': deployment(BAD, token) }, 'Release 1.5.0')
  const { state } = await scene.inPhase('ReadyForReview')

  assert.match(state.plan.diff, /^-.*1\.5\.0-missing$/m, 'the change itself is shown')
  assert.match(state.plan.diff, /TOKEN/, 'and so is the line beside it')
  const said = [
    await scene.kubectl('get', 'remediations', '-o', 'yaml'),
    await scene.developer.git('log', '-1', '--format=%B', await remoteHead(scene, state.plan.branch)),
    ...scene.logged.lines,
  ]
  for (const text of said) assert.ok(!text.includes(token), text)
  assert.equal(await scene.file('web.yaml', `origin/${state.plan.branch}`), deployment(GOOD, token).trimEnd())
})

async function remoteHead(scene: Awaited<ReturnType<typeof openScene>>, branch: string): Promise<string> {
  await scene.developer.git('fetch', '--quiet', 'origin')
  return scene.developer.git('rev-parse', `origin/${branch}`)
}

test('a fix that would write a secret into a pull request is not proposed', async (t) => {
  const token = `ghp_${randomBytes(18).toString('hex')}`
  const web = (args: string) => `${deployment(GOOD, 'plain')}        args: [${args}]\n`
  const scene = await openScene(t, { forge: 'git', files: { 'web.yaml': web(`--token=${token}`) } })
  await scene.rolledOut()
  await scene.start()
  await scene.commitAndApply({ 'web.yaml': web('--crash') }, 'Run it without a token')
  const { state } = await scene.inPhase('Failed')
  assert.equal(state.reason, 'GateRefused')
  assert.match(state.message, /looks like a secret/)
  assert.deepEqual(await scene.branches(), [])
  const said = [await scene.kubectl('get', 'remediations', '-o', 'yaml'), ...scene.logged.lines]
  for (const text of said) assert.ok(!text.includes(token), text)
})

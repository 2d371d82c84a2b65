import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Files, gitServer, temporaryFolder } from './git-fixture.ts'
import { deployment, deploymentRef, kustomizeBinary, opened } from './manifests-fixture.ts'

const server = await gitServer()
const kustomize = await kustomizeBinary()
const web = deployment('web', 'a:1', 'shop')

/** Somebody who must never be asked. */
const asked: string[] = []
const witness = createServer((request, response) => {
  asked.push(request.url ?? '')
  response.end(web)
})
await new Promise<void>((resolve) => witness.listen(0, '127.0.0.1', resolve))
after(() => witness.close())
const address = witness.address()
const remote = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`

const secret = join(await temporaryFolder(), 'secret.yaml')
await import('node:fs/promises').then(({ writeFile }) => writeFile(secret, web))

const HOSTILE: Readonly<Record<string, readonly [files: Files, why: RegExp]>> = {
  'a remote resource': [{ 'apps/kustomization.yaml': `resources: ["${remote}/web.yaml"]\n` }, /remote/],
  'a remote base by git': [
    { 'apps/kustomization.yaml': `resources: ["${remote}/x.git//base?ref=main"]\n` },
    /remote/,
  ],
  'a remote base without a scheme': [
    { 'apps/kustomization.yaml': 'resources: [github.com/team/app//base]\n' },
    /remote/,
  ],
  'a remote patch': [
    {
      'apps/kustomization.yaml': `resources: [web.yaml]\npatches: [{path: "${remote}/p.yaml"}]\n`,
      'apps/web.yaml': web,
    },
    /remote/,
  ],
  'a remote file in the configuration of a transformer': [
    {
      'apps/kustomization.yaml': 'resources: [web.yaml]\ntransformers: [t.yaml]\n',
      'apps/t.yaml': `apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: t}\npath: ${remote}/p.yaml\n`,
      'apps/web.yaml': web,
    },
    /URL/,
  ],
  'a path above the repository': [
    { 'apps/kustomization.yaml': 'resources: [../../../../../../etc/passwd]\n' },
    /outside the repository/,
  ],
  'an absolute path': [{ 'apps/kustomization.yaml': `resources: ["${secret}"]\n` }, /outside the repository/],
  'a link out of the repository': [
    { 'apps/kustomization.yaml': 'resources: [web.yaml]\n', 'apps/web.yaml': { link: secret } },
    /outside the repository/,
  ],
  'a relative link out of the repository': [
    { 'apps/kustomization.yaml': 'resources: [sub/web.yaml]\n', 'apps/sub': { link: '../../..' } },
    /outside the repository/,
  ],
  'a loop of links': [
    {
      'apps/kustomization.yaml': 'resources: [web.yaml]\n',
      'apps/web.yaml': { link: 'b' },
      'apps/b': { link: 'web.yaml' },
    },
    /does not exist/,
  ],
  'a file beside the root folder that the load restriction forbids': [
    { 'apps/kustomization.yaml': 'resources: [../web.yaml]\n', 'web.yaml': web },
    /security; file .* is not in or below/,
  ],
  'a kustomization that includes itself': [
    { 'apps/kustomization.yaml': 'resources: [../apps, web.yaml]\n', 'apps/web.yaml': web },
    /cycle|itself|web/i,
  ],
  'Helm charts': [{ 'apps/kustomization.yaml': `helmCharts: [{name: x, repo: "${remote}"}]\n` }, /Helm/],
  'an exec function': [
    {
      'apps/kustomization.yaml': 'resources: [web.yaml]\ntransformers: [f.yaml]\n',
      'apps/f.yaml':
        'apiVersion: v1\nkind: F\nmetadata:\n  name: f\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: ./run}\n',
      'apps/run': '#!/bin/sh\ntouch /tmp/owned\n',
      'apps/web.yaml': web,
    },
    /functions/,
  ],
  'an exec plugin': [
    {
      'apps/kustomization.yaml': 'resources: [web.yaml]\ngenerators: [g.yaml]\n',
      'apps/g.yaml': 'apiVersion: someteam/v1\nkind: Gen\nmetadata: {name: g}\n',
      'apps/web.yaml': web,
    },
    /external plugins disabled|plugin/,
  ],
  'a bomb of aliases': [
    {
      'apps/web.yaml': `name: web\na: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
        .split('')
        .map((each, i) => `${each}: &${each} [${`*${'abcdefgh'[i]},`.repeat(9)}]`)
        .join('\n')}\n`,
    },
    /alias/i,
  ],
  'nesting without an end': [{ 'apps/web.yaml': `name: web\nx: ${'['.repeat(60_000)}` }, /web\.yaml/],
}

for (const [title, [files, why]] of Object.entries(HOSTILE)) {
  test(`${title} is refused`, async () => {
    const { manifests, tip, stateFolder } = await opened(server, files, kustomize)
    await assert.rejects(manifests.trace(deploymentRef('web'), tip), (error: Error & { code?: string }) => {
      assert.ok(['RenderFailed', 'ManifestUnparsable'].includes(error.code ?? ''), String(error))
      assert.match(error.message, why)
      assert.ok(!error.message.includes(stateFolder), error.message)
      return true
    })
    const [store] = await readdir(stateFolder)
    assert.deepEqual(await readdir(join(stateFolder, store ?? '', 'scratch')), [])
  })
}

test('nobody outside was asked for anything', () => assert.deepEqual(asked, []))

test('a link inside the repository is followed, and its target is what is edited', async () => {
  const { manifests, tip } = await opened(
    server,
    {
      'apps/kustomization.yaml': 'namespace: shop\nresources: [web.yaml]\n',
      'apps/web.yaml': { link: 'files/real.yaml' },
      'apps/files/real.yaml': deployment('web', 'a:1'),
    },
    kustomize,
  )
  const traced = await manifests.trace(deploymentRef('web'), tip)
  const field = 'spec.template.spec.containers[name=web].image'
  const { edits } = await manifests.edit(traced, deploymentRef('web'), [{ op: 'set', field, value: 'a:2' }])
  assert.equal(edits[0]?.file, 'apps/files/real.yaml')
})

test('a huge file is named, not read, and others still work', async () => {
  const { manifests, tip } = await opened(
    server,
    { 'apps/huge.yaml': Buffer.alloc(20 * 2 ** 20, '# gone web\n'), 'apps/web.yaml': web },
    kustomize,
  )
  assert.equal((await manifests.trace(deploymentRef('web'), tip)).source.files[0], 'apps/web.yaml')
  await assert.rejects(manifests.trace(deploymentRef('gone'), tip), {
    code: 'ManifestUnparsable',
    message: /huge\.yaml: it is larger/,
  })
})

test('file names with line ends, dashes and quotes are names like any other', async () => {
  const name = 'apps/-x\n"é\t--output=.yaml'
  const { manifests, tip, person } = await opened(server, { [name]: web }, kustomize)
  const traced = await manifests.trace(deploymentRef('web'), tip)
  assert.deepEqual(traced.source.files, [name])
  const field = 'spec.template.spec.containers[name=web].image'
  const { files } = await manifests.edit(traced, deploymentRef('web'), [{ op: 'set', field, value: 'a:2' }])
  const message = 'Fix\n\nAiops-Operator-Fix: 0123456789abcdef/1\n'
  await manifests.push({ branch: 'aiops-operator/x', parent: tip, files, message, at: 0 })
  await person.git('fetch', 'origin')
  assert.match(await person.git('show', 'origin/aiops-operator/x', '--format='), /\+ +image: a:2/)
  assert.equal((await manifests.history(traced, 3)).length, 1)
})

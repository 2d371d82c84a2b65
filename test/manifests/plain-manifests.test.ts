import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asJson } from '#src/domain/kube-object.ts'
import { gitServer } from './git-fixture.ts'
import { deployment, deploymentRef, kustomizeBinary, opened } from './manifests-fixture.ts'

const server = await gitServer()
const kustomize = await kustomizeBinary()
const IMAGE = 'spec.template.spec.containers[name=web].image'
const MESSAGE = 'Fix\n\nAiops-Operator-Fix: 0123456789abcdef/1\n'

test('a workload is traced, edited, committed and found again after the merge', async () => {
  const { manifests, person, tip } = await opened(
    server,
    {
      'apps/web.yaml': deployment('web', 'nginx:broken', 'shop'),
      'apps/api.yaml': deployment('api', 'api:1', 'shop'),
    },
    kustomize,
  )
  const traced = await manifests.trace(deploymentRef('web'), tip)
  assert.deepEqual(traced.source.files, ['apps/web.yaml'])
  assert.equal(traced.source.root, 'apps')
  const edit = await manifests.edit(traced, deploymentRef('web'), [
    { op: 'set', field: IMAGE, value: 'nginx:1.27' },
  ])
  assert.deepEqual(edit.edits, [{ file: 'apps/web.yaml', line: 15, field: IMAGE }])
  assert.match(edit.diff, /^diff --git a\/apps\/web\.yaml b\/apps\/web\.yaml$/m)
  assert.match(edit.diff, /^- {10}image: nginx:broken # the image\n\+ {10}image: nginx:1\.27 # the image$/m)
  const branch = 'aiops-operator/x'
  const head = await manifests.push({
    branch,
    parent: tip,
    files: edit.files,
    message: MESSAGE,
    at: 1_700_000_000_000,
  })
  await person.git('fetch', 'origin')
  await person.git('merge', '--no-ff', '--quiet', '-m', 'Merge it', `origin/${branch}`)
  const merge = await person.commit({}, 'Later')
  const merged = await manifests.fetch()
  assert.equal(merged, merge)
  assert.deepEqual(await manifests.renderAt(traced.source, deploymentRef('web'), merged), edit.after)
  assert.equal(await manifests.isAncestor(head, merged), true)
  assert.equal(await manifests.isAncestor(merged, head), false)
  assert.equal(await manifests.mergeBase(head, merged), head)
  assert.deepEqual(
    (await manifests.baseCommits(tip, 10)).map(({ message }) => message.split('\n')[0]),
    ['Later', 'Merge it', 'Fix'],
  )
  assert.deepEqual((await manifests.commit(head))?.parents, [tip])
  assert.equal(await manifests.commit('0123456789012345678901234567890123456789'), undefined)
  const history = await manifests.history(await manifests.trace(deploymentRef('web'), merged), 5)
  assert.deepEqual(
    history.map(({ subject, ours, rendered }) => [
      subject,
      ours,
      JSON.stringify(rendered).includes('nginx:1.27'),
    ]),
    [
      ['Fix', true, true],
      ['First', false, false],
    ],
  )
})

test("an object without a namespace takes its path's", async () => {
  const files = { 'apps/web.yaml': deployment('web', 'a:1') }
  const { manifests, tip } = await opened(server, files, kustomize, {
    paths: [{ path: './apps/', namespace: 'shop' }],
  })
  const { rendered } = await manifests.trace(deploymentRef('web'), tip)
  assert.equal(rendered.metadata.namespace, 'shop')
  await assert.rejects(manifests.trace(deploymentRef('web', 'other'), tip), { code: 'NotInGit' })
  const bare = await opened(server, files, kustomize)
  await assert.rejects(bare.manifests.trace(deploymentRef('web'), bare.tip), {
    code: 'NotInGit',
    message: /without a namespace/,
  })
})

test('an object is found in a document of several, in a list, and in JSON', async () => {
  const list = {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      JSON.parse(
        JSON.stringify({
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'listed', namespace: 'shop' },
          spec: { template: { spec: { containers: [{ name: 'web', image: 'a:1' }] } } },
        }),
      ),
    ],
  }
  const { manifests, tip } = await opened(
    server,
    {
      'apps/many.yml': `${deployment('one', 'a:1', 'shop')}---\n${deployment('two', 'a:1', 'shop')}`,
      'apps/list.json': JSON.stringify(list, null, 4),
    },
    kustomize,
  )
  const two = await manifests.edit(await manifests.trace(deploymentRef('two'), tip), deploymentRef('two'), [
    { op: 'set', field: IMAGE, value: 'a:2' },
  ])
  assert.equal(two.edits[0]?.line, 34)
  const listed = await manifests.edit(
    await manifests.trace(deploymentRef('listed'), tip),
    deploymentRef('listed'),
    [{ op: 'set', field: IMAGE, value: 'a:2' }],
  )
  const [content] = [...listed.files.values()]
  assert.equal(Buffer.from(content ?? []).toString(), JSON.stringify(list, null, 4).replace('a:1', 'a:2'))
})

test('two sources of one workload are refused, both named', async () => {
  const { manifests, tip } = await opened(
    server,
    { 'apps/a.yaml': deployment('web', 'a:1', 'shop'), 'apps/b/b.yaml': deployment('web', 'a:1', 'shop') },
    kustomize,
  )
  await assert.rejects(manifests.trace(deploymentRef('web'), tip), {
    code: 'AmbiguousSource',
    message: /apps\/a\.yaml, apps\/b\/b\.yaml/,
  })
})

test('an unparsable file beside the target does no harm, and is named when the target is not found', async () => {
  const { manifests, tip } = await opened(
    server,
    {
      'apps/web.yaml': deployment('web', 'a:1', 'shop'),
      'apps/broken.yaml': 'name: gone\n  - [web: }\n',
      'apps/binary.yaml': Buffer.from([0xff, 0xfe, 0x00]),
      'apps/template.yaml': 'kind: Deployment\nmetadata: {name: gone}\nspec: {{ .Values.spec }}\n',
      'apps/chart/Chart.yaml': 'name: web\n',
      'apps/chart/templates/web.yaml': deployment('web', 'a:1', 'shop'),
    },
    kustomize,
  )
  assert.equal((await manifests.trace(deploymentRef('web'), tip)).source.files[0], 'apps/web.yaml')
  await assert.rejects(manifests.trace(deploymentRef('gone'), tip), {
    code: 'ManifestUnparsable',
    message: /apps\/broken\.yaml/,
  })
  await assert.rejects(manifests.trace(deploymentRef('nowhere'), tip), { code: 'NotInGit' })
})

const EDIT_REFUSALS: Readonly<Record<string, readonly [text: string, why: RegExp]>> = {
  'an encrypted file': [`${deployment('web', 'a:1', 'shop')}sops:\n  mac: ENC[x]\n`, /SOPS/],
  'a generated file': [
    `# Code generated by cdk8s. DO NOT EDIT.\n${deployment('web', 'a:1', 'shop')}`,
    /generated/,
  ],
  'a sealed neighbour': [
    `${deployment('web', 'a:1', 'shop')}---\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: x}\n`,
    /SealedSecret/,
  ],
  'template text in the value': [deployment('web', '"a:{{ tag }}"', 'shop'), /template/],
  'an anchor that is used elsewhere': [
    `${deployment('web', '&image a:1', 'shop')}x: *image\n`,
    /anchor &image, which is also used for x/,
  ],
}

for (const [title, [text, why]] of Object.entries(EDIT_REFUSALS)) {
  test(`${title} is not edited`, async () => {
    const { manifests, tip } = await opened(server, { 'apps/web.yaml': text }, kustomize)
    const traced = await manifests.trace(deploymentRef('web'), tip)
    await assert.rejects(
      manifests.edit(traced, deploymentRef('web'), [{ op: 'set', field: IMAGE, value: 'a:2' }]),
      {
        code: 'EditRefused',
        message: why,
      },
    )
  })
}

test('several changes at once: a list set, a key inserted, one removed', async () => {
  const { manifests, tip } = await opened(
    server,
    { 'apps/web.yaml': deployment('web', 'a:1', 'shop') },
    kustomize,
  )
  const container = 'spec.template.spec.containers[name=web]'
  const traced = await manifests.trace(deploymentRef('web'), tip)
  const { after, diff, edits } = await manifests.edit(traced, deploymentRef('web'), [
    { op: 'set', field: `${container}.command`, value: ['serve', 'yes'] },
    { op: 'set', field: `${container}.env[name=COLOR].value`, value: 'on' },
    { op: 'remove', field: 'spec.template.metadata.labels' },
  ])
  assert.deepEqual(
    edits.map(({ line }) => line),
    [16, 18, 10],
  )
  assert.match(diff, /^- {6}labels: \{app: web\}$/m)
  assert.match(diff, /\+ {10}command:\n\+ {12}- serve\n\+ {12}- "yes"\n/)
  assert.match(diff, /\+ {14}value: "on"\n/)
  assert.match(JSON.stringify(asJson(after)), /"command":\["serve","yes"\]/)
})

test('ConfigMaps and Secrets are declared by name and keys, never by value', async () => {
  const { manifests, tip } = await opened(
    server,
    {
      'apps/config.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {a: x, b: y}
---
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: shop}
stringData: {password: canary-value}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: elsewhere, namespace: other}
`,
      'apps/kustomized/kustomization.yaml':
        'namespace: shop\nconfigMapGenerator:\n- name: made\n  files: [app.conf]\n  options: {disableNameSuffixHash: true}\n',
      'apps/kustomized/app.conf': 'x',
      'apps/sealed.yaml':
        'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: sealed, namespace: shop}\nspec: {encryptedData: {key: AgB}}\n',
    },
    kustomize,
  )
  const declared = await manifests.declared('shop', tip)
  assert.deepEqual(declared, [
    { kind: 'ConfigMap', name: 'made', keys: ['app.conf'] },
    { kind: 'ConfigMap', name: 'settings', keys: ['a', 'b'] },
    { kind: 'Secret', name: 'login', keys: ['password'] },
    { kind: 'Secret', name: 'sealed', keys: ['key'] },
  ])
})

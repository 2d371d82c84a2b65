import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { checkoutOf, contentOf, editJson, runHere, type Tree } from './edit-command.ts'

const CANARY = 'canary-7f3a9c'

function web(more = ''): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
${more}spec:
  replicas: 2
  template:
    spec:
      containers:
      - name: app
        image: registry.example/web:1
`
}

const OUTSIDE: Tree = {
  'web.yaml': web(`  annotations: {stolen: ${CANARY}}\n`),
  'kustomization.yaml': 'resources: [web.yaml]\n',
  'patch.yaml': `metadata: {name: web, annotations: {stolen: ${CANARY}}}\n`,
  'values.yaml': `replicas: 2\nstolen: ${CANARY}\n`,
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'templates/web.yaml': web(`  annotations: {stolen: ${CANARY}}\n`),
  attributes: '*.yaml linguist-generated\n',
}

const CHART: Tree = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'chart/values.yaml': 'replicas: 2\n',
  'chart/templates/web.yaml': web().replace('replicas: 2', 'replicas: {{ .Values.replicas }}'),
}

const SET = ['--target', 'Deployment/-/web', '--set', 'spec.replicas=3', '--write']

interface Case {
  /** `OUT` in a text is the folder outside. */
  readonly tree: Tree
  readonly args: readonly string[]
  readonly code: string
  readonly why: RegExp
}

const REFUSED: Readonly<Record<string, Case>> = {
  'a root above the checkout': {
    tree: {},
    args: ['--root', '../../../../../../OUT'],
    code: 'EditRefused',
    why: /leads out/,
  },
  'a root that leaves the checkout in the middle': {
    tree: { 'a/x.yaml': 'a: 1\n' },
    args: ['--root', 'a/../../a'],
    code: 'EditRefused',
    why: /leads out/,
  },
  'an absolute root': { tree: {}, args: ['--root', 'OUT'], code: 'EditRefused', why: /leads out/ },
  'a root behind a link': {
    tree: { apps: '-> OUT' },
    args: ['--root', 'apps'],
    code: 'EditRefused',
    why: /leads out/,
  },
  'a root below a link': {
    tree: { apps: '-> OUT' },
    args: ['--root', 'apps/templates'],
    code: 'EditRefused',
    why: /leads out/,
  },
  'a values file outside': {
    tree: CHART,
    args: ['--root', 'chart', '--values', 'OUT/values.yaml'],
    code: 'EditRefused',
    why: /leads out/,
  },
  'a values file behind a link': {
    tree: { ...CHART, 'values.yaml': '-> OUT/values.yaml' },
    args: ['--root', 'chart', '--values', 'values.yaml'],
    code: 'EditRefused',
    why: /leads out/,
  },
  'a manifest that is a link': {
    tree: { 'apps/web.yaml': '-> OUT/web.yaml' },
    args: ['--root', 'apps'],
    code: 'NotInGit',
    why: /./,
  },
  'a folder of manifests that is a link': {
    tree: { 'apps/more': '-> OUT', 'apps/a.yaml': 'a: 1\n' },
    args: ['--root', 'apps'],
    code: 'NotInGit',
    why: /./,
  },
  'a kustomization that is a link': {
    tree: { 'apps/kustomization.yaml': '-> OUT/kustomization.yaml', 'apps/web.yaml': web() },
    args: ['--root', 'apps'],
    code: 'RenderFailed',
    why: /no file of the repository/,
  },
  'a patch behind a link': {
    tree: {
      'apps/kustomization.yaml': 'resources: [web.yaml]\npatches: [{path: p.yaml}]\n',
      'apps/web.yaml': web(),
      'apps/p.yaml': '-> OUT/patch.yaml',
    },
    args: ['--root', 'apps'],
    code: 'RenderFailed',
    why: /outside the repository/,
  },
  'a chart that is a link': {
    tree: { chart: '-> OUT' },
    args: ['--root', 'chart'],
    code: 'EditRefused',
    why: /leads out/,
  },
  'templates that are a link': {
    tree: {
      'chart/Chart.yaml': OUTSIDE['Chart.yaml'] ?? '',
      'chart/values.yaml': 'replicas: 2\n',
      'chart/templates': '-> OUT/templates',
    },
    args: ['--root', 'chart'],
    code: 'RenderFailed',
    why: /outside|link/,
  },
  'a template that is a link': {
    tree: { ...CHART, 'chart/templates/web.yaml': '-> OUT/templates/web.yaml' },
    args: ['--root', 'chart'],
    code: 'RenderFailed',
    why: /outside|link/,
  },
  "a chart's own values that are a link": {
    tree: { ...CHART, 'chart/values.yaml': '-> OUT/values.yaml' },
    args: ['--root', 'chart'],
    code: 'RenderFailed',
    why: /outside|link/,
  },
  'links that lead to each other': {
    tree: { a: '-> b', b: '-> a', 'x.yaml': 'a: 1\n' },
    args: ['--root', 'a'],
    code: 'ConfigInvalid',
    why: /no such folder/,
  },
}

for (const [title, { tree, args, code, why }] of Object.entries(REFUSED)) {
  test(`refused, and nothing outside is read or written: ${title}`, async (t) => {
    const outside = await checkoutOf(t, OUTSIDE)
    const placed = (text: string) => text.replaceAll('OUT', outside)
    const repo = await checkoutOf(
      t,
      Object.fromEntries(Object.entries(tree).map(([path, text]) => [path, placed(text)])),
    )
    for (const extra of [['--json'], []]) {
      const ran = await runHere(['edit', '--repo', repo, ...extra, ...args.map(placed), ...SET])
      assert.equal(ran.code, code === 'ConfigInvalid' ? 2 : 3, ran.stderr + ran.stdout)
      const text = ran.stdout + ran.stderr
      assert.ok(text.includes(code), text)
      assert.match(text, why)
      assert.ok(!text.includes(CANARY), text)
    }
    const traced = await runHere(['trace', '--repo', repo, 'Deployment/-/web', 'spec.replicas'])
    assert.ok(!(traced.stdout + traced.stderr).includes(CANARY), traced.stdout + traced.stderr)
    for (const [path, text] of Object.entries(OUTSIDE)) assert.equal(await contentOf(outside, path), text)
  })
}

test('a checkout that is itself behind a link is edited in its place', async (t) => {
  const repo = await checkoutOf(t, { 'apps/web.yaml': web() })
  const other = await checkoutOf(t, {})
  await symlink(repo, join(other, 'link'))
  const { code, report } = await editJson(join(other, 'link'), '--root', join(repo, 'apps'), ...SET)
  assert.equal(code, 0, report.error?.message)
  assert.match(await contentOf(repo, 'apps/web.yaml'), /replicas: 3/)
  assert.deepEqual(await readdir(other), ['link'])
})

test('attributes of files that stand outside the checkout say nothing', async (t) => {
  const outside = await checkoutOf(t, OUTSIDE)
  const repo = await checkoutOf(t, {
    'apps/web.yaml': web(),
    '.gitattributes': `-> ${outside}/attributes`,
  })
  assert.equal((await editJson(repo, '--root', 'apps', ...SET)).code, 0)
})

test('a folder that contains itself by a link is read once', async (t) => {
  const repo = await checkoutOf(t, { 'apps/web.yaml': web(), 'apps/self': '-> .', 'apps/up': '-> ../apps' })
  const { code, report } = await editJson(repo, '--root', 'apps/self/up', ...SET)
  assert.equal(code, 0, report.error?.message)
  assert.deepEqual(report.files, ['apps/web.yaml'])
})

const BOMB = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
  .split('')
  .map((each, i) => `${each}: &${each} [${`*${'abcdefghi'[i]},`.repeat(9)}]`)
  .join('\n')}\n`

const TOO_MUCH: Readonly<Record<string, readonly [tree: Tree, args: readonly string[], why: RegExp]>> = {
  'aliases that multiply in the target': [
    { 'apps/web.yaml': `${web()}${BOMB}` },
    ['--root', 'apps'],
    /alias/,
  ],
  'aliases that multiply in a values file': [
    { ...CHART, 'bomb.yaml': BOMB },
    ['--root', 'chart', '--values', 'bomb.yaml'],
    /alias/,
  ],
  'aliases that multiply in a kustomization': [
    { 'apps/kustomization.yaml': `resources: [web.yaml]\n${BOMB}`, 'apps/web.yaml': web() },
    ['--root', 'apps'],
    /alias/,
  ],
  'a target of 50 MB': [
    { 'apps/web.yaml': `${web()}${'# web\n'.repeat((50 * 2 ** 20) / 6)}` },
    ['--root', 'apps'],
    /larger than 4 MiB/,
  ],
  'a resource of 50 MB': [
    {
      'apps/kustomization.yaml': 'resources: [web.yaml, big.yaml]\n',
      'apps/web.yaml': web(),
      'apps/big.yaml': '# x\n'.repeat((50 * 2 ** 20) / 4),
    },
    ['--root', 'apps'],
    /too large/,
  ],
  'a values file of 50 MB': [
    { ...CHART, 'big.yaml': '# x\n'.repeat((50 * 2 ** 20) / 4) },
    ['--root', 'chart', '--values', 'big.yaml'],
    /too large|larger/,
  ],
  'nesting without an end': [
    { 'apps/web.yaml': `${web()}x: ${'['.repeat(60_000)}` },
    ['--root', 'apps'],
    /nest|deep/,
  ],
  'indentation without an end': [
    {
      'apps/web.yaml': `${web()}${Array.from({ length: 3000 }, (_each, i) => `${' '.repeat(i)}a:`).join('\n')}\n`,
    },
    ['--root', 'apps'],
    /nest|deep|larger/,
  ],
}

for (const [title, [tree, args, why]] of Object.entries(TOO_MUCH)) {
  test(`refused with a sentence: ${title}`, async (t) => {
    const repo = await checkoutOf(t, tree)
    const { code, report, stderr } = await editJson(repo, ...args, ...SET)
    assert.equal(code, 3, stderr)
    assert.match(report.error?.message ?? '', why)
  })
}

test('what is too large or too deep beside the target does not matter', async (t) => {
  const repo = await checkoutOf(t, {
    'apps/web.yaml': web(),
    'apps/big.json': ' '.repeat(50 * 2 ** 20),
    'apps/deep.yaml': `x: ${'['.repeat(60_000)}`,
    'apps/bomb.yaml': BOMB,
    'apps/binary.yaml': '\u0000\u0001',
  })
  // A file that cannot be read may hold the same object: only one that is found at once is edited.
  const { code, report } = await editJson(repo, '--root', 'apps', ...SET)
  assert.equal(code, 0, report.error?.message)
  assert.deepEqual(report.files, ['apps/web.yaml'])
})

test('ten thousand small files are no hindrance', async (t) => {
  const repo = await checkoutOf(t, { 'apps/web.yaml': web(), 'many/x': '' })
  const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n'
  const names = Array.from({ length: 10_000 }, (_each, i) => join(repo, 'many', `${i}.yaml`))
  for (let i = 0; i < names.length; i += 500)
    await Promise.all(names.slice(i, i + 500).map((name) => writeFile(name, text)))
  const { code, stdout, stderr } = await runHere(['trace', '--repo', repo, '--json', 'Deployment/-/web'])
  assert.equal(code, 0, stderr)
  assert.equal(JSON.parse(stdout).file, 'apps/web.yaml')
})

test('pipes and sockets in the checkout are passed over, and nobody waits for them', async (t) => {
  const repo = await checkoutOf(t, { 'apps/web.yaml': web(), 'pipes/a.txt': '', 'own/web.yaml': web() })
  const pipe = (path: string) => promisify(execFile)('mkfifo', [join(repo, path)])
  await Promise.all(
    ['.gitattributes', 'apps/pipe.yaml', 'own/kustomization.yaml', 'pipes/web.yaml', 'pipes/values.yaml'].map(
      pipe,
    ),
  )
  const server = createServer().listen(join(repo, 'apps/socket.yaml'))
  t.after(() => server.close())
  assert.equal((await editJson(repo, '--root', 'apps', ...SET)).code, 0)
  assert.equal((await editJson(repo, '--root', 'own', ...SET)).code, 0)
  assert.equal((await editJson(repo, '--root', 'pipes', ...SET)).report.error?.code, 'NotInGit')
})

test('names that a terminal would act on are spelled out, and in JSON they are what they are', async (t) => {
  const name = 'apps/-x\n\u001b]0;owned\u0007\u001b[2J \u202e"é\'$(id)--root=.yaml'
  const repo = await checkoutOf(t, { [name]: web('  labels: {a: "\u001b[31m"}\n') })
  const { report } = await editJson(repo, '--root', 'apps', ...SET)
  assert.deepEqual(report.files, [name])
  const again = ['--target', 'Deployment/-/web', '--set', 'spec.replicas=4']
  const texts = [
    await runHere(['edit', '--repo', repo, '--root', 'apps', ...again]),
    await runHere(['trace', '--repo', repo, 'Deployment/-/web', 'metadata.labels.a']),
    await runHere(['trace', '--repo', repo, 'Deployment/-/wep']),
    await runHere([
      'edit',
      '--repo',
      repo,
      '--root',
      'apps',
      '--target',
      'Deployment/-/web',
      '--set',
      'metadata.name=x',
    ]),
  ]
  for (const { stdout, stderr } of texts)
    for (const acting of ['\u001b', '\u0007', '\u009b', '\u202e'])
      assert.ok(!(stdout + stderr).includes(acting), stdout + stderr)
  assert.match(await contentOf(repo, name), /replicas: 3/)
})

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, test } from 'node:test'
import type { Files } from './git-fixture.ts'
import { checkout } from './kustomize-fixture.ts'
import { deployment } from './manifests-fixture.ts'

/** Somebody who must never be asked. */
const asked: string[] = []
const witness = createServer((request, response) => {
  asked.push(request.url ?? '')
  response.end('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: stolen}\n')
})
await new Promise<void>((resolve) => witness.listen(0, '127.0.0.1', resolve))
after(() => witness.close())
const address = witness.address()
const remote = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`

const web = deployment('web', 'nginx:1.0')
const SECRET = '/etc/passwd'
const root = (text: string, more: Files = {}): Files => ({
  'apps/kustomization.yaml': text,
  'apps/web.yaml': web,
  ...more,
})

const REMOTE = [
  'https://github.com/team/app//base?ref=v1',
  'HTTPS://github.com/team/app',
  'github.com/team/app',
  'github.com/team/app//base?ref=v1',
  'git@github.com:team/app.git',
  'org-12@github.com:team/app',
  'ssh://git@git.example.com/team/app',
  'git::https://git.example.com/team/app',
  'git::git@git.example.com:team/app',
  'gh:team/app',
  'git.example.com/team/app.git//base',
  'git.example.com:8443/team/app.git',
  'team/app?ref=main',
  `file://${SECRET}`,
  `${remote}/base.yaml`,
]

test('no spelling of a remote base is fetched', async () => {
  for (const field of ['resources', 'components', 'generators', 'transformers']) {
    for (const path of REMOTE) {
      const { render } = await checkout(root(JSON.stringify({ [field]: [path] })))
      await assert.rejects(
        render('apps'),
        { code: 'RenderFailed', message: /remote and is not fetched/ },
        path,
      )
    }
  }
})

const inlined = (kind: string, more: string) =>
  `apiVersion: builtin\nkind: ${kind}\nmetadata:\n  name: x\n${more}`

/** Refused; the sentence. */
const REFUSED: Readonly<Record<string, readonly [files: Files, why: RegExp]>> = {
  'an inline transformer with a URL': [
    root(
      JSON.stringify({
        resources: ['web.yaml'],
        transformers: [inlined('PatchTransformer', `path: ${remote}/p.yaml\n`)],
      }),
    ),
    /names a URL/,
  ],
  'an inline transformer on one line with a URL': [
    root(
      JSON.stringify({
        transformers: [`{"apiVersion": "builtin", "kind": "PatchTransformer", "path": "${remote}/p.yaml"}`],
      }),
    ),
    /names a URL/,
  ],
  'an inline generator that inflates a chart': [
    root(JSON.stringify({ generators: [inlined('HelmChartInflationGenerator', `repo: ${remote}\n`)] })),
    /charts are not inflated/,
  ],
  'an inline function': [
    root(
      JSON.stringify({
        transformers: [
          'apiVersion: v1\nkind: F\nmetadata:\n  name: f\n  annotations:\n    config.kubernetes.io/function: |\n      container: {image: evil}\n',
        ],
      }),
    ),
    /functions/,
  ],
  'a file of a generator that is fetched': [
    root(JSON.stringify({ configMapGenerator: [{ name: 'c', files: [`a=${remote}/x`] }] })),
    /remote/,
  ],
  'an env file out of the repository': [
    root(JSON.stringify({ configMapGenerator: [{ name: 'c', envs: ['../../../../../../../etc/passwd'] }] })),
    /outside the repository/,
  ],
  'a file of a generator by its absolute path': [
    root(JSON.stringify({ secretGenerator: [{ name: 'c', files: [`a=${SECRET}`] }] })),
    /outside the repository/,
  ],
  'a path out of the repository in an inline transformer': [
    root(
      JSON.stringify({
        resources: ['web.yaml'],
        transformers: [inlined('PatchTransformer', `path: ${SECRET}\n`)],
      }),
    ),
    /security|not in or below|no such file|cannot be|failed/i,
  ],
  'a link out of the repository behind a link': [
    root('configMapGenerator:\n- name: c\n  files: [a=one]\n', {
      'apps/one': { link: 'two' },
      'apps/two': { link: SECRET },
    }),
    /outside the repository/,
  ],
  'links that lead to each other': [
    root('resources: [loop]\n', { 'apps/loop': { link: 'pool' }, 'apps/pool': { link: 'loop' } }),
    /does not exist/,
  ],
  'a folder that links to itself': [
    root('resources: [sub]\n', { 'apps/sub': { link: '../apps' } }),
    /itself/,
  ],
  'a kustomization that includes the one that includes it': [
    root('resources: [inner]\n', { 'apps/inner/kustomization.yaml': 'resources: [..]\n' }),
    /itself/,
  ],
  'a component that includes itself': [
    root('components: [part]\n', {
      'apps/part/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncomponents: [../part]\n',
    }),
    /itself/,
  ],
  'a load restrictor of its own': [
    root('resources: ["--load-restrictor=LoadRestrictionsNone", ../web.yaml]\n', { 'web.yaml': web }),
    /does not exist/,
  ],
  'an OpenAPI schema from elsewhere': [root(`openapi: {path: "${remote}/schema.json"}\n`), /remote/],
}

for (const [title, [files, why]] of Object.entries(REFUSED)) {
  test(`refuses ${title}`, async () => {
    const { render } = await checkout(files)
    await assert.rejects(render('apps'), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'RenderFailed', String(error))
      assert.match(error.message, why)
      assert.ok(!error.message.includes('root:x'), error.message)
      return true
    })
  })
}

test('a tree whose every level names the next twice is refused before it is built', async () => {
  const files: Record<string, string> = {}
  for (let level = 0; level < 40; level++) {
    files[`l${level}/kustomization.yaml`] = `resources: [a, b]\n`
    for (const side of ['a', 'b'])
      files[`l${level}/${side}/kustomization.yaml`] =
        `namePrefix: ${side}-\nresources: [../../l${level + 1}]\n`
  }
  files['l40/kustomization.yaml'] = 'resources: [web.yaml]\n'
  files['l40/web.yaml'] = web
  const { render } = await checkout(files)
  await assert.rejects(render('l0'), { code: 'RenderFailed', message: /counted as often as it is named/ })
})

test('a tree without an end in depth is refused, and one of moderate depth is built', async () => {
  const chain = (depth: number) => {
    const files: Record<string, string> = { [`k${depth}/kustomization.yaml`]: 'resources: [web.yaml]\n' }
    files[`k${depth}/web.yaml`] = web
    for (let i = 0; i < depth; i++) files[`k${i}/kustomization.yaml`] = `resources: [../k${i + 1}]\n`
    return files
  }
  await assert.rejects((await checkout(chain(400))).render('k0'), { code: 'RenderFailed', message: /deep/ })
  assert.equal((await (await checkout(chain(50))).render('k0')).length, 1)
})

test('a kustomization that reaches hundreds of files is built, one that reaches more is refused', async () => {
  const wide = (count: number) => {
    const files: Record<string, string> = {}
    const names = Array.from({ length: count }, (_each, i) => `c${i}.yaml`)
    for (const name of names)
      files[`apps/${name}`] =
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name.replace('.yaml', '')}}\n`
    return { ...files, 'apps/kustomization.yaml': JSON.stringify({ resources: names }) }
  }
  assert.equal((await (await checkout(wide(300))).render('apps')).length, 300)
  const many = {
    'apps/kustomization.yaml': JSON.stringify({ resources: Array(10_002).fill('x.yaml') }),
    'apps/x.yaml': web,
  }
  await assert.rejects((await checkout(many)).render('apps'), { code: 'RenderFailed' })
})

test('a bomb of aliases in a manifest ends in an error', async () => {
  const letters = 'abcdefghij'.split('')
  const bomb = letters.slice(1).map((each, i) => `  ${each}: &${each} [${`*${letters[i]},`.repeat(9)}]`)
  const text = `apiVersion: v1\nkind: Bomb\nmetadata: {name: b}\nspec:\n  a: &a [x,x,x,x,x,x,x,x,x]\n${bomb.join('\n')}\n`
  const { render } = await checkout(root('resources: [web.yaml, bomb.yaml]\n', { 'apps/bomb.yaml': text }))
  await assert.rejects(render('apps'), { code: 'RenderFailed', message: /bomb\.yaml: its aliases multiply/ })
})

test('odd names are names: line ends, dashes, spaces, quotes and letters of all kinds', async () => {
  const names = [
    '-rf.yaml',
    'a b.yaml',
    'a\nb.yaml',
    'ü"é.yaml',
    "it's.yaml",
    '日本.yaml',
    '--help.yaml',
    '$HOME.yaml',
  ]
  const files: Record<string, string> = {}
  for (const [i, name] of names.entries())
    files[`apps/-x y/${name}`] = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${i}}\n`
  files['apps/-x y/kustomization.yaml'] = JSON.stringify({ resources: names })
  files['apps/kustomization.yaml'] = 'resources: ["-x y"]\n'
  const { render } = await checkout(files)
  assert.equal((await render('apps')).length, names.length)
})

test('nobody outside was asked for anything', () => assert.deepEqual(asked, []))

import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import { after, describe, test } from 'node:test'
import type { HelmRoot } from '#src/domain/root.ts'
import { helmRunner } from '#src/manifests/helm/helm-process.ts'
import type { Files } from './git-fixture.ts'
import { below, packed, STORE, WEB } from './helm-charts.ts'
import { chartRoot, fieldOf, helmBinary, helmRepository } from './helm-fixture.ts'

const helm = await helmBinary()

/** Somebody who must never be asked. */
const asked: string[] = []
const witness = createServer((request, response) => {
  asked.push(request.url ?? '')
  response.end('{}')
})
await new Promise<void>((resolve) => witness.listen(0, '127.0.0.1', resolve))
after(() => witness.close())
const address = witness.address()
const remote = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`

const CHART = 'apiVersion: v2\nname: c\nversion: 0.1.0\n'

/** A chart whose one object shows the outcome of a template's action. */
function showing(action: string, more: Files = {}): Files {
  return {
    'c/Chart.yaml': CHART,
    'c/values.yaml': 'loud: false\n',
    'c/templates/show.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: show}\ndata:\n  is: ${action}\n`,
    ...more,
  }
}

async function shown(files: Files, more: Partial<HelmRoot> = {}, values: readonly string[] = []) {
  const repository = await helmRepository(files, helm)
  const objects = await repository.render(chartRoot('c', values, more))
  return fieldOf(objects[0], 'data.is')
}

describe('a chart is rendered as engines do it', () => {
  test('with release, namespace, versions and API versions, later values first', async () => {
    const action =
      '"{{ .Release.Name }} {{ .Release.Namespace }} {{ .Capabilities.KubeVersion }} {{ .Capabilities.APIVersions.Has "a.b/v1" }} {{ .Values.one }} {{ .Values.two }}"'
    const files = showing(action, { 'one.yaml': 'one: 1\ntwo: 1\n', 'two.yaml': 'two: 2\n' })
    const more = { kubeVersion: 'v1.29.3', apiVersions: ['a.b/v1'] }
    assert.equal(await shown(files, more, ['one.yaml', 'two.yaml']), 'shop shop v1.29.3 true 1 2')
  })

  test('objects of test hooks are left out, those of crds/ are there unless told otherwise', async () => {
    const crd =
      'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: as.a.b}\nspec: {}\n'
    const repository = await helmRepository({ ...below('c', WEB), 'c/crds/a.yaml': crd }, helm)
    const kinds = async (more: Partial<HelmRoot>) =>
      (await repository.render(chartRoot('c', [], more))).map(({ kind }) => kind).sort()
    assert.deepEqual(await kinds({}), ['CustomResourceDefinition', 'Deployment', 'Service'])
    assert.deepEqual(await kinds({ includeCrds: false }), ['Deployment', 'Service'])
  })

  test('a link inside the repository is followed', async () => {
    const files = showing('{{ .Files.Get "shared/text" | quote }}', {
      'c/shared': { link: '../common' },
      'common/text': 'hello',
    })
    assert.equal(await shown(files), 'hello')
  })

  test('a values file and a chart folder with odd names are no options and no lists', async () => {
    const files = showing('{{ .Values.x }}', { '--set=x=1,y.yaml': 'x: odd\n' })
    assert.equal(await shown(files, {}, ['--set=x=1,y.yaml']), 'odd')
    const odd = await helmRepository(below('-d,e\nf', { 'Chart.yaml': CHART, 'templates/a.yaml': '' }), helm)
    assert.deepEqual(await odd.render(chartRoot('-d,e\nf')), [])
  })

  test('an archive in charts/ satisfies a dependency', async () => {
    const repository = await helmRepository(
      {
        'c/Chart.yaml': `${CHART}dependencies: [{name: store, version: 7.x, repository: "https://charts.example"}]\n`,
        'c/values.yaml': 'global: {team: a}\n',
        'c/charts/store-7.2.0.tgz': await packed('store', STORE),
      },
      helm,
    )
    assert.deepEqual(
      (await repository.render(chartRoot('c'))).map(({ metadata }) => metadata.name),
      ['shop-store'],
    )
  })
})

const REFUSED: Readonly<
  Record<string, readonly [files: Files, why: RegExp, more?: Partial<HelmRoot>, values?: readonly string[]]>
> = {
  'a link out of the repository': [showing('x', { 'c/files': { link: '../..' } }), /link leads out/],
  'an absolute link': [showing('x', { 'c/passwd': { link: '/etc/passwd' } }), /link leads out/],
  'a link to the folder around it': [showing('x', { 'c/again': { link: '.' } }), /folder around it/],
  'links to each other': [
    showing('x', { 'c/a': { link: '../d' }, 'd/back': { link: '../c' } }),
    /folder around it/,
  ],
  'a loop of links': [showing('x', { 'c/a': { link: 'b' }, 'c/b': { link: 'a' } }), /leads nowhere/],
  'links that multiply': [
    {
      ...showing('x', { 'c/a': { link: '../d0' } }),
      ...Object.fromEntries(
        Array.from({ length: 30 }, (_, i) => [
          [`d${i}/x`, { link: `../d${i + 1}` }],
          [`d${i}/y`, { link: `../d${i + 1}` }],
        ]).flat(),
      ),
      'd30/z': 'z',
    },
    /multiply/,
  ],
  'a local dependency outside the repository': [
    showing('x', {
      'c/Chart.yaml': `${CHART}dependencies: [{name: other, version: 1.x, repository: "file://../../other"}]\n`,
    }),
    /"other" lies outside the repository/,
  ],
  'a dependency that nobody vendored': [
    showing('x', {
      'c/Chart.yaml': `${CHART}dependencies: [{name: redis, version: 1.x, repository: "${remote}"}]\n`,
    }),
    /"redis" is not in charts\/; run helm dependency build and commit/,
  ],
  'a values file outside the repository': [showing('x'), /outside the repository/, {}, ['../../etc/passwd']],
  'a values file that is a URL': [showing('x'), /no such values file/, {}, [`${remote}/values.yaml`]],
  'a values file that is not there': [showing('x'), /no such values file/, {}, ['none.yaml']],
  'a release that is an option': [showing('x'), /no release name/, { release: '--post-renderer=sh' }],
  'a namespace that is an option': [showing('x'), /no namespace/, { namespace: '-n' }],
  'a version that is an option': [showing('x'), /no Kubernetes version/, { kubeVersion: '--debug' }],
  'API versions with a comma': [showing('x'), /no API version/, { apiVersions: ['a/v1,b'] }],
  'no chart at all': [{ 'c/values.yaml': '' }, /no Chart\.yaml/],
  'an archive that is none': [{ 'c/x.tgz': 'no archive' }, /gzip|archive/, { archive: 'c/x.tgz' }],
  'what a template itself refuses, without our paths': [
    showing('{{ fail "ask the owner" }}'),
    /ask the owner/,
  ],
  'a template that never ends': [
    showing('{{ define "again" }}{{ include "again" . }}{{ end }}{{ include "again" . }}'),
    /./,
  ],
}

describe('refused, with a sentence and nothing left behind', () => {
  for (const [title, [files, why, more = {}, values = []]] of Object.entries(REFUSED)) {
    test(title, async () => {
      const repository = await helmRepository(files, helm)
      await assert.rejects(
        repository.render(chartRoot('c', values, more)),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'RenderFailed', String(error))
          assert.match(error.message, why)
          assert.ok(!error.message.includes(repository.scratchFolder), error.message)
          return true
        },
      )
      assert.deepEqual(await readdir(repository.scratchFolder), [])
    })
  }
})

describe('a hostile chart sees nothing and reaches nobody', () => {
  test('files outside the chart are empty', async () => {
    assert.equal(await shown(showing('{{ .Files.Get "../../../../etc/passwd" | quote }}')), '')
    assert.equal(await shown(showing('{{ .Files.Get "/etc/passwd" | quote }}')), '')
  })

  test('the environment is not to be had', async () => {
    await assert.rejects(shown(showing('{{ env "PATH" | quote }}')), { code: 'RenderFailed' })
  })

  test('lookup finds nothing', async () => {
    assert.equal(await shown(showing('{{ lookup "v1" "Secret" "" "" | toJson | quote }}')), '{}')
  })

  test('a host name is not looked up', async () => {
    assert.equal(await shown(showing('{{ getHostByName "localhost" | quote }}')), '')
  })

  test('a schema that names a host or a file is not followed', async () => {
    for (const schema of [
      { $ref: `${remote}/schema.json` },
      { properties: { a: { $ref: 'file:///etc/hostname' } } },
      { $schema: `${remote}/meta.json` },
      { properties: { a: { $ref: '../../secret.json' } } },
    ]) {
      const files = showing('{{ .Values.loud }}', { 'c/values.schema.json': JSON.stringify(schema) })
      assert.equal(await shown(files), false)
    }
    assert.deepEqual(asked, [])
  })

  test('a schema of its own is obeyed', async () => {
    const schema = JSON.stringify({ properties: { loud: { const: true } } })
    await assert.rejects(shown(showing('x', { 'c/values.schema.json': schema })), { code: 'RenderFailed' })
  })

  test('plugins and configuration in the chart’s own folders are not taken', async () => {
    const plugin = 'name: evil\nversion: 1\ncommand: /bin/touch /tmp/owned\n'
    const files = showing('fine', {
      'c/helm/plugins/evil/plugin.yaml': plugin,
      'helm/plugins/evil/plugin.yaml': plugin,
    })
    assert.equal(await shown(files), 'fine')
  })

  for (const [title, action, limits, why] of [
    [
      'memory',
      '{{ range until 20000 }}{{ range until 20000 }}{{ repeat 4096 "x" }}{{ end }}{{ end }}',
      { memory: 200 * 2 ** 20 },
      /too much memory/,
    ],
    [
      'time',
      '{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}',
      { timeMs: 1500 },
      /too long/,
    ],
    ['output', '{{ repeat 100000 "x" }}', { output: 10_000 }, /printed too much/],
  ] as const) {
    test(`what takes too much ${title} is stopped`, async () => {
      const repository = await helmRepository(showing(action), helm)
      const bounded = helmRunner(helm, { timeMs: 60_000, output: 2 ** 25, memory: 2 ** 30, ...limits })
      await assert.rejects(repository.renderWith(bounded, chartRoot('c')), {
        code: 'RenderFailed',
        message: why,
      })
      assert.deepEqual(await readdir(repository.scratchFolder), [])
    })
  }
})

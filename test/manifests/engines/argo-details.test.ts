import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Root } from '#src/domain/root.ts'
import type { Unrenderable, WantedRevision } from '#src/manifests/engines/engine-source.ts'
import { engineSources } from '#src/manifests/engines/engine-sources.ts'
import { argoRevision } from '#src/manifests/engines/wanted-revision.ts'
import { objectsIn, treeOf } from './given.ts'

const URL = 'https://git.example.com/shop/gitops'

type Files = Readonly<Record<string, string>>

function sources(spec: string, files: Files = {}, metadata = 'name: web, namespace: argocd') {
  const text = `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { ${metadata} }
spec: { destination: { namespace: shop }, ${spec.includes('syncPolicy') ? '' : 'syncPolicy: { automated: {} }, '}${spec} }
`
  return engineSources(objectsIn(text), { trees: [treeOf(URL, files)] })
}

function root(source: string, files: Files = {}, metadata?: string): Root | Unrenderable {
  const [first] = sources(`source: { repoURL: "${URL}", ${source} }`, files, metadata)
  assert.ok(first)
  return first.root
}

function problem(found: Root | Unrenderable): string {
  return 'problem' in found ? found.problem : ''
}

function values(found: Root | Unrenderable) {
  assert.ok('helm' in found && found.helm, problem(found))
  return found.helm.values.map((layer) =>
    layer.kind === 'file' ? layer.path : { [layer.site.file ?? layer.site.field]: layer.values },
  )
}

describe('an Application follows', () => {
  const REVISIONS: Readonly<Record<string, WantedRevision>> = {
    HEAD: { kind: 'HEAD' },
    main: { kind: 'branch', name: 'main' },
    'release/1.2': { kind: 'branch', name: 'release/1.2' },
    'refs/heads/main': { kind: 'branch', name: 'main' },
    'refs/tags/v1': { kind: 'tag', name: 'v1' },
    'refs/pull/3/head': { kind: 'reference', name: 'refs/pull/3/head' },
    'v1.2.3': { kind: 'tag', name: 'v1.2.3' },
    '1.2.3-rc.1': { kind: 'tag', name: '1.2.3-rc.1' },
    '1.2.*': { kind: 'semver', name: '1.2.*' },
    '>=1.0.0 <2.0.0': { kind: 'semver', name: '>=1.0.0 <2.0.0' },
    'v1.x': { kind: 'semver', name: 'v1.x' },
    '4f1c0ffee4f1c0ffee4f1c0ffee4f1c0ffee4f1c': {
      kind: 'commit',
      name: '4f1c0ffee4f1c0ffee4f1c0ffee4f1c0ffee4f1c',
    },
    '4f1c0ff': { kind: 'commit', name: '4f1c0ff' },
    feedface: { kind: 'branch', name: 'feedface' },
  }
  for (const [text, expected] of Object.entries(REVISIONS)) {
    test(`${text} as a ${expected.kind}`, () => assert.deepEqual(argoRevision(text), expected))
  }
})

describe('a folder is rendered', () => {
  const file = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [`app/${name}`, '']))
  const TOOLS: Readonly<Record<string, readonly [string, Files, string]>> = {
    'by Helm for its Chart.yaml': ['path: app', file('Chart.yaml'), 'helm'],
    'by Kustomize for any of its names': ['path: app', file('Kustomization'), 'kustomize'],
    'by Kustomize where both are there': ['path: app', file('Chart.yaml', 'kustomization.yml'), 'kustomize'],
    'as it is otherwise': ['path: app', file('a.yaml', 'deep/Chart.yaml'), 'plain'],
    'by the block that is given': ['path: app, helm: {}', file('kustomization.yaml'), 'helm'],
    'by the block that a file beside it gives': [
      'path: app',
      { ...file('Chart.yaml'), 'app/.argocd-source.yaml': 'directory: { recurse: true }' },
      'plain',
    ],
  }
  for (const [claim, [source, files, expected]] of Object.entries(TOOLS)) {
    test(claim, () => {
      const found = root(source, files)
      const tool = 'helm' in found && found.helm ? 'helm' : 'plain' in found ? 'plain' : 'kustomize'
      assert.equal(tool, expected, problem(found))
    })
  }
})

describe('an Application’s chart', () => {
  test('takes valuesObject in place of values', () => {
    const found = root('path: app, helm: { values: "a: 1", valuesObject: { a: 2 } }')
    assert.deepEqual(values(found), [{ 'spec.source.helm.valuesObject': { a: 2 } }])
  })

  test('gets files of the same repository by reference, and a file once', () => {
    const [first] = sources(
      `sources: [{ repoURL: "${URL}.git", path: app, helm: { valueFiles: [$env/prod.yaml, /prod.yaml] } }, { repoURL: "${URL}", ref: env }]`,
      { 'app/Chart.yaml': '' },
    )
    assert.ok(first)
    assert.deepEqual(values(first.root), ['prod.yaml'])
    assert.deepEqual(first.valueSources, [])
  })

  test('gets a file that is named and matched at the place where it is named', () => {
    const files = { 'app/Chart.yaml': '', 'app/a.yaml': '', 'app/b.yaml': '', 'app/c.yaml': '' }
    const found = root('path: app, helm: { valueFiles: ["[ab].yaml", c.yaml, a.yaml] }', files)
    assert.deepEqual(values(found), ['app/b.yaml', 'app/c.yaml', 'app/a.yaml'])
  })

  test('knows its build environment, outside of Argo CD’s namespace too', () => {
    const found = root(
      `path: app, helm: { valueFiles: ["env-\${ARGOCD_APP_NAMESPACE}.yaml"], parameters: [{ name: owner, value: $ARGOCD_APP_NAME }] }`,
      { 'app/Chart.yaml': '' },
      'name: web, namespace: team-a',
    )
    assert.deepEqual(values(found), [
      'app/env-shop.yaml',
      { 'spec.source.helm.parameters[name=owner].value': { owner: 'team-a_web' } },
    ])
    assert.equal('helm' in found && found.helm?.release, 'web')
  })

  test('takes what .argocd-source files say over the Application, the one of its name last', () => {
    const files = {
      'app/Chart.yaml': '',
      'app/.argocd-source.yaml': 'helm: { parameters: [{ name: a, value: "1" }], valueFiles: null }',
      'app/.argocd-source-web.yaml': 'helm: { parameters: [{ name: a, value: "2" }] }',
    }
    const found = root(
      'path: app, helm: { valueFiles: [x.yaml], parameters: [{ name: b, value: "3" }] }',
      files,
    )
    assert.deepEqual(values(found), [{ 'app/.argocd-source-web.yaml': { a: 2 } }])
  })

  test('cannot be moved by a file in its folder', () => {
    const files = {
      'app/.argocd-source.yaml': 'path: ../elsewhere\nrepoURL: https://evil.example.com/x/y\nkustomize: {}',
    }
    const [first] = sources(`source: { repoURL: "${URL}", path: app }`, files)
    assert.equal(first?.root.folder, 'app')
    assert.equal(first?.repositoryUrl, 'git.example.com/shop/gitops')
  })
})

describe('an Application that cannot be rendered says why:', () => {
  const chart = { 'app/Chart.yaml': '' }
  const PROBLEMS: Readonly<Record<string, readonly [string, Files, RegExp]>> = {
    'a path out of the repository': ['path: ../../etc', {}, /lies outside of the repository/],
    'an absolute path': ['path: /etc', {}, /lies outside of the repository/],
    'a plugin': ['path: app, plugin: { name: cue }', {}, /plugin renders it/],
    'two tools': ['path: app, helm: {}, kustomize: {}', {}, /more than one tool: helm and kustomize/],
    'a values file from a URL': [
      'path: app, helm: { valueFiles: ["https://x.example.com/v.yaml"] }',
      chart,
      /fetched from a URL/,
    ],
    'a values file out of the repository': [
      'path: app, helm: { valueFiles: [../../v.yaml] }',
      chart,
      /lies outside/,
    ],
    'a parameter at a position': [
      'path: app, helm: { parameters: [{ name: "a[0].b", value: x }] }',
      chart,
      /by its position/,
    ],
    'a file parameter that is not there': [
      'path: app, helm: { fileParameters: [{ name: a, path: gone }] }',
      chart,
      /cannot be read/,
    ],
    'values that are no YAML': ['path: app, helm: { values: "{{ x }}: y" }', chart, /cannot be read/],
    'a chart of a registry': [
      'chart: nginx, targetRevision: 1.0.0',
      {},
      /the chart nginx 1\.0\.0 comes from a registry/,
    ],
  }
  for (const [claim, [source, files, expected]] of Object.entries(PROBLEMS)) {
    test(claim, () => assert.match(problem(root(source, files)), expected))
  }

  test('an OCI registry', () => {
    const [first] = sources('source: { repoURL: "oci://r.example.com/a/b", path: . }')
    assert.ok(first)
    assert.match(problem(first.root), /OCI registry/)
    assert.equal(first.repositoryUrl, undefined)
  })

  test('values in another repository, which are told all the same', () => {
    const [first] = sources(
      `sources: [{ repoURL: "${URL}", path: app, helm: { valueFiles: [$v/web/prod.yaml] } }, { repoURL: "git@git.example.com:shop/values.git", targetRevision: main, ref: v }]`,
      chart,
    )
    assert.ok(first)
    assert.match(
      problem(first.root),
      /values come from web\/prod\.yaml in another repository, git\.example\.com\/shop\/values/,
    )
    assert.deepEqual(first.valueSources, [
      {
        repositoryUrl: 'git.example.com/shop/values',
        revision: { kind: 'branch', name: 'main' },
        path: 'web/prod.yaml',
      },
    ])
  })

  test('a repository that is not at hand, whose tool is not known', () => {
    const text = `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: web, namespace: argocd }
spec: { source: { repoURL: "${URL}", path: app } }
`
    const [first] = engineSources(objectsIn(text))
    assert.ok(first)
    assert.match(problem(first.root), /not known before its repository is read/)
    assert.equal(first.repositoryUrl, 'git.example.com/shop/gitops')
  })
})

describe('an Application is held', () => {
  const held = (spec: string, metadata?: string) =>
    sources(`source: { repoURL: "${URL}", path: app, kustomize: {} }, ${spec}`, {}, metadata).flatMap(
      ({ holds }) => holds.map(({ reason, only }) => (only === undefined ? reason : { [reason]: only })),
    )
  const HOLDS: Readonly<Record<string, readonly [string, string, readonly unknown[]]>> = {
    'where automatic sync is switched off': [
      'syncPolicy: { automated: { enabled: false } }',
      '',
      ['AutoSyncOff'],
    ],
    'where there is none': ['syncPolicy: {}', '', ['AutoSyncOff']],
    'not where it is only empty': ['syncPolicy: { automated: {} }', '', []],
    'where its reconciliation is skipped': [
      'project: default',
      ', annotations: { argocd.argoproj.io/skip-reconcile: "true" }',
      ['Suspended'],
    ],
    'for ignored fields by pointer': [
      'ignoreDifferences: [{ group: apps, kind: Deployment, jsonPointers: [/spec/replicas] }]',
      '',
      [{ Ignored: { group: 'apps', kind: 'Deployment', pointers: ['/spec/replicas'] } }],
    ],
    'for any field where an expression says which': [
      'ignoreDifferences: [{ kind: "*", jqPathExpressions: [.spec.x] }]',
      '',
      [{ Ignored: { pointers: [] } }],
    ],
    'while it is being deleted': [
      'project: default',
      ', deletionTimestamp: "2026-01-01T00:00:00Z"',
      ['Deleting'],
    ],
  }
  for (const [claim, [spec, metadata, expected]] of Object.entries(HOLDS)) {
    test(claim, () => assert.deepEqual(held(spec, `name: web, namespace: argocd${metadata}`), expected))
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OperatorError } from '#src/domain/errors.ts'
import type { TargetRef } from '#src/domain/target.ts'
import type { Manifests } from '#src/manifests/manifests.ts'
import { openManifests } from '#src/manifests/open-manifests.ts'
import { type Files, gitServer, temporaryFolder } from './git-fixture.ts'
import { deployment, deploymentRef, identity, kustomizeBinary, opened } from './manifests-fixture.ts'

const server = await gitServer()
const renderer = await kustomizeBinary()

const REPOSITORY: Files = {
  'apps/base/kustomization.yaml': 'resources: [web.yaml]\n',
  'apps/base/web.yaml': deployment('web', 'nginx:1'),
  'apps/prod/kustomization.yaml': 'namespace: shop\nresources: [../base]\n',
  'apps/plain/api.yaml': deployment('api', 'nginx:1', 'shop'),
  'apps/plain/notes.yaml': 'some: notes\n',
  'charts/cache/Chart.yaml': 'apiVersion: v2\nname: cache\nversion: 1.0.0\n',
  'clusters/sync.yaml': flux('prod', './apps/prod'),
  'clusters/beside.yaml': 'some: notes\n',
  'outside/kustomization.yaml': 'resources: [late.yaml]\n',
  'outside/late.yaml': deployment('late', 'nginx:1'),
}

function flux(name: string, path: string, more = ''): string {
  return `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: infra, namespace: flux-system}
spec: {url: 'URL', ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: ${name}, namespace: flux-system}
spec: {path: ${path}, prune: true, interval: 10m, sourceRef: {kind: GitRepository, name: infra}${more}}
`
}

function variables(apiVersion: string, tag: number): string {
  return `apiVersion: ${apiVersion}
kind: ConfigMap
metadata: {name: vars, namespace: flux-system}
data: {tag: "${tag}"}
`
}

function where(prefix: string): string {
  return `- {op: add, path: /spec/namePrefix, value: ${prefix}}\n`
}

function transformer(file: string): string {
  return `apiVersion: builtin
kind: PatchTransformer
metadata: {name: renaming}
target: {kind: Deployment}
options: {allowNameChange: true}
path: ${file}
`
}

function rename(name: string): string {
  return `- {op: replace, path: /metadata/name, value: ${name}}\n`
}

/** What each commit does to the one before it. Nothing of them changes a name that the next one's text would give away. */
const COMMITS: Readonly<Record<string, Files>> = {
  'a plain manifest without a name gets one': {
    'apps/plain/notes.yaml': deployment('notes', 'nginx:1', 'shop'),
  },
  'a manifest moves': {
    'apps/plain/notes.yaml': null,
    'apps/plain/notes-2.yaml': deployment('notes', 'nginx:1', 'shop'),
  },
  'a manifest has another content': { 'apps/base/web.yaml': deployment('web', 'nginx:2') },
  'a manifest has another name': { 'apps/base/web.yaml': deployment('web-2', 'nginx:2') },
  'a kustomization adds a prefix': {
    'apps/prod/kustomization.yaml': 'namespace: shop\nnamePrefix: new-\nresources: [../base]\n',
  },
  'a kustomization reaches another folder': {
    'apps/prod/kustomization.yaml': 'namespace: shop\nresources: [../base, ../../outside]\n',
  },
  'a kustomization reaches it no more': {
    'apps/prod/kustomization.yaml': 'namespace: shop\nresources: [../base]\n',
  },
  'a second kustomization makes the same': {
    'apps/copy/kustomization.yaml': 'namespace: shop\nresources: [../base]\n',
  },
  'it is removed again': { 'apps/copy/kustomization.yaml': null },
  'a plain manifest becomes one of a kustomization': {
    'apps/plain/kustomization.yaml': 'namePrefix: my-\nresources: [api.yaml]\n',
  },
  'it is plain again': { 'apps/plain/kustomization.yaml': null },
  'an engine gives the root a name prefix': {
    'clusters/sync.yaml': flux('prod', './apps/prod', ', namePrefix: flux-'),
  },
  'it gives another one': { 'clusters/sync.yaml': flux('prod', './apps/prod', ', namePrefix: eu-') },
  'it asks for variables that are not there': {
    'clusters/sync.yaml': flux(
      'prod',
      './apps/prod',
      ', postBuild: {substituteFrom: [{kind: ConfigMap, name: vars, optional: true}]}',
    ),
    'clusters/beside.yaml': variables('example/v1', 3),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Flux
    'apps/base/web.yaml': deployment('web-2', 'nginx:${tag:=none}'),
  },
  'they come to stand beside it': { 'clusters/beside.yaml': variables('v1', 3) },
  'a variable changes': { 'clusters/beside.yaml': variables('v1', 4) },
  'a folder becomes a link': {
    'apps/base/web.yaml': null,
    'apps/base/kustomization.yaml': 'resources: [linked]\n',
    'apps/base/linked': { link: '../../outside' },
  },
  'the engine is gone': { 'clusters/sync.yaml': null },
  'an engine comes out of a kustomization': {
    'fleet/sync.yaml': flux('fleet', './apps/prod'),
    'fleet/orders/where.yaml': where('a-'),
    'fleet/kustomization.yaml':
      'resources: [sync.yaml]\npatches: [{path: orders/where.yaml, target: {kind: Kustomization}}]\n',
  },
  'a patch there says another prefix': { 'fleet/orders/where.yaml': where('b-') },
  'a transformer reads a file': {
    'apps/prod/kustomization.yaml':
      'namespace: shop\nresources: [../base]\ntransformers: [transformer.yaml]\n',
    'apps/prod/transformer.yaml': transformer('one.yaml'),
    'apps/prod/one.yaml': rename('one'),
    'apps/prod/two.yaml': rename('two'),
  },
  'it reads another': { 'apps/prod/transformer.yaml': transformer('two.yaml') },
  'the other says something else': { 'apps/prod/two.yaml': rename('three') },
}

const TARGETS = [
  ...[
    'web',
    'web-2',
    'new-web-2',
    'late',
    'api',
    'my-api',
    'notes',
    'flux-late',
    'eu-late',
    'a-late',
    'b-late',
  ],
  ...['flux-web-2', 'eu-web-2', 'one', 'two', 'three'],
].map((name) => deploymentRef(name))

/** What a trace tells of a target, as text. */
async function told(manifests: Manifests, target: TargetRef, commit: string): Promise<string> {
  try {
    const traced = await manifests.trace(target, commit)
    const engines = await manifests.engines(traced)
    return JSON.stringify([traced, engines.map(({ key, root }) => [key, root])])
  } catch (error) {
    if (error instanceof OperatorError) return `${error.code}: ${error.message}`
    throw error
  }
}

test('what is remembered of earlier commits never shows at a later one', async () => {
  const { manifests, person, spec } = await opened(server, {}, renderer)
  const stateFolder = await temporaryFolder()
  const forgetful = () => openManifests(spec, { stateFolder, inherited: process.env, identity, renderer })
  const expected = new Map<string, readonly string[]>()
  for (const [what, files] of Object.entries({ 'the first commit': REPOSITORY, ...COMMITS })) {
    const commit = await person.commit(withUrl(files, spec.url))
    await manifests.fetch()
    const fresh = await forgetful()
    await fresh.fetch()
    const answers = await allTold(fresh, commit)
    expected.set(commit, answers)
    assert.deepEqual(await allTold(manifests, commit), answers, what)
  }
  for (const [commit, answers] of [...expected].toReversed())
    assert.deepEqual(await allTold(manifests, commit), answers, 'going back')
  const states = new Set([...expected].map(([commit, answers]) => answers.join('\n').replaceAll(commit, '')))
  assert.equal(
    states.size,
    expected.size - 3,
    'all commits differ for a trace, but for the three that undo one',
  )
})

async function allTold(manifests: Manifests, commit: string): Promise<readonly string[]> {
  const answers: string[] = []
  for (const target of TARGETS) answers.push(`${target.name} ${await told(manifests, target, commit)}`)
  return answers
}

function withUrl(files: Files, url: string): Files {
  return Object.fromEntries(
    Object.entries(files).map(([path, content]) => [
      path,
      typeof content === 'string' ? content.replace('URL', url || 'https://git.example/none') : content,
    ]),
  )
}

test('traces that begin at once answer as those one after the other', async () => {
  const { manifests, tip } = await opened(server, withUrl(REPOSITORY, ''), renderer)
  const atOnce = await Promise.all(TARGETS.map((target) => told(manifests, target, tip)))
  for (const [i, target] of TARGETS.entries()) assert.equal(await told(manifests, target, tip), atOnce[i])
})

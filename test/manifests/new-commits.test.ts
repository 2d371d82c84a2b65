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

/** What each commit does to the one before it. Nothing of them changes a name that the next one's text would give away. */
const COMMITS: Readonly<Record<string, Files>> = {
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
  'a plain manifest without a name gets one': {
    'apps/plain/notes.yaml': deployment('notes', 'nginx:1', 'shop'),
  },
  'an engine gives the root a name prefix': {
    'clusters/sync.yaml': flux('prod', './apps/prod', ', namePrefix: flux-'),
  },
  'it gives another one': { 'clusters/sync.yaml': flux('prod', './apps/prod', ', namePrefix: eu-') },
  'its variables come to stand beside it': {
    'clusters/sync.yaml': flux(
      'prod',
      './apps/prod',
      ', postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}]}',
    ),
    'clusters/beside.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars, namespace: flux-system}\ndata: {tag: "3"}\n',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Flux
    'apps/base/web.yaml': deployment('web-2', 'nginx:${tag}'),
  },
  'a variable changes': {
    'clusters/beside.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars, namespace: flux-system}\ndata: {tag: "4"}\n',
  },
  'a folder becomes a link': {
    'apps/base/web.yaml': null,
    'apps/base/kustomization.yaml': 'resources: [linked]\n',
    'apps/base/linked': { link: '../../outside' },
  },
  'the engine is gone': { 'clusters/sync.yaml': null },
}

const TARGETS = ['web', 'web-2', 'new-web-2', 'late', 'api', 'my-api', 'notes', 'flux-web-2', 'eu-web-2'].map(
  (name) => deploymentRef(name),
)

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
  const { manifests, person, spec, tip } = await opened(server, withUrl(REPOSITORY, ''), renderer)
  const seen = new Set<string>()
  const compare = async (what: string, commit: string) => {
    const stateFolder = await temporaryFolder()
    const fresh = await openManifests(spec, { stateFolder, inherited: process.env, identity, renderer })
    await fresh.fetch()
    const answers: string[] = []
    for (const target of TARGETS) {
      const [expected, actual] = [await told(fresh, target, commit), await told(manifests, target, commit)]
      assert.equal(actual, expected, `${what}: ${target.name}`)
      answers.push(expected.replaceAll(commit, ''))
    }
    const state = answers.join('\n')
    return { isNew: !seen.has(state) && seen.add(state) !== undefined }
  }
  const commits = [tip]
  await compare('the first commit', tip)
  for (const [what, files] of Object.entries(COMMITS)) {
    commits.push(await person.commit(withUrl(files, spec.url)))
    const commit = await manifests.fetch()
    await compare(what, commit)
  }
  for (const commit of commits.toReversed()) await compare('going back', commit)
  assert.ok(seen.size > 10, `the commits differ for a trace: ${seen.size} states`)
})

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

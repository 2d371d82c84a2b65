import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldChange } from '#src/domain/change.ts'
import type { ErrorCode } from '#src/domain/errors.ts'
import { type Files, gitServer } from './git-fixture.ts'
import { deployment, deploymentRef, kustomizeBinary, opened } from './manifests-fixture.ts'

const server = await gitServer()
const kustomize = await kustomizeBinary()
const CONTAINER = 'spec.template.spec.containers[name=web]'
const IMAGE = `${CONTAINER}.image`
const setImage = (value: string): FieldChange => ({ op: 'set', field: IMAGE, value })
const prod = 'apps/web/overlays/prod/kustomization.yaml'

/** A base with an overlay for each environment, as far as `overlay` says. */
function baseAndProd(overlay: string, more: Files = {}): Files {
  return {
    'apps/web/base/kustomization.yaml': 'resources:\n- web.yaml\n',
    'apps/web/base/web.yaml': deployment('web', 'nginx:1.0'),
    [prod]: `namespace: shop\nresources:\n- ../../base\n${overlay}`,
    ...more,
  }
}

const withDev: Files = {
  'apps/web/overlays/dev/kustomization.yaml': 'namespace: dev\nresources:\n- ../../base\n',
}

interface Case {
  readonly files: Files
  readonly change: FieldChange
  readonly target?: string
  /** `file:line`, and the lines that the diff must add. */
  readonly at: string
  readonly adds: readonly string[]
}

const EDITS: Readonly<Record<string, Case>> = {
  'the tag of an images entry': {
    files: baseAndProd('images:\n- name: nginx\n  newTag: "1.9-broken" # prod\n', withDev),
    change: setImage('nginx:1.8'),
    at: `${prod}:6`,
    adds: ['  newTag: "1.8" # prod'],
  },
  'name and tag of an images entry': {
    files: baseAndProd('images:\n- name: nginx\n  newName: mirror/nginx\n  newTag: v1\n'),
    change: setImage('ghcr.io/team/nginx:v2'),
    at: `${prod}:6`,
    adds: ['  newName: ghcr.io/team/nginx', '  newTag: v2'],
  },
  'a digest in an images entry takes the place of the tag': {
    files: baseAndProd('images:\n- name: nginx\n  newTag: v1\n'),
    change: setImage(`nginx@sha256:${'a'.repeat(64)}`),
    at: `${prod}:6`,
    adds: [`  digest: sha256:${'a'.repeat(64)}`],
  },
  'the manifest of a base that only one root reaches': {
    files: baseAndProd(''),
    change: setImage('nginx:1.1'),
    at: 'apps/web/base/web.yaml:14',
    adds: ['          image: nginx:1.1 # the image'],
  },
  'a strategic merge patch that sets the field': {
    files: baseAndProd('patches:\n- path: image.yaml\n', {
      ...withDev,
      'apps/web/overlays/prod/image.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n        image: nginx:bad # why\n',
    }),
    change: setImage('nginx:1.1'),
    at: 'apps/web/overlays/prod/image.yaml:10',
    adds: ['        image: nginx:1.1 # why'],
  },
  'an inline patch': {
    files: baseAndProd(
      'patches:\n- target:\n    kind: Deployment\n  patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata:\n      name: web\n    spec:\n      template:\n        spec:\n          containers:\n          - name: web\n            image: nginx:bad # why\n',
      withDev,
    ),
    change: setImage('nginx:1.1'),
    at: `${prod}:17`,
    adds: ['            image: nginx:1.1 # why'],
  },
  'an operation of a JSON patch file': {
    files: baseAndProd('patches:\n- path: image.json\n  target: {kind: Deployment}\n', {
      ...withDev,
      'apps/web/overlays/prod/image.json':
        '[\n  {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "nginx:bad"}\n]\n',
    }),
    change: setImage('nginx:1.1'),
    at: 'apps/web/overlays/prod/image.json:2',
    adds: ['  {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "nginx:1.1"}'],
  },
  'an operation of an inline JSON patch': {
    files: baseAndProd(
      'patches:\n- target: {kind: Deployment}\n  patch: |\n    - op: replace\n      path: /spec/template/spec/containers/0/image\n      value: nginx:bad\n',
      withDev,
    ),
    change: setImage('nginx:1.1'),
    at: `${prod}:9`,
    adds: ['      value: nginx:1.1'],
  },
  'a field that an overlay patch can take, because its base is shared': {
    files: baseAndProd('patches:\n- path: env.yaml\n', {
      ...withDev,
      'apps/web/overlays/prod/env.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n        env:\n        - name: COLOR\n          value: red\n',
    }),
    change: { op: 'set', field: `${CONTAINER}.command`, value: ['serve'] },
    at: 'apps/web/overlays/prod/env.yaml:10',
    adds: ['        command:', '        - serve'],
  },
  'the overlay where another one shares the base': {
    files: baseAndProd('', withDev),
    change: setImage('nginx:1.1'),
    at: `${prod}:4`,
    adds: ['images:', '- name: nginx', '  newTag: "1.1"'],
  },
  'the overlay where a kustomization outside the configured paths shares the base': {
    files: baseAndProd('', { 'elsewhere/kustomization.yaml': 'resources:\n- ../apps/web/base\n' }),
    change: setImage('nginx:1.1'),
    at: `${prod}:4`,
    adds: ['images:', '- name: nginx', '  newTag: "1.1"'],
  },
  'a target whose name is made by a prefix and a suffix': {
    files: baseAndProd('namePrefix: prod-\nnameSuffix: -v2\n'),
    target: 'prod-web-v2',
    change: { op: 'set', field: `${CONTAINER}.env[name=COLOR].value`, value: 'green' },
    at: 'apps/web/base/web.yaml:17',
    adds: ['              value: green'],
  },
  'a removal from the patch that set the field': {
    files: baseAndProd('patches:\n- path: command.yaml\n', {
      ...withDev,
      'apps/web/overlays/prod/command.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n        command: [oops]\n        args: [x]\n',
    }),
    change: { op: 'remove', field: `${CONTAINER}.command` },
    at: 'apps/web/overlays/prod/command.yaml:10',
    adds: [],
  },
  'a field behind a component and generators with hash suffixes': {
    files: baseAndProd(
      'components:\n- ../../../parts\nconfigMapGenerator:\n- name: conf\n  literals: [a=b]\n',
      {
        'apps/parts/kustomization.yaml':
          'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages:\n- name: nginx\n  newTag: from-component\n',
      },
    ),
    change: setImage('nginx:1.1'),
    at: 'apps/parts/kustomization.yaml:5',
    adds: ['  newTag: "1.1"'],
  },
}

for (const [title, { files, change, at, adds, target = 'web' }] of Object.entries(EDITS)) {
  test(`edits ${title}`, async () => {
    const { manifests, tip } = await opened(server, files, kustomize)
    const traced = await manifests.trace(deploymentRef(target), tip)
    assert.equal(traced.source.root, 'apps/web/overlays/prod')
    const { edits, diff } = await manifests.edit(traced, deploymentRef(target), [change])
    assert.deepEqual(
      edits.map(({ file, line }) => `${file}:${line}`),
      [at],
    )
    const added = diff.split('\n').filter((line) => line.startsWith('+') && !line.startsWith('+++'))
    assert.deepEqual(
      added.map((line) => line.slice(1)),
      adds,
    )
  })
}

const REFUSALS: Readonly<
  Record<string, readonly [files: Files, change: FieldChange, code: ErrorCode, why: RegExp]>
> = {
  'an images entry that feeds two workloads': [
    baseAndProd('- api.yaml\nimages:\n- name: nginx\n  newTag: bad\n', {
      'apps/web/overlays/prod/api.yaml': deployment('api', 'nginx:1.0'),
    }),
    setImage('nginx:1.1'),
    'BlastRadius',
    /Deployment\.apps shop\/api/,
  ],
  'a field that only kustomize writes': [
    baseAndProd('labels:\n- pairs: {team: a}\n  includeTemplates: true\n'),
    { op: 'set', field: 'spec.template.metadata.labels.team', value: 'b' },
    'ProofFailed',
    /team/,
  ],
}

for (const [title, [files, change, code, why]] of Object.entries(REFUSALS)) {
  test(`refuses ${title}`, async () => {
    const { manifests, tip } = await opened(server, files, kustomize)
    const traced = await manifests.trace(deploymentRef('web'), tip)
    await assert.rejects(manifests.edit(traced, deploymentRef('web'), [change]), { code, message: why })
  })
}

test('one target rendered by two roots is ambiguous, a broken root beside it is not', async () => {
  const files = baseAndProd('', {
    'apps/copy/kustomization.yaml': 'namespace: shop\nresources:\n- ../web/base\n',
    'apps/broken/kustomization.yaml': 'resources:\n- web.yaml\n',
  })
  const { manifests, tip, person } = await opened(server, files, kustomize)
  await assert.rejects(manifests.trace(deploymentRef('web'), tip), {
    code: 'AmbiguousSource',
    message: /apps\/copy.*overlays\/prod/,
  })
  await person.commit({ 'apps/copy/kustomization.yaml': null })
  const traced = await manifests.trace(deploymentRef('web'), await manifests.fetch())
  assert.equal(traced.source.root, 'apps/web/overlays/prod')
  await assert.rejects(manifests.trace(deploymentRef('gone'), await manifests.fetch()), {
    code: 'RenderFailed',
    message: /web\.yaml.*does not exist/,
  })
})

test('history builds each commit, and a commit that cannot be built has no state', async () => {
  const { manifests, person } = await opened(
    server,
    baseAndProd('images:\n- name: nginx\n  newTag: v1\n'),
    kustomize,
  )
  await person.commit({ [prod]: 'resources: [nowhere]\n' }, 'Break')
  await person.commit(
    { [prod]: 'namespace: shop\nresources:\n- ../../base\nimages:\n- name: nginx\n  newTag: v2\n' },
    'Repair',
  )
  await person.commit({ 'README.md': 'x' }, 'Elsewhere')
  const history = await manifests.history(
    await manifests.trace(deploymentRef('web'), await manifests.fetch()),
    9,
  )
  const images = history.map(({ subject, rendered }) => [
    subject,
    /nginx:v\d/.exec(JSON.stringify(rendered) ?? '')?.[0],
  ])
  assert.deepEqual(images, [
    ['Repair', 'nginx:v2'],
    ['Break', undefined],
    ['First', 'nginx:v1'],
  ])
})

test('without a renderer plain manifests still work, and a kustomization says what is missing', async () => {
  const files = { ...baseAndProd(''), 'apps/plain.yaml': deployment('plain', 'a:1', 'shop') }
  const { manifests, tip } = await opened(server, files, '/nonexistent/kustomize')
  assert.equal((await manifests.trace(deploymentRef('plain'), tip)).source.root, 'apps')
  await assert.rejects(manifests.trace(deploymentRef('web'), tip), { code: 'RendererMissing' })
})

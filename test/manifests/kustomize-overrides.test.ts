import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import type { Json } from '#src/domain/json.ts'
import { asJson } from '#src/domain/kube-object.ts'
import type { KustomizeOverrides } from '#src/domain/root.ts'
import {
  overriddenKustomization,
  plainResources,
  withCommonMetadata,
} from '#src/manifests/kustomize/kustomize-overrides.ts'
import type { Files } from './git-fixture.ts'
import { checkout } from './kustomize-fixture.ts'
import { deployment } from './manifests-fixture.ts'

const site = {
  object: {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    namespace: 'flux-system',
    name: 'apps',
  },
  field: 'spec',
}
const files: Files = { 'apps/web.yaml': deployment('web', 'nginx:1.0') }
const OWN =
  'resources: [web.yaml]\nnamePrefix: own-\nimages:\n- {name: nginx, newName: mirror/nginx, newTag: own}\n'
const IMAGE = 'spec.template.spec.containers[name=web].image'

interface Case {
  readonly own?: string
  readonly overrides: Omit<KustomizeOverrides, 'site'>
  readonly more?: Files
  /** Fields of the one Deployment. */
  readonly is: Readonly<Record<string, Json | undefined>>
}

const CASES: Readonly<Record<string, Case>> = {
  'namespace, prefix and suffix take the place of its own': {
    own: OWN,
    overrides: { namespace: 'shop', namePrefix: 'engine-', nameSuffix: '-x' },
    is: { 'metadata.name': 'engine-web-x', 'metadata.namespace': 'shop' },
  },
  'an image takes the place of the entry of its name as a whole': {
    own: OWN,
    overrides: {
      images: [
        { name: 'nginx', newTag: 'engine' },
        { name: 'other', newTag: 'x' },
      ],
    },
    is: { [IMAGE]: 'nginx:engine' },
  },
  'replicas by name': {
    own: `${OWN}replicas: [{name: web, count: 2}]\n`,
    overrides: { replicas: [{ name: 'web', count: 7 }] },
    is: { 'spec.replicas': 7 },
  },
  'patches behind its own, as text and as a mapping': {
    own: `${OWN}patches:\n- target: {kind: Deployment}\n  patch: '[{"op": "add", "path": "/spec/replicas", "value": 2}]'\n`,
    overrides: {
      patches: [
        { target: { kind: 'Deployment' }, patch: '- op: replace\n  path: /spec/replicas\n  value: 8\n' },
        {
          target: { kind: 'Deployment' },
          patch: {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata: { name: 'any' },
            spec: { paused: true },
          },
        },
      ],
    },
    is: { 'spec.replicas': 8, 'spec.paused': true },
  },
  components: {
    own: OWN,
    overrides: { components: ['../part'] },
    more: {
      'part/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- target: {kind: Deployment}\n  patch: \'[{"op": "add", "path": "/spec/replicas", "value": 6}]\'\n',
    },
    is: { 'spec.replicas': 6 },
  },
  'labels and annotations on metadata alone': {
    own: `${OWN}commonLabels: {team: own}\n`,
    overrides: { labels: { team: 'engine' }, annotations: { owner: 'engine' } },
    is: {
      'metadata.labels.team': 'engine',
      'metadata.annotations.owner': 'engine',
      'spec.template.metadata.labels.team': 'own',
      'spec.template.metadata.annotations': undefined,
    },
  },
  'common labels and annotations wherever kustomize puts such': {
    own: OWN,
    overrides: { commonLabels: { team: 'engine' }, commonAnnotations: { owner: 'engine' } },
    is: {
      'spec.selector.matchLabels.team': 'engine',
      'spec.template.metadata.annotations.owner': 'engine',
    },
  },
  'a folder without a kustomization is one of all its files': {
    overrides: { namespace: 'shop', images: [{ name: 'nginx', newTag: 'engine' }] },
    is: { 'metadata.namespace': 'shop', [IMAGE]: 'nginx:engine' },
  },
}

for (const [title, { own, overrides, more = {}, is }] of Object.entries(CASES)) {
  test(`an engine adds ${title}`, async () => {
    const plain = plainResources(Object.keys(files), 'apps')
    const text = overriddenKustomization(own, plain, { site, ...overrides })
    const { render } = await checkout({ ...files, ...more, 'apps/kustomization.yaml': text })
    const [built] = await render('apps')
    assert.ok(built)
    const object = withCommonMetadata(built, { site, ...overrides })
    for (const [field, value] of Object.entries(is))
      assert.deepEqual(valueAt(asJson(object), parseFieldPath(field)), value, field)
  })
}

test('plain files are taken recursively, folders with a kustomization as a whole', () => {
  const paths = [
    'apps/a.yaml',
    'apps/b.yml',
    'apps/c.json',
    'apps/x/d.yaml',
    'apps/y/kustomization.yml',
    'apps/y/e.yaml',
  ]
  const deep = ['apps/y/z/kustomization.yaml', 'apps/y/z/f.yaml', 'other/g.yaml', 'apps/README.md']
  assert.deepEqual(plainResources([...paths, ...deep], 'apps'), ['./a.yaml', './b.yml', './x/d.yaml', './y'])
  assert.deepEqual(plainResources(['a.yaml', 'x/b.yaml'], ''), ['./a.yaml', './x/b.yaml'])
})

test('a kustomization that is no mapping is refused', () => {
  assert.throws(() => overriddenKustomization('- a\n', [], { site }), { code: 'RenderFailed' })
})

test('a patch of an engine names no file elsewhere', () => {
  for (const path of ['https://example.com/p.yaml', '/etc/passwd', 'git@example.com:a/b'])
    assert.throws(
      () => overriddenKustomization('', [], { site, patches: [{ path }] }),
      { code: 'RenderFailed' },
      path,
    )
})

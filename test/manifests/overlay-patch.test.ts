import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldChange } from '#src/domain/change.ts'
import type { TargetRef } from '#src/domain/target.ts'
import type { Files } from './git-fixture.ts'
import { checkout } from './kustomize-fixture.ts'
import { deployment, deploymentRef } from './manifests-fixture.ts'

const CONTAINER = 'spec.template.spec.containers[name=web]'
const K = 'prod/kustomization.yaml'
const set = (field: string, value: Extract<FieldChange, { op: 'set' }>['value']): FieldChange => ({
  op: 'set',
  field,
  value,
})
const web = deployment('web', 'nginx:1.0')

/** A base that two overlays share. */
const shared = (text: string, more: Files = {}): Files => ({
  'base/kustomization.yaml': 'resources: [web.yaml]\n',
  'base/web.yaml': web,
  'dev/kustomization.yaml': 'namespace: dev\nresources: [../base]\n',
  [K]: `namespace: shop\nresources:\n- ../base\n${text}`,
  ...more,
})
const command = set(`${CONTAINER}.command`, ['serve', '--fast'])
const mergePatch = (body: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  ${body}\n`

interface Case {
  readonly files: Files
  readonly change: FieldChange
  readonly target?: TargetRef
  /** Per changed file, the lines that come. */
  readonly adds: Readonly<Record<string, string>>
}

const NEW_COMMAND = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: web
          command:
            - serve
            - --fast
`

const CASES: Readonly<Record<string, Case>> = {
  'an image as an images entry of its own': {
    files: shared(''),
    change: set(`${CONTAINER}.image`, 'nginx:2.0'),
    adds: { [K]: 'images:\n- name: nginx\n  newTag: "2.0"' },
  },
  'an image from elsewhere by digest, behind other entries': {
    files: shared('images:\n- name: other\n  newTag: v1\n'),
    change: set(`${CONTAINER}.image`, `mirror/nginx@sha256:${'b'.repeat(64)}`),
    adds: { [K]: `- name: nginx\n  newName: mirror/nginx\n  digest: sha256:${'b'.repeat(64)}` },
  },
  'replicas as a replicas entry, by the name before the prefix': {
    files: shared('namePrefix: live-\n'),
    target: deploymentRef('live-web'),
    change: set('spec.replicas', 4),
    adds: { [K]: 'replicas:\n- name: web\n  count: 4' },
  },
  'a field in a patch that is aimed at the object already': {
    files: shared('patches:\n- path: web.yaml\n', { 'prod/web.yaml': mergePatch('replicas: 2') }),
    change: command,
    adds: {
      'prod/web.yaml':
        '  template:\n    spec:\n      containers:\n        - name: web\n          command:\n            - serve\n            - --fast',
    },
  },
  'a field in a new file beside the other patches, named like them': {
    files: shared('patches:\n- path: patches/patch-svc.yaml\n', {
      'base/kustomization.yaml': 'resources: [web.yaml, svc.yaml]\n',
      'base/svc.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: svc}\nspec: {ports: [{port: 80}]}\n',
      'prod/patches/patch-svc.yaml':
        'apiVersion: v1\nkind: Service\nmetadata: {name: svc}\nspec: {type: NodePort}\n',
    }),
    change: command,
    adds: { [K]: '- path: patches/patch-web.yaml', 'prod/patches/patch-web.yaml': NEW_COMMAND },
  },
  'patchesStrategicMerge where the kustomization has only that': {
    files: shared('patchesStrategicMerge:\n- svc-patch.yml\n', {
      'base/kustomization.yaml': 'resources: [web.yaml, svc.yaml]\n',
      'base/svc.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: svc}\nspec: {ports: [{port: 80}]}\n',
      'prod/svc-patch.yml': 'apiVersion: v1\nkind: Service\nmetadata: {name: svc}\nspec: {type: NodePort}\n',
    }),
    change: command,
    adds: { [K]: '- web-patch.yml', 'prod/web-patch.yml': NEW_COMMAND },
  },
  'an inline patch where there is no other one': {
    files: shared(''),
    change: command,
    adds: {
      [K]: `patches:\n- target:\n    kind: Deployment\n    name: web\n  patch: |-\n    ${NEW_COMMAND.trim().replaceAll('\n', '\n    ')}`,
    },
  },
  'a namespace of the manifest in the head of a patch file': {
    files: {
      ...shared('patches:\n- path: svc-patch.yaml\n', {
        'base/kustomization.yaml': 'resources: [web.yaml, svc.yaml]\n',
        'base/svc.yaml':
          'apiVersion: v1\nkind: Service\nmetadata: {name: svc}\nspec: {ports: [{port: 80}]}\n',
        'prod/svc-patch.yaml':
          'apiVersion: v1\nkind: Service\nmetadata: {name: svc}\nspec: {type: NodePort}\n',
        'base/web.yaml': deployment('web', 'nginx:1.0', 'origin'),
      }),
    },
    change: command,
    adds: {
      [K]: '- path: web-patch.yaml',
      'prod/web-patch.yaml': NEW_COMMAND.replace(
        '  name: web\nspec',
        '  name: web\n  namespace: origin\nspec',
      ),
    },
  },
  'a removal as null': {
    files: shared('patches:\n- path: web.yaml\n', { 'prod/web.yaml': mergePatch('replicas: 2') }),
    change: { op: 'remove', field: `${CONTAINER}.env` },
    adds: {
      'prod/web.yaml': '  template:\n    spec:\n      containers:\n        - name: web\n          env: null',
    },
  },
  'the removal of a list item as a directive': {
    files: shared('patches:\n- path: web.yaml\n', {
      'prod/web.yaml': mergePatch('replicas: 2'),
      'base/web.yaml': web.replace(
        '          env:\n',
        '          env:\n            - name: SIZE\n              value: big\n',
      ),
    }),
    change: { op: 'remove', field: `${CONTAINER}.env[name=COLOR]` },
    adds: {
      'prod/web.yaml':
        '  template:\n    spec:\n      containers:\n        - name: web\n          env:\n            - name: COLOR\n              $patch: delete',
    },
  },
  'an operation for a list of a custom resource': {
    files: {
      'base/kustomization.yaml': 'resources: [t.yaml]\n',
      'base/t.yaml':
        'apiVersion: example.com/v1\nkind: Tenant\nmetadata: {name: t}\nspec:\n  pools: [{name: a, size: 1}, {name: b, size: 2}]\n',
      'dev/kustomization.yaml': 'namespace: dev\nresources: [../base]\n',
      [K]: 'namespace: shop\nresources:\n- ../base\n',
    },
    target: { apiVersion: 'example.com/v1', kind: 'Tenant', namespace: 'shop', name: 't' },
    change: set('spec.pools[name=b].size', 5),
    adds: {
      [K]: 'patches:\n- target:\n    group: example.com\n    version: v1\n    kind: Tenant\n    name: t\n  patch: |-\n    - op: replace\n      path: /spec/pools/1/size\n      value: 5',
    },
  },
}

for (const [title, { files, change, adds, target = deploymentRef('web') }] of Object.entries(CASES)) {
  test(`writes ${title}`, async () => {
    const { lines, radius } = await (await checkout(files)).edit(target, [change], 'overlay')
    const came = Object.entries(lines).map(([path, each]) => [
      path,
      each
        .filter((line) => line !== '-')
        .map((line) => line.replace(/^\+/, ''))
        .join('\n'),
    ])
    const wanted = Object.entries(adds).map(([path, text]) => [path, text.replace(/\n$/, '')])
    assert.deepEqual(
      Object.fromEntries(came.map(([path, text]) => [path, String(text).replace(/\n$/, '')])),
      Object.fromEntries(wanted),
    )
    assert.deepEqual(radius, [])
  })
}

test('without consent to an overlay patch a shared base is refused and says whom it feeds', async () => {
  const { edit } = await checkout(shared(''))
  await assert.rejects(edit(deploymentRef('web'), [command]), {
    code: 'BlastRadius',
    message: /Deployment\.apps dev\/web \(dev\)/,
  })
})

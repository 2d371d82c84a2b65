import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldChange } from '#src/domain/change.ts'
import type { TargetRef } from '#src/domain/target.ts'
import type { Files } from './git-fixture.ts'
import { checkout } from './kustomize-fixture.ts'
import { deployment, deploymentRef } from './manifests-fixture.ts'

const CONTAINER = 'spec.template.spec.containers[name=web]'
const IMAGE = `${CONTAINER}.image`
const COLOR = `${CONTAINER}.env[name=COLOR].value`
const DIGEST = `sha256:${'a'.repeat(64)}`
const set = (field: string, value: Extract<FieldChange, { op: 'set' }>['value']): FieldChange => ({
  op: 'set',
  field,
  value,
})
const remove = (field: string): FieldChange => ({ op: 'remove', field })

const web = deployment('web', 'nginx:1.0')
const base = { 'base/kustomization.yaml': 'resources: [web.yaml]\n', 'base/web.yaml': web }
/** Another overlay, so that the base is shared. */
const dev = { 'dev/kustomization.yaml': 'namespace: dev\nresources: [../base]\n' }
const K = 'prod/kustomization.yaml'
const prod = (text: string, more: Files = {}): Files => ({
  ...base,
  ...dev,
  [K]: `namespace: shop\nresources: [../base]\n${text}`,
  ...more,
})
const patchHead = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n'
const envPatch = `${patchHead}spec:\n  template:\n    spec:\n      containers:\n      - name: web\n        env:\n        - name: COLOR\n          value: red\n`

interface Case {
  readonly files: Files
  readonly change: FieldChange
  readonly target?: TargetRef
  /** `file:line`. */
  readonly at: string
  readonly lines: readonly string[]
}

const CASES: Readonly<Record<string, Case>> = {
  'an images entry without a tag gets one': {
    files: prod('images:\n- name: nginx\n  newName: mirror/nginx\n'),
    change: set(IMAGE, 'mirror/nginx:2.0'),
    at: `${K}:6`,
    lines: ['+  newTag: "2.0"'],
  },
  'a tag takes the place of a digest': {
    files: prod(`images:\n- name: nginx\n  digest: ${DIGEST}\n`),
    change: set(IMAGE, 'nginx:v2'),
    at: `${K}:5`,
    lines: [`-  digest: ${DIGEST}`, '+  newTag: v2'],
  },
  'a tag suffix changes where the tag only differs in it': {
    files: prod('images:\n- name: nginx\n  tagSuffix: -bad\n'),
    change: set(IMAGE, 'nginx:1.0-good-good'),
    at: `${K}:5`,
    lines: ['-  tagSuffix: -bad', '+  tagSuffix: -good'],
  },
  'a tag suffix gives way to a whole tag': {
    files: prod('images:\n- name: nginx\n  tagSuffix: -bad\n'),
    change: set(IMAGE, 'nginx:v2'),
    at: `${K}:5`,
    lines: ['-  tagSuffix: -bad', '+  newTag: v2'],
  },
  'an images entry that names images by a pattern': {
    files: prod('images:\n- name: ngi.*\n  newTag: bad\n'),
    change: set(IMAGE, 'nginx:v2'),
    at: `${K}:5`,
    lines: ['-  newTag: bad', '+  newTag: v2'],
  },
  'the outer of two images entries in a chain': {
    files: prod('images:\n- name: mirror/nginx\n  newTag: bad\n', {
      'base/kustomization.yaml':
        'resources: [web.yaml]\nimages: [{name: nginx, newName: mirror/nginx, newTag: v1}]\n',
    }),
    change: set(IMAGE, 'mirror/nginx:v2'),
    at: `${K}:5`,
    lines: ['-  newTag: bad', '+  newTag: v2'],
  },
  'the image of a whole container that is set': {
    files: prod('images:\n- name: nginx\n  newTag: bad\n'),
    change: set(CONTAINER, { name: 'web', image: 'nginx:v2', env: [{ name: 'COLOR', value: 'blue' }] }),
    at: `${K}:5`,
    lines: ['-  newTag: bad', '+  newTag: v2'],
  },
  'a replicas entry by the name in the base': {
    files: prod('namePrefix: live-\nreplicas:\n- name: web\n  count: 3\n'),
    target: deploymentRef('live-web'),
    change: set('spec.replicas', 5),
    at: `${K}:6`,
    lines: ['-  count: 3', '+  count: 5'],
  },
  'a replicas entry that goes': {
    files: prod('replicas:\n- name: web\n  count: 3\n'),
    change: remove('spec.replicas'),
    at: `${K}:3`,
    lines: ['-replicas:', '-- name: web', '-  count: 3'],
  },
  'the last of several patches that set the field': {
    files: prod('patches:\n- path: a.yaml\n- path: b.yaml\n', {
      'prod/a.yaml': envPatch,
      'prod/b.yaml': envPatch.replace('red', 'bad'),
    }),
    change: set(COLOR, 'green'),
    at: 'prod/b.yaml:12',
    lines: ['-          value: bad', '+          value: green'],
  },
  'the outermost overlay before the inner one': {
    files: {
      ...prod('patches: [{path: a.yaml}]\n', { 'prod/a.yaml': envPatch }),
      'live/kustomization.yaml': `namespace: live\nresources: [../prod]\npatches:\n- patch: |-\n    ${envPatch.replace('red', 'bad').trim().replaceAll('\n', '\n    ')}\n`,
    },
    target: deploymentRef('web', 'live'),
    change: set(COLOR, 'green'),
    at: 'live/kustomization.yaml:16',
    lines: ['-              value: bad', '+              value: green'],
  },
  'one document of a patch file with several': {
    files: prod('patches: [{path: both.yaml}]\n', {
      'prod/both.yaml': `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: NodePort}\n---\n${envPatch}`,
      'base/kustomization.yaml': 'resources: [web.yaml, service.yaml]\n',
      'base/service.yaml':
        'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n',
    }),
    change: set(COLOR, 'green'),
    at: 'prod/both.yaml:17',
    lines: ['-          value: red', '+          value: green'],
  },
  'a patch aimed by a pattern and labels, whatever name it has itself': {
    files: prod(
      'patches:\n- path: a.yaml\n  target: {kind: Deployment, name: w.*, labelSelector: "tier=front"}\n',
      {
        'prod/a.yaml': envPatch.replace('name: web\n', 'name: any\n'),
        'base/web.yaml': web.replace('  name: web\n', '  name: web\n  labels: {tier: front}\n'),
      },
    ),
    change: set(COLOR, 'green'),
    at: 'prod/a.yaml:12',
    lines: ['-          value: red', '+          value: green'],
  },
  'patchesStrategicMerge, in a file and inline': {
    files: prod(
      `patchesStrategicMerge:\n- a.yaml\n- |-\n  ${envPatch.replace('red', 'bad').trim().replaceAll('\n', '\n  ')}\n`,
      {
        'prod/a.yaml': envPatch,
      },
    ),
    change: set(COLOR, 'green'),
    at: `${K}:17`,
    lines: ['-            value: bad', '+            value: green'],
  },
  patchesJson6902: {
    files: prod(
      'patchesJson6902:\n- target: {group: apps, version: v1, kind: Deployment, name: web}\n  path: ops.yaml\n',
      {
        'prod/ops.yaml':
          '- op: replace\n  path: /spec/template/spec/containers/0/env/0/value\n  value: bad\n',
      },
    ),
    change: set(COLOR, 'green'),
    at: 'prod/ops.yaml:3',
    lines: ['-  value: bad', '+  value: green'],
  },
  'an operation above the field': {
    files: prod(
      'patches:\n- target: {kind: Deployment}\n  patch: |-\n    - op: replace\n      path: /spec/template/spec/containers/0/env\n      value:\n      - name: COLOR\n        value: bad\n',
    ),
    change: set(COLOR, 'green'),
    at: `${K}:10`,
    lines: ['-        value: bad', '+        value: green'],
  },
  'an operation below the field': {
    files: prod(
      'patches:\n- target: {kind: Deployment}\n  patch: |-\n    - op: replace\n      path: /spec/template/spec/containers/0/env/0/value\n      value: bad\n',
    ),
    change: set(`${CONTAINER}.env`, [{ name: 'COLOR', value: 'green' }]),
    at: `${K}:8`,
    lines: ['-      value: bad', '+      value: green'],
  },
  'an operation that appends to a list': {
    files: prod(
      'patches:\n- target: {kind: Deployment}\n  patch: |-\n    - op: add\n      path: /spec/template/spec/containers/0/env/-\n      value: {name: SIZE, value: bad}\n',
    ),
    change: set(`${CONTAINER}.env[name=SIZE].value`, 'big'),
    at: `${K}:8`,
    lines: ['-      value: {name: SIZE, value: bad}', '+      value: {name: SIZE, value: big}'],
  },
  'the operation behind a test of the old value': {
    files: prod(
      'patches:\n- target: {kind: Deployment}\n  patch: |-\n    - op: test\n      path: /spec/template/spec/containers/0/env/0/value\n      value: blue\n    - op: replace\n      path: /spec/template/spec/containers/0/env/0/value\n      value: bad\n',
    ),
    change: set(COLOR, 'green'),
    at: `${K}:11`,
    lines: ['-      value: bad', '+      value: green'],
  },
  'a removal takes out the operation that adds': {
    files: prod(
      'patches:\n- target: {kind: Deployment}\n  patch: |-\n    - op: add\n      path: /spec/replicas\n      value: 2\n    - op: add\n      path: /spec/paused\n      value: true\n',
    ),
    change: remove('spec.paused'),
    at: `${K}:9`,
    lines: ['-    - op: add', '-      path: /spec/paused', '-      value: true'],
  },
  'a removal takes out the patch whose only operation adds': {
    files: prod('patches:\n- path: ops.yaml\n  target: {kind: Deployment}\nbuildMetadata: []\n', {
      'prod/ops.yaml': '- op: add\n  path: /spec/paused\n  value: true\n',
    }),
    change: remove('spec.paused'),
    at: `${K}:3`,
    lines: ['-patches:', '-- path: ops.yaml', '-  target: {kind: Deployment}'],
  },
  'a removal takes a member out of what an operation adds': {
    files: prod(
      'patches:\n- target: {kind: Deployment}\n  patch: |-\n    - op: add\n      path: /spec/strategy\n      value:\n        type: RollingUpdate\n        rollingUpdate: {maxSurge: 9}\n',
    ),
    change: remove('spec.strategy.rollingUpdate'),
    at: `${K}:10`,
    lines: ['-        rollingUpdate: {maxSurge: 9}'],
  },
  'what an operation removes comes back': {
    files: prod(
      'patches:\n- target: {kind: Deployment}\n  patch: |-\n    - op: add\n      path: /spec/paused\n      value: true\n    - op: remove\n      path: /spec/template/spec/containers/0/env\n',
    ),
    change: set(`${CONTAINER}.env`, [{ name: 'COLOR', value: 'blue' }]),
    at: `${K}:9`,
    lines: [
      '-    - op: remove',
      '-      path: /spec/template/spec/containers/0/env',
      '+    - op: add',
      '+      path: /spec/template/spec/containers/0/env',
      '+      value:',
      '+        - name: COLOR',
      '+          value: blue',
    ],
  },
  'a list item that a strategic merge patch deletes comes back': {
    files: prod(
      `patches:\n- patch: |-\n    ${envPatch.replace('value: red', '$patch: delete').trim().replaceAll('\n', '\n    ')}\n`,
    ),
    change: set(`${CONTAINER}.env`, [{ name: 'COLOR', value: 'green' }]),
    at: `${K}:16`,
    lines: ['-              $patch: delete', '+              value: green'],
  },
  'a map that a patch replaces as a whole': {
    files: prod(
      `patches:\n- patch: |-\n    ${patchHead.replaceAll('\n', '\n    ')}spec:\n      strategy:\n        $patch: replace\n        type: Recreated\n`,
    ),
    change: set('spec.strategy.type', 'Recreate'),
    at: `${K}:12`,
    lines: ['-        type: Recreated', '+        type: Recreate'],
  },
  'a patch of a custom resource replaces its lists': {
    files: {
      'base/kustomization.yaml': 'resources: [tenant.yaml]\n',
      'base/tenant.yaml':
        'apiVersion: example.com/v1\nkind: Tenant\nmetadata: {name: t}\nspec:\n  pools: [{name: a, size: 1}]\n',
      ...dev,
      [K]: 'namespace: shop\nresources: [../base]\npatches:\n- path: t.yaml\n',
      'prod/t.yaml':
        'apiVersion: example.com/v1\nkind: Tenant\nmetadata: {name: t}\nspec:\n  pools:\n  - name: a\n    size: 1\n  - name: b\n    size: 2\n',
    },
    target: { apiVersion: 'example.com/v1', kind: 'Tenant', namespace: 'shop', name: 't' },
    change: set('spec.pools[name=b].size', 3),
    at: 'prod/t.yaml:9',
    lines: ['-    size: 2', '+    size: 3'],
  },
  'a nested component before the base': {
    files: prod('components: [../parts/outer]\n', {
      'parts/outer/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncomponents: [../inner]\n',
      'parts/inner/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- path: p.yaml\n',
      'parts/inner/p.yaml': envPatch,
    }),
    change: set(COLOR, 'green'),
    at: 'parts/inner/p.yaml:12',
    lines: ['-          value: red', '+          value: green'],
  },
  'a label that labels: writes': {
    files: prod('labels:\n- pairs:\n    team: a # who\n'),
    change: set('metadata.labels.team', 'b'),
    at: `${K}:5`,
    lines: ['-    team: a # who', '+    team: b # who'],
  },
  'an annotation of one object only, that commonAnnotations writes': {
    files: {
      'prod/kustomization.yaml': 'namespace: shop\nresources: [c.yaml]\ncommonAnnotations:\n  owner: a\n',
      'prod/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n',
    },
    target: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'c' },
    change: set('metadata.annotations.owner', 'b'),
    at: `${K}:4`,
    lines: ['-  owner: a', '+  owner: b'],
  },
  'the ImageTagTransformer of a file': {
    files: prod('transformers: [tag.yaml]\n', {
      'prod/tag.yaml':
        'apiVersion: builtin\nkind: ImageTagTransformer\nmetadata: {name: tag}\nimageTag:\n  name: nginx\n  newTag: bad\n',
    }),
    change: set(IMAGE, 'nginx:v2'),
    at: 'prod/tag.yaml:6',
    lines: ['-  newTag: bad', '+  newTag: v2'],
  },
  'the PatchTransformer of a file': {
    files: prod('transformers: [p.yaml]\n', {
      'prod/p.yaml':
        'apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: p}\ntarget: {kind: Deployment}\npatch: |-\n  - op: replace\n    path: /spec/template/spec/containers/0/env/0/value\n    value: bad\n',
    }),
    change: set(COLOR, 'green'),
    at: 'prod/p.yaml:8',
    lines: ['-    value: bad', '+    value: green'],
  },
  'the source of a replacement that is not applied itself': {
    files: prod(
      'replacements:\n- source: {kind: ConfigMap, name: settings, fieldPath: data.color}\n  targets:\n  - select: {kind: Deployment}\n    fieldPaths: ["spec.template.spec.containers.[name=web].env.[name=COLOR].value"]\n'.replace(
        'replacements',
        'components: []\nreplacements',
      ),
      {
        'prod/settings.yaml':
          'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  annotations: {config.kubernetes.io/local-config: "true"}\ndata:\n  color: bad # why\n',
        [K]: 'namespace: shop\nresources: [../base, settings.yaml]\nreplacements:\n- source: {kind: ConfigMap, name: settings, fieldPath: data.color}\n  targets:\n  - select: {kind: Deployment}\n    fieldPaths: ["spec.template.spec.containers.[name=web].env.[name=COLOR].value"]\n',
      },
    ),
    change: set(COLOR, 'green'),
    at: 'prod/settings.yaml:7',
    lines: ['-  color: bad # why', '+  color: green # why'],
  },
  'the source of a variable': {
    files: prod('', {
      'prod/settings.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  annotations: {config.kubernetes.io/local-config: "true"}\ndata:\n  color: bad\n',
      [K]: 'namespace: shop\nresources: [../base, settings.yaml]\nvars:\n- name: HUE\n  objref: {apiVersion: v1, kind: ConfigMap, name: settings}\n  fieldref: {fieldpath: data.color}\n',
      'base/web.yaml': web.replace('value: blue', 'value: dark-$(HUE)'),
      'dev/kustomization.yaml': 'resources: []\n',
    }),
    change: set(COLOR, 'dark-green'),
    at: 'prod/settings.yaml:7',
    lines: ['-  color: bad', '+  color: green'],
  },
}

for (const [title, { files, change, at, lines, target = deploymentRef('web') }] of Object.entries(CASES)) {
  test(`edits ${title}`, async () => {
    const outcome = await (await checkout(files)).edit(target, [change])
    assert.deepEqual(outcome.at, [at])
    const changed = Object.values(outcome.lines).flat()
    assert.deepEqual(changed, lines)
  })
}

const generated = (kind: 'configMap' | 'secret', text: string, more: Files = {}): Files => ({
  'prod/kustomization.yaml': `namespace: shop\nresources: [web.yaml]\n${kind}Generator:\n- name: conf\n${text}`,
  'prod/web.yaml': web.replace(
    'env:\n',
    `envFrom:\n            - ${kind}Ref: {name: conf}\n          env:\n`,
  ),
  ...more,
})
const conf = (kind: string, name: string): TargetRef => ({ apiVersion: 'v1', kind, namespace: 'shop', name })

const GENERATED: Readonly<Record<string, Omit<Case, 'target'> & { readonly kind: 'ConfigMap' | 'Secret' }>> =
  {
    'a literal': {
      kind: 'ConfigMap',
      files: generated('configMap', '  literals:\n  - COLOR="bad" # why\n  - SIZE=1\n'),
      change: set('data.COLOR', 'green'),
      at: `${K}:6`,
      lines: ['-  - COLOR="bad" # why', '+  - COLOR="green" # why'],
    },
    'a literal that is new': {
      kind: 'ConfigMap',
      files: generated('configMap', '  literals:\n  - SIZE=1\n'),
      change: set('data.COLOR', 'green'),
      at: `${K}:7`,
      lines: ['+  - COLOR=green'],
    },
    'a line of an env file': {
      kind: 'ConfigMap',
      files: generated('configMap', '  envs: [conf.env]\n', {
        'prod/conf.env': '# c\nSIZE=1\r\nCOLOR=bad\r\n',
      }),
      change: set('data.COLOR', 'green'),
      at: 'prod/conf.env:3',
      lines: ['-COLOR=bad\r', '+COLOR=green\r'],
    },
    'a whole file': {
      kind: 'ConfigMap',
      files: generated('configMap', '  files: [app.conf=files/app.txt]\n', {
        'prod/files/app.txt': 'a = 1\nb = bad\n',
      }),
      change: set('data["app.conf"]', 'a = 1\nb = 2\n'),
      at: 'prod/files/app.txt:2',
      lines: ['-b = bad', '+b = 2'],
    },
    'a literal of a Secret': {
      kind: 'Secret',
      files: generated('secret', '  literals:\n  - COLOR=bad\n'),
      change: set('data.COLOR', Buffer.from('green').toString('base64')),
      at: `${K}:6`,
      lines: ['-  - COLOR=bad', '+  - COLOR=green'],
    },
    'a literal that merges into a generator of the base': {
      kind: 'ConfigMap',
      files: generated('configMap', '  behavior: merge\n  literals:\n  - COLOR=bad\n', {
        'prod/kustomization.yaml':
          'namespace: shop\nresources: [../base]\nconfigMapGenerator:\n- name: conf\n  behavior: merge\n  literals:\n  - COLOR=bad\n',
        'base/kustomization.yaml': 'configMapGenerator:\n- name: conf\n  literals: [COLOR=blue, SIZE=1]\n',
      }),
      change: set('data.COLOR', 'green'),
      at: `${K}:7`,
      lines: ['-  - COLOR=bad', '+  - COLOR=green'],
    },
    'a literal that is taken out': {
      kind: 'ConfigMap',
      files: generated(
        'configMap',
        '  options: {disableNameSuffixHash: true}\n  literals:\n  - COLOR=bad\n  - SIZE=1\n',
      ),
      change: remove('data.COLOR'),
      at: `${K}:7`,
      lines: ['-  - COLOR=bad'],
    },
  }

for (const [title, { files, change, at, lines, kind }] of Object.entries(GENERATED)) {
  test(`generated data: edits ${title}; a new hash is no blast radius`, async () => {
    const { edit, render } = await checkout(files)
    const objects = await render('prod')
    const name = objects.find((object) => object.kind === kind)?.metadata.name ?? ''
    const outcome = await edit(conf(kind, name), [change])
    assert.deepEqual([outcome.at, Object.values(outcome.lines).flat(), outcome.radius], [[at], lines, []])
    assert.deepEqual((await edit(conf(kind, 'conf'), [change])).at, [at])
  })
}

test('the first candidate is the right one in the usual cases: no more builds than before and after', async () => {
  const { edit } = await checkout(prod('images:\n- name: nginx\n  newTag: bad\n'))
  assert.equal((await edit(deploymentRef('web'), [set(IMAGE, 'nginx:v2')])).builds, 3)
})

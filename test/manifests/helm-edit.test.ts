import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FieldChange } from '#src/domain/change.ts'
import type { Json } from '#src/domain/json.ts'
import type { Root } from '#src/domain/root.ts'
import type { TargetRef } from '#src/domain/target.ts'
import { below, LIBRARY, packed, STORE, WEB } from './helm-charts.ts'
import { chartRoot, fieldOf, helmBinary, helmRepository, type Repository, set } from './helm-fixture.ts'
import { deploymentRef } from './manifests-fixture.ts'

const helm = await helmBinary()
const remove = (field: string): FieldChange => ({ op: 'remove', field })

/** A change, and what it comes to: the file, its line, what the edit adds there, and what else follows. */
type Row = readonly [change: FieldChange, where: string, added: readonly string[], also?: readonly string[]]

function table(repository: Repository, root: Root, target: TargetRef, rows: Readonly<Record<string, Row>>) {
  for (const [title, [change, where, added, also = []]] of Object.entries(rows)) {
    test(title, async () => {
      const edited = await repository.edit(root, target, change)
      assert.deepEqual([edited.where, edited.added, edited.also], [where, added, also])
      const wanted: Json | undefined = change.op === 'set' ? change.value : undefined
      assert.deepEqual(fieldOf(edited.after, change.field), wanted)
    })
  }
}

function refused(
  repository: Repository,
  root: Root,
  target: TargetRef,
  rows: Readonly<Record<string, readonly [change: FieldChange, why: RegExp]>>,
) {
  for (const [title, [change, message]] of Object.entries(rows)) {
    test(title, async () => {
      await assert.rejects(repository.edit(root, target, change), { code: 'EditRefused', message })
    })
  }
}

const C = 'spec.template.spec.containers[name=web]'

describe('a web chart with an environment of its own', async () => {
  const prod = '# production\nreplicaCount: 3\nresources:\n  limits:\n    cpu: 100m\n'
  const repository = await helmRepository({ ...below('charts/web', WEB), 'envs/prod.yaml': prod }, helm)
  const root = chartRoot('charts/web', ['envs/prod.yaml'])
  const target = deploymentRef('shop-web')
  table(repository, root, target, {
    'a number that the environment sets is changed there': [
      set('spec.replicas', 5),
      'envs/prod.yaml:2',
      ['replicaCount: 5'],
    ],
    'a tag that comes from the chart’s version is inserted, quoted': [
      set(`${C}.image`, 'nginx:1.20'),
      'envs/prod.yaml:6',
      ['image:', '  tag: "1.20"'],
    ],
    'an image of another name takes repository and tag': [
      set(`${C}.image`, 'ghcr.io/x/nginx:1.27'),
      'envs/prod.yaml:6',
      ['image:', '  repository: ghcr.io/x/nginx', '  tag: "1.27"'],
    ],
    'an image with the same tag takes the repository alone': [
      set(`${C}.image`, 'caddy:1.16.0'),
      'envs/prod.yaml:6',
      ['image:', '  repository: caddy'],
    ],
    'a leaf of a toYaml block is changed where the environment has it': [
      set(`${C}.resources.limits.cpu`, '200m'),
      'envs/prod.yaml:5',
      ['    cpu: 200m'],
    ],
    'a missing leaf is inserted below the map that feeds the block': [
      set(`${C}.resources.limits.memory`, '512Mi'),
      'envs/prod.yaml:6',
      ['    memory: 512Mi'],
    ],
    'a block is changed leaf by leaf': [
      set(`${C}.resources`, { limits: { cpu: '1' }, requests: { cpu: '5m' } }),
      'envs/prod.yaml:4',
      ['  requests:', '    cpu: "5m"', '    cpu: "1"'],
    ],
    'a leaf of the last key is taken out': [
      remove(`${C}.resources.limits.cpu`),
      'envs/prod.yaml:4',
      ['  limits: {}'],
    ],
    'a nested leaf that only the chart sets is inserted into the environment': [
      set(`${C}.livenessProbe.httpGet.path`, '/healthz'),
      'envs/prod.yaml:6',
      ['probe:', '  livenessProbe:', '    httpGet:', '      path: /healthz'],
    ],
    'a block that a condition guards is switched off': [
      remove(`${C}.livenessProbe`),
      'envs/prod.yaml:6',
      ['probe:', '  enabled: false'],
    ],
    'a boolean': [
      set(`${C}.securityContext.readOnlyRootFilesystem`, false),
      'envs/prod.yaml:6',
      ['securityContext:', '  readOnlyRootFilesystem: false'],
    ],
    'a number that goes through int': [
      set('spec.template.spec.terminationGracePeriodSeconds', 60),
      'envs/prod.yaml:6',
      ['grace: 60'],
    ],
    'a map of the pod with a dotted key': [
      set('spec.template.metadata.annotations["a.b/c"]', 'x'),
      'envs/prod.yaml:6',
      ['podAnnotations:', '  a.b/c: x'],
    ],
    'a map whose key is named otherwise than the field': [
      set('spec.template.spec.securityContext.fsGroup', 2000),
      'envs/prod.yaml:6',
      ['podSecurityContext:', '  fsGroup: 2000'],
    ],
    'an empty list is filled': [
      set('spec.template.spec.tolerations', [{ key: 'a', operator: 'Exists' }]),
      'envs/prod.yaml:6',
      ['tolerations:', '  - key: a', '    operator: Exists'],
    ],
    'an item of a list that only the chart sets: lists are replaced, so the environment gets all of it': [
      set(`${C}.env[name=COLOR].value`, 'green'),
      'envs/prod.yaml:6',
      ['env:', '  - name: COLOR', '    value: green', '  - name: PORT', '    value: "8080"'],
    ],
    'a variable that the values hold as a map': [
      set(`${C}.env[name=LOG_LEVEL].value`, 'debug'),
      'envs/prod.yaml:6',
      ['config:', '  LOG_LEVEL: debug'],
    ],
    'a number inside a quoted text': [
      set(`${C}.env[name=CACHE].value`, '128m'),
      'envs/prod.yaml:6',
      ['cache:', '  megabytes: "128"'],
    ],
    'a value that feeds other fields and objects tells which': [
      set(`${C}.ports[name=http].containerPort`, 8081),
      'envs/prod.yaml:6',
      ['service:', '  port: 8081'],
      [`${C}.env[name=SERVICE_PORT].value`, 'Service shop-web'],
    ],
  })
  refused(repository, root, target, {
    'a field that stands in the template names its line': [
      set(`${C}.ports[name=http].protocol`, 'UDP'),
      /template text, charts\/web\/templates\/deployment\.yaml, line 41/,
    ],
    'a field for which the template has no place names the template': [
      set(`${C}.workingDir`, '/srv'),
      /no place for it, charts\/web\/templates\/deployment\.yaml/,
    ],
  })

  test('without values files the chart’s own values are edited', async () => {
    const edited = await repository.edit(chartRoot('charts/web'), target, set('spec.replicas', 2))
    assert.deepEqual([edited.where, edited.added], ['charts/web/values.yaml:2', ['replicaCount: 2']])
  })

  test('values in an engine’s object are answered as a change of its field', async () => {
    const object = {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      namespace: 'shop',
      name: 'web',
    }
    const site = { object, field: 'spec.values' }
    const inline = chartRoot('charts/web', [{ kind: 'inline', values: { replicaCount: 4 }, site }])
    const [first] = await repository.candidates(inline, target, set('spec.replicas', 6))
    assert.ok(first?.kind === 'inline')
    assert.deepEqual([first.site, first.keys], [site, ['replicaCount']])
    assert.deepEqual(first.change({ replicaCount: 4, keep: true }), { replicaCount: 6, keep: true })
  })

  test('a parameter of an engine’s object takes the value itself', async () => {
    const object = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      namespace: 'argocd',
      name: 'web',
    }
    const field = 'spec.source.helm.parameters[name=replicaCount].value'
    const site = { object, field, valueAt: 'replicaCount' }
    const given = chartRoot('charts/web', [{ kind: 'inline', values: { replicaCount: 4 }, site }])
    const [first] = await repository.candidates(given, target, set('spec.replicas', 6))
    assert.ok(first?.kind === 'inline')
    assert.equal(first.change('4'), 6)
  })
})

describe('an umbrella with vendored charts', async () => {
  const umbrella = {
    'Chart.yaml': `apiVersion: v2
name: platform
version: 1.0.0
dependencies:
  - {name: store, alias: sessions, version: 7.x, repository: "https://charts.example"}
  - {name: store, alias: carts, version: 7.x, repository: "https://charts.example"}
  - {name: web, version: 0.1.0, repository: "file://../web"}
  - {name: common, version: 1.x, repository: "https://charts.example"}
`,
    'values.yaml': `global:
  team: blue
sessions:
  memory: 64Mi
controller: {}
containers:
  main:
    image: {repository: busybox, tag: "1.36"}
`,
    'templates/own.yaml': '{{ include "common.workload" . }}\n',
  }
  const repository = await helmRepository(
    {
      ...below('apps/platform', umbrella),
      'apps/platform/charts/store-7.2.0.tgz': await packed('store', STORE),
      ...below('apps/platform/charts/common', LIBRARY),
      ...below('apps/web', WEB),
      'envs/base.yaml': 'carts:\n  replicas: 2\n',
      'envs/eu.yaml': 'global:\n  region: eu\nweb:\n  replicaCount: 2\n',
    },
    helm,
  )
  const root = chartRoot('apps/platform', ['envs/base.yaml', 'envs/eu.yaml'])
  const storeRef = (name: string) => ({ ...deploymentRef(name), kind: 'StatefulSet' })
  const S = 'spec.template.spec.containers[name=store]'
  table(repository, root, storeRef('shop-sessions'), {
    'a subchart’s value under its alias, inserted into the last values file': [
      set(`${S}.resources.limits.memory`, '256Mi'),
      'envs/eu.yaml:5',
      ['sessions:', '  memory: 256Mi'],
    ],
    'a part of a subchart’s image': [
      set(`${S}.image`, 'registry.example/team/store:7.4'),
      'envs/eu.yaml:5',
      ['sessions:', '  image:', '    tag: "7.4"'],
    ],
    'a digest in the place of a tag': [
      set(`${S}.image`, `registry.example/team/store@sha256:${'a'.repeat(64)}`),
      'envs/eu.yaml:5',
      ['sessions:', '  image:', `    digest: sha256:${'a'.repeat(64)}`],
    ],
    'a global value changes every subchart that reads it': [
      set(`${S}.args[3]`, 'red'),
      'envs/eu.yaml:3',
      ['  team: red'],
      ['StatefulSet.apps shop-carts'],
    ],
  })
  table(repository, root, storeRef('shop-carts'), {
    'the earlier of two values files, where only it sets the key; marks that the schema forbids do no harm': [
      set('spec.replicas', 3),
      'envs/base.yaml:2',
      ['  replicas: 3'],
    ],
  })
  table(repository, root, deploymentRef('shop-web'), {
    'a local chart that is named by file:// and not vendored': [
      set('spec.replicas', 7),
      'envs/eu.yaml:4',
      ['  replicaCount: 7'],
    ],
  })
  table(repository, root, deploymentRef('shop'), {
    'a library’s template with the values of the chart around it': [
      set('spec.template.spec.containers[name=main].image', 'busybox:1.37'),
      'envs/eu.yaml:5',
      ['containers:', '  main:', '    image:', '      tag: "1.37"'],
    ],
    'a key that only the library names': [
      set('spec.replicas', 4),
      'envs/eu.yaml:5',
      ['controller:', '  replicas: 4'],
    ],
    'a block below a key of a map': [
      set('spec.template.spec.containers[name=main].resources.limits.memory', '32Mi'),
      'envs/eu.yaml:5',
      ['containers:', '  main:', '    resources:', '      limits:', '        memory: 32Mi'],
    ],
  })
})

describe('a chart in an archive', async () => {
  const repository = await helmRepository(
    {
      'charts/store-7.2.0.tgz': await packed('store', STORE),
      'eu.yaml': '# nothing yet but the team\nglobal: {team: a}\n',
    },
    helm,
  )
  const target = { ...deploymentRef('shop-store'), kind: 'StatefulSet' }
  const archive = { archive: 'charts/store-7.2.0.tgz' }
  table(repository, chartRoot('charts', ['eu.yaml'], archive), target, {
    'its values are set in the values file': [set('spec.replicas', 2), 'eu.yaml:3', ['replicas: 2']],
  })

  test('without a values file there is nothing to edit', async () => {
    const site = {
      object: target,
      field: 'spec.source.helm.parameters[name=global.team].value',
      valueAt: 'global.team',
    }
    const root = chartRoot('charts', [{ kind: 'inline', values: { global: { team: 'a' } }, site }], archive)
    await assert.rejects(repository.edit(root, target, set('spec.replicas', 2)), {
      code: 'EditRefused',
      message: /stand in a chart archive/,
    })
  })

  test('its own values do not count where the engine leaves them out', async () => {
    const root = chartRoot('charts', ['eu.yaml'], { ...archive, withoutOwnValues: true })
    await assert.rejects(repository.render(root), { code: 'RenderFailed' })
  })
})

test('a chart of a hundred values needs few renderings', async (t) => {
  const many = Array.from(
    { length: 100 },
    (_, i) => `key${i}: {enabled: ${i % 2 === 0}, size: ${i}Mi, name: n${i}}`,
  )
  const keys = Array.from(
    { length: 100 },
    (_, i) => `  k${i}: "{{ .Values.key${i}.name }}-{{ .Values.key${i}.size }}"`,
  )
  const repository = await helmRepository(
    {
      ...below('web', WEB),
      'web/values.yaml': `${WEB['values.yaml']}${many.join('\n')}\n`,
      'web/templates/config.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: all}\ndata:\n${keys.join('\n')}\n`,
    },
    helm,
  )
  const root = chartRoot('web')
  for (const [change, limit] of [
    [set('spec.replicas', 5), 4],
    [set(`${C}.image`, 'nginx:1.27'), 6],
    [set(`${C}.resources.limits.memory`, '1Gi'), 4],
    [set(`${C}.imagePullPolicy`, 'Always'), 4],
  ] as const) {
    const started = performance.now()
    const { runs } = await repository.edit(root, deploymentRef('shop-web'), change)
    t.diagnostic(`${change.field}: ${runs} renderings, ${Math.round(performance.now() - started)} ms`)
    assert.ok(runs <= limit, `${change.field}: ${runs}`)
  }
})

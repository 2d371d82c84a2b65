import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkoutOf, contentOf, editJson, runHere } from './edit-command.ts'

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web   # the shop
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: registry.example/web:1.0 # pinned
        resources:
          limits:
            memory: "128Mi"
`
const PATCH = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
`
const OVERLAYS = {
  'base/web.yaml': WEB,
  'base/kustomization.yaml': 'resources: [web.yaml]\n',
  'overlays/prod/kustomization.yaml': 'namespace: prod\nresources: [../../base]\npatches:\n- path: p.yaml\n',
  'overlays/prod/p.yaml': PATCH,
  'overlays/dev/kustomization.yaml': 'namespace: dev\nresources: [../../base]\n',
}
const MEMORY = 'spec.template.spec.containers[name=web].resources.limits.memory'
const IMAGE = 'spec.template.spec.containers[name=web].image'

test('a field of a plain manifest is shown with file and line, and written only when asked', async (t) => {
  const repo = await checkoutOf(t, { 'apps/web.yaml': WEB })
  const ask = ['--root', 'apps', '--target', 'Deployment/-/web', '--set', `${MEMORY}=512Mi`]
  const shown = await editJson(repo, ...ask)
  assert.equal(shown.code, 0, shown.stderr)
  assert.deepEqual(shown.report.edits, [{ file: 'apps/web.yaml', line: 17, field: MEMORY }])
  assert.equal(await contentOf(repo, 'apps/web.yaml'), WEB)
  const written = await editJson(repo, ...ask, '--write')
  assert.equal(written.report.written, true)
  assert.equal(await contentOf(repo, 'apps/web.yaml'), WEB.replace('128Mi', '512Mi'))
  const again = await editJson(repo, ...ask, '--write')
  assert.equal(again.code, 0)
  assert.equal(again.report.outcome, 'unchanged')
})

test('people read the diff, the place, the proof and the blast radius', async (t) => {
  const repo = await checkoutOf(t, { 'web.yaml': WEB })
  const { code, stdout } = await runHere([
    'edit',
    '--repo',
    repo,
    '--target',
    'Deployment/-/web',
    '--set',
    'spec.replicas=4',
  ])
  assert.equal(code, 0)
  for (const part of [
    '--- a/web.yaml\n+++ b/web.yaml',
    '-  replicas: 2\n+  replicas: 4',
    'web.yaml:6  spec.replicas',
    'spec.replicas: 2 -> 4',
    'no other object differs',
  ])
    assert.ok(stdout.includes(part), `${part}\n---\n${stdout}`)
})

test('the patch that sets a field is edited, not the base', async (t) => {
  const repo = await checkoutOf(t, OVERLAYS)
  const { code, report } = await editJson(
    repo,
    ...['--root', 'overlays/prod', '--target', 'Deployment/prod/web', '--set', 'spec.replicas=5', '--write'],
  )
  assert.equal(code, 0)
  assert.deepEqual(report.files, ['overlays/prod/p.yaml'])
  assert.equal(await contentOf(repo, 'overlays/prod/p.yaml'), PATCH.replace('3', '5'))
})

test('a shared source is edited only when allowed, and what it feeds is listed', async (t) => {
  const repo = await checkoutOf(t, OVERLAYS)
  const ask = [
    '--root',
    'overlays/dev',
    '--target',
    'Deployment/dev/web',
    '--set',
    `${IMAGE}=registry.example/web:1.1`,
  ]
  const refused = await editJson(repo, ...ask, '--write')
  assert.equal(refused.code, 3)
  assert.equal(refused.report.error?.code, 'BlastRadius')
  const affected = [{ object: 'Deployment.apps prod/web', root: 'overlays/prod', fields: [IMAGE] }]
  assert.deepEqual(refused.report.blastRadius, affected)
  assert.equal(await contentOf(repo, 'base/web.yaml'), WEB)
  const allowed = await editJson(repo, ...ask, '--write', '--allow-shared')
  assert.equal(allowed.code, 0)
  assert.deepEqual(allowed.report.blastRadius, affected)
  assert.equal(await contentOf(repo, 'base/web.yaml'), WEB.replace('web:1.0', 'web:1.1'))
})

const TYPES: Readonly<Record<string, readonly [set: string, line: string]>> = {
  'a number for a quoted text stays a quoted text': [`${MEMORY}=512`, '            memory: "512"'],
  'a number stays a number': ['spec.replicas=5', '  replicas: 5'],
  'an annotation is a text': [
    'metadata.annotations["example.com/port"]=8080',
    '    example.com/port: "8080"',
  ],
  'a variable of the environment is a text': [
    'spec.template.spec.containers[name=web].env=[{name: DEBUG, value: "true"}]',
    '          value: "true"',
  ],
  'a version is a text where a text stands': [`${IMAGE}=1.20`, '        image: "1.20" # pinned'],
  'a probe port is a number': [
    'spec.template.spec.containers[name=web].livenessProbe.httpGet.port=8080',
    '            port: 8080',
  ],
  'a position means the item that stands there': [
    'spec.template.spec.containers[0].image=registry.example/web:2',
    '        image: registry.example/web:2 # pinned',
  ],
}

for (const [title, [set, line]] of Object.entries(TYPES)) {
  test(`of a value: ${title}`, async (t) => {
    const repo = await checkoutOf(t, { 'web.yaml': WEB })
    const { code, stdout, stderr } = await editJson(
      repo,
      '--target',
      'Deployment/-/web',
      '--set',
      set,
      '--write',
    )
    assert.equal(code, 0, stdout + stderr)
    const text = await contentOf(repo, 'web.yaml')
    assert.ok(text.split('\n').includes(line), text)
  })
}

const REFUSALS: Readonly<Record<string, readonly [args: readonly string[], code: string]>> = {
  'an object that is not there': [['--target', 'Deployment/-/wep', '--set', 'spec.replicas=1'], 'NotInGit'],
  'an object of another namespace': [
    ['--target', 'Service/other/api', '--set', 'spec.type=NodePort'],
    'NotInGit',
  ],
  'an object that stands twice': [['--target', 'ConfigMap/-/twice', '--set', 'data.a=2'], 'AmbiguousSource'],
  'the name of the object': [['--target', 'Deployment/-/web', '--set', 'metadata.name=x'], 'EditRefused'],
  'a field of the status': [['--target', 'Deployment/-/web', '--set', 'status.replicas=1'], 'EditRefused'],
  'a container that is not there': [
    ['--target', 'Deployment/-/web', '--set', 'spec.template.spec.containers[name=wep].image=x'],
    'EditRefused',
  ],
  'an encrypted file': [['--target', 'Secret/-/s', '--set', 'stringData.a=x'], 'EditRefused'],
  'a root out of the repository': [
    ['--root', '..', '--target', 'Deployment/-/web', '--set', 'a=1'],
    'EditRefused',
  ],
  'a root behind a link out of the repository': [
    ['--root', 'out', '--target', 'Deployment/-/web', '--set', 'a=1'],
    'EditRefused',
  ],
}

for (const [title, [args, code]] of Object.entries(REFUSALS)) {
  test(`refused, with exit code 3 and nothing changed: ${title}`, async (t) => {
    const tree = {
      'web.yaml': WEB,
      'api.yaml':
        'apiVersion: v1\nkind: Service\nmetadata:\n  name: api\n  namespace: shop\nspec: {type: ClusterIP}\n',
      'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\ndata: {a: "1"}\n',
      'b.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"data":{"a":"1"}}',
      'secret.yaml':
        'apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  a: ENC[AES256_GCM,data:x]\nsops:\n  mac: y\n',
      out: '-> /etc',
    }
    const repo = await checkoutOf(t, tree)
    const { code: exit, report, stderr } = await editJson(repo, ...args, '--write')
    assert.equal(exit, 3, stderr)
    assert.equal(report.outcome, 'refused')
    assert.equal(report.error?.code, code, report.error?.message)
    assert.ok((report.error?.message ?? '').length > 10)
    for (const path of ['web.yaml', 'a.yaml', 'secret.yaml'] as const)
      assert.equal(await contentOf(repo, path), tree[path])
  })
}

const USAGE: Readonly<Record<string, readonly string[]>> = {
  'no field is named': ['--target', 'Deployment/-/web'],
  'the target has no such form': ['--target', 'web', '--set', 'a=1'],
  'there is no equals sign': ['--target', 'Deployment/-/web', '--set', 'spec.replicas'],
  'the field cannot be read': ['--target', 'Deployment/-/web', '--set', 'spec..replicas=1'],
  'the value is not YAML': ['--target', 'Deployment/-/web', '--set', 'spec.replicas={a'],
  'the root is not there': ['--root', 'nowhere', '--target', 'Deployment/-/web', '--set', 'a=1'],
  'values are given for what is no chart': [
    ...['--values', 'web.yaml', '--target', 'Deployment/-/web', '--set', 'a=1'],
  ],
}

for (const [title, args] of Object.entries(USAGE)) {
  test(`the command line is wrong, with exit code 2, when ${title}`, async (t) => {
    const repo = await checkoutOf(t, { 'web.yaml': WEB })
    const { code, stderr } = await runHere(['edit', '--repo', repo, ...args])
    assert.equal(code, 2)
    assert.match(stderr, /^ConfigInvalid: .+\nWhat to do: /)
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { below, WEB } from '../../manifests/helm-charts.ts'
import { checkoutOf, contentOf, editJson, type Tree } from './edit-command.ts'

const PROD = '# production\nreplicaCount: 3 # three zones\n'
const TREE: Tree = { ...(below('charts/web', WEB) as Tree), 'envs/prod.yaml': PROD }
const ASK = [
  '--root',
  'charts/web',
  '--values',
  'envs/prod.yaml',
  '--release',
  'shop',
  '--target',
  'Deployment/-/shop-web',
]
const C = 'spec.template.spec.containers[name=web]'

test('a field of a chart is changed in the environment’s values, and only there', async (t) => {
  const repo = await checkoutOf(t, TREE)
  const { code, report, stderr } = await editJson(
    repo,
    ...ASK,
    '--set',
    `${C}.resources.limits.memory=512Mi`,
    '--write',
  )
  assert.equal(code, 0, stderr)
  assert.deepEqual(report.files, ['envs/prod.yaml'])
  assert.deepEqual(
    report.proof.changed.map(({ field }) => field),
    [`${C}.resources`],
  )
  assert.equal(await contentOf(repo, 'envs/prod.yaml'), `${PROD}resources:\n  limits:\n    memory: 512Mi\n`)
})

test('several fields are changed one after the other and proven together', async (t) => {
  const repo = await checkoutOf(t, TREE)
  const set = ['--set', 'spec.replicas=5', '--set', `${C}.image=nginx:1.27`]
  const { code, stderr } = await editJson(repo, ...ASK, ...set, '--write')
  assert.equal(code, 0, stderr)
  assert.equal(
    await contentOf(repo, 'envs/prod.yaml'),
    '# production\nreplicaCount: 5 # three zones\nimage:\n  tag: "1.27"\n',
  )
})

test('a value that feeds another object is refused, and that object is listed', async (t) => {
  const repo = await checkoutOf(t, {
    ...TREE,
    'charts/web/templates/deployment.yaml': (WEB['templates/deployment.yaml'] ?? '').replace(
      / +- name: SERVICE_PORT\n.*\n/,
      '',
    ),
  })
  const port = `${C}.ports[name=http].containerPort=8081`
  const { code, report } = await editJson(repo, ...ASK, '--set', port)
  assert.equal(code, 3)
  assert.equal(report.error?.code, 'BlastRadius')
  assert.deepEqual(
    report.blastRadius.map(({ object }) => object),
    ['Service shop-web'],
  )
  const allowed = await editJson(repo, ...ASK, '--set', port, '--allow-shared')
  assert.equal(allowed.code, 0, allowed.stderr)
})

test('template text is refused with its file and line', async (t) => {
  const repo = await checkoutOf(t, TREE)
  const { code, report } = await editJson(
    repo,
    ...ASK,
    '--set',
    `${C}.ports[name=http].protocol=UDP`,
    '--write',
  )
  assert.deepEqual([code, report.error?.code, report.written], [3, 'EditRefused', false])
  assert.match(
    report.error?.message ?? '',
    /template text, charts\/web\/templates\/deployment\.yaml, line 41/,
  )
})

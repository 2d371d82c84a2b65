import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { TraceReport } from '#src/cli/trace/trace-report.ts'
import { checkoutOf, runHere } from './edit/edit-command.ts'

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  template:
    spec:
      containers:
      - name: web
        image: registry.example/web:1.0
`
const TREE = {
  'base/web.yaml': DEPLOYMENT,
  'base/kustomization.yaml': 'resources: [web.yaml]\n',
  'overlays/prod/kustomization.yaml': [
    'namespace: prod',
    'resources: [../../base]',
    'images:',
    '- name: registry.example/web',
    '  newTag: "1.1"',
    'patches:',
    '- path: replicas.yaml',
    '',
  ].join('\n'),
  'overlays/prod/replicas.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 3\n',
  'overlays/dev/kustomization.yaml': 'namespace: dev\nresources: [../../base]\n',
  'plain/api.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: api\ndata:\n  b: x\n',
}

async function traced(repo: string, ...args: readonly string[]): Promise<TraceReport> {
  const { code, stdout, stderr } = await runHere(['trace', '--repo', repo, '--json', ...args])
  assert.equal(code, 0, stderr + stdout)
  return JSON.parse(stdout) as TraceReport
}

test('without a field, a workload is traced by its first image, to the entry of the kustomization that sets it', async (t) => {
  const repo = await checkoutOf(t, TREE)
  const report = await traced(repo, 'Deployment/prod/web')
  assert.equal(report.field, 'spec.template.spec.containers[name=web].image')
  assert.equal(report.root, 'overlays/prod')
  assert.deepEqual([report.file, report.line], ['overlays/prod/kustomization.yaml', 5])
})

test('a patched field is traced to the patch, with the chain that leads there', async (t) => {
  const repo = await checkoutOf(t, TREE)
  const report = await traced(repo, 'Deployment/prod/web', 'spec.replicas')
  assert.deepEqual([report.file, report.line], ['overlays/prod/replicas.yaml', 6])
  assert.deepEqual(report.chain, [
    { what: 'kustomization', path: 'overlays/prod/kustomization.yaml' },
    { what: 'patch', path: 'overlays/prod/replicas.yaml' },
  ])
})

test('a field of a shared base is traced to it, and what else it feeds is told', async (t) => {
  const repo = await checkoutOf(t, {
    ...TREE,
    'overlays/test/kustomization.yaml': 'namespace: test\nresources: [../../base]\n',
  })
  const report = await traced(repo, 'Deployment/dev/web', 'spec.replicas')
  assert.deepEqual([report.file, report.line], ['base/web.yaml', 6])
  assert.deepEqual(
    report.feeds.map(({ object }) => object),
    ['Deployment.apps test/web'],
  )
})

test('the commit and the remote are told, the remote without its credentials', async (t) => {
  const repo = await checkoutOf(t, TREE)
  const git = async (...args: readonly string[]) =>
    (
      await promisify(execFile)('git', ['-C', repo, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args])
    ).stdout.trim()
  await git('init', '--quiet')
  await git('remote', 'add', 'origin', 'https://robin:hunter2@git.example/infra.git')
  await git('add', '.')
  await git('commit', '--quiet', '-m', 'first')
  const report = await traced(repo, 'ConfigMap/-/api')
  assert.equal(report.revision, await git('rev-parse', 'HEAD'))
  assert.equal(report.repository, 'https://git.example/infra.git')
  assert.deepEqual([report.file, report.line], ['plain/api.yaml', 6])
})

test('what is not in Git is said with its neighbours, and exit code 3', async (t) => {
  const repo = await checkoutOf(t, TREE)
  const { code, stderr } = await runHere(['trace', '--repo', repo, 'Deployment/prod/wep'])
  assert.equal(code, 3)
  assert.match(stderr, /^NotInGit: .*there is Deployment\.apps dev\/web, Deployment\.apps prod\/web/)
})

test('the value of a Secret is not printed', async (t) => {
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: hunter2\n'
  const repo = await checkoutOf(t, { 's.yaml': secret })
  for (const more of [[], ['--json']]) {
    const { code, stdout, stderr } = await runHere(['trace', '--repo', repo, 'Secret/-/s', ...more])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /s\.yaml/)
    assert.doesNotMatch(stdout + stderr, /hunter2/)
  }
})

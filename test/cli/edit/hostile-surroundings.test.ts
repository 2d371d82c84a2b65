import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { until } from '#src/embedded/until.ts'
import type { CheckoutEdit } from '#src/manifests/checkout/open-checkout.ts'
import { openedCheckout } from '../../manifests/opened-checkout.ts'
import { privateFolder, processesOf, start } from '../command.ts'
import { checkoutOf, contentOf, editJson, runHere } from './edit-command.ts'

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
`
const KUSTOMIZED = {
  'apps/kustomization.yaml': 'namespace: shop\nresources: [web.yaml]\n',
  'apps/web.yaml': WEB,
}
const SET = ['--target', 'Deployment/-/web', '--set', 'spec.replicas=3', '--write']

async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const settings = ['-c', 'user.name=a', '-c', 'user.email=a@b.invalid', '-c', 'protocol.file.allow=always']
  return (await promisify(execFile)('git', ['-C', folder, ...settings, ...args])).stdout.trim()
}

async function committed(folder: string): Promise<string> {
  await git(folder, 'init', '--quiet')
  await git(folder, 'add', '.')
  await git(folder, 'commit', '--quiet', '-m', 'first')
  return git(folder, 'rev-parse', 'HEAD')
}

async function revisionOf(repo: string): Promise<string> {
  const { code, stdout, stderr } = await runHere([
    'trace',
    '--repo',
    repo,
    '--json',
    'Deployment/-/web',
    'spec.replicas',
  ])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout).revision
}

test("what the checkout's git configuration names is not run", async (t) => {
  const repo = await checkoutOf(t, { 'web.yaml': WEB, '.gitattributes': '*.yaml diff=x filter=x\n' })
  const head = await committed(repo)
  const traps = await privateFolder(t)
  const run = join(traps, 'run')
  await writeFile(run, `#!/bin/sh\n: > ${traps}/owned\n`)
  await chmod(run, 0o755)
  const hooks = join(repo, '.git/hooks')
  await mkdir(hooks, { recursive: true })
  for (const name of ['pre-commit', 'post-checkout', 'post-index-change', 'reference-transaction'])
    await symlink(run, join(hooks, name))
  await writeFile(
    join(repo, '.git/config'),
    `[core]
\trepositoryformatversion = 1
\tfsmonitor = ${run}
\thooksPath = ${hooks}
\tsshCommand = ${run}
\tpager = ${run}
\teditor = ${run}
\talternateRefsCommand = ${run}
\tgitProxy = ${run}
[extensions]
\tpartialClone = origin
[remote "origin"]
\turl = ext::${run}
\tpromisor = true
\tuploadpack = ${run}
[url "ext::${run} "]
\tinsteadOf = https://
[alias]
\trev-parse = !${run}
\tconfig = !${run}
[filter "x"]
\tclean = ${run}
\tsmudge = ${run}
\tprocess = ${run}
[diff]
\texternal = ${run}
[diff "x"]
\tcommand = ${run}
\ttextconv = ${run}
[credential]
\thelper = !${run}
[gpg]
\tprogram = ${run}
`,
  )
  // A lost object would be asked of the remote.
  await rm(join(repo, '.git/objects', head.slice(0, 2), head.slice(2)))
  assert.equal(await revisionOf(repo), head)
  assert.equal((await editJson(repo, '--root', '.', ...SET)).code, 0)
  assert.deepEqual(await readdir(traps), ['run'])
})

test('a .git that leads to a repository which does not know the checkout tells nothing of it', async (t) => {
  const other = await checkoutOf(t, { 'a.txt': 'a' })
  const head = await committed(other)
  await git(other, 'remote', 'add', 'origin', 'https://git.example/private.git')
  for (const make of [
    (repo: string) => writeFile(join(repo, '.git'), `gitdir: ${other}/.git\n`),
    (repo: string) => symlink(join(other, '.git'), join(repo, '.git')),
  ]) {
    const repo = await checkoutOf(t, { 'web.yaml': WEB })
    await make(repo)
    const { stdout } = await runHere(['trace', '--repo', repo, 'Deployment/-/web', 'spec.replicas'])
    assert.match(stdout, /revision +working tree/)
    assert.ok(!stdout.includes('private') && !stdout.includes(head), stdout)
  }
})

test('of a worktree and of a submodule the commit is told', async (t) => {
  const main = await checkoutOf(t, { 'web.yaml': WEB })
  const head = await committed(main)
  const place = join(await checkoutOf(t, {}), 'tree')
  await git(main, 'worktree', 'add', '--quiet', '--detach', place)
  assert.equal(await revisionOf(place), head)
  const outer = await checkoutOf(t, { 'a.txt': 'a' })
  await committed(outer)
  await git(outer, 'submodule', 'add', '--quiet', main, 'inner')
  assert.equal(await revisionOf(join(outer, 'inner')), head)
})

test('pipes in place of what git would read are not waited for', async (t) => {
  for (const name of ['HEAD', 'config', 'packed-refs']) {
    const repo = await checkoutOf(t, { 'web.yaml': WEB })
    await committed(repo)
    await rm(join(repo, '.git', name), { force: true })
    await promisify(execFile)('mkfifo', [join(repo, '.git', name)])
    assert.equal(await revisionOf(repo), 'working tree')
  }
})

test('variables of our own environment reach neither git nor the renderers', async (t) => {
  const repo = await checkoutOf(t, {
    ...KUSTOMIZED,
    'chart/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
    'chart/values.yaml': 'a: "1"\n',
    'chart/templates/c.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  a: {{ .Values.a | quote }}\n  env: {{ env "CANARY" | quote }}\n',
  })
  const head = await committed(repo)
  const other = await checkoutOf(t, { 'b.txt': 'b' })
  await committed(other)
  const traps = await privateFolder(t)
  await writeFile(
    join(traps, 'gitconfig'),
    `[core]\n\tfsmonitor = ${traps}/run\n[alias]\n\trev-parse = !false\n`,
  )
  const variables = {
    CANARY: 'canary-7f3a9c',
    GIT_DIR: join(other, '.git'),
    GIT_WORK_TREE: other,
    GIT_CONFIG_GLOBAL: join(traps, 'gitconfig'),
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.bare',
    GIT_CONFIG_VALUE_0: 'no such value',
    GIT_EXTERNAL_DIFF: join(traps, 'run'),
    GIT_TRACE: join(traps, 'trace'),
    KUSTOMIZE_PLUGIN_HOME: traps,
    HELM_NAMESPACE: 'stolen',
    HELM_PLUGINS: traps,
    HELM_DEBUG: 'true',
    HELM_KUBETOKEN: 'canary-7f3a9c',
    KUBECONFIG: join(traps, 'gitconfig'),
  }
  const traced = await runHere(
    ['trace', '--repo', repo, '--json', 'Deployment/shop/web', 'spec.replicas'],
    variables,
  )
  assert.equal(JSON.parse(traced.stdout).revision, head, traced.stderr)
  const chart = ['--root', 'chart', '--target', 'ConfigMap/-/c']
  const failed = await runHere(['edit', '--repo', repo, '--json', ...chart, '--set', 'data.a="2"'], variables)
  assert.ok(!(failed.stdout + failed.stderr).includes('canary'), failed.stdout)
  assert.deepEqual(await readdir(traps), ['gitconfig'])
})

const FIELD = { op: 'set', field: 'spec.replicas', value: 3 } as const

async function editedIn(t: Parameters<typeof openedCheckout>[0], repo: string) {
  const checkout = await openedCheckout(t, repo)
  const found = await checkout.find(
    { folder: 'apps' },
    { kind: 'Deployment', group: undefined, namespace: '', name: 'web' },
  )
  const edit = await checkout.edit(found, [FIELD], 'refuse')
  return { write: (): Promise<void> => checkout.write(edit), edit: edit satisfies CheckoutEdit }
}

test('a file that changed since it was read is not written, nor is one behind a link that came', async (t) => {
  const tree = { 'apps/web.yaml': WEB }
  const changes: Readonly<Record<string, (repo: string, outside: string) => Promise<void>>> = {
    'other content': (repo) => writeFile(join(repo, 'apps/web.yaml'), `${WEB}# mine\n`),
    'a huge file': (repo) => writeFile(join(repo, 'apps/web.yaml'), Buffer.alloc(50 * 2 ** 20, 'x')),
    gone: (repo) => rm(join(repo, 'apps/web.yaml')),
    async 'a link'(repo, outside) {
      await rm(join(repo, 'apps/web.yaml'))
      await symlink(join(outside, 'apps/web.yaml'), join(repo, 'apps/web.yaml'))
    },
    async 'a folder that is a link'(repo, outside) {
      await rename(join(repo, 'apps'), join(repo, 'was'))
      await symlink(join(outside, 'apps'), join(repo, 'apps'))
    },
  }
  for (const [what, change] of Object.entries(changes)) {
    const [repo, outside] = [await checkoutOf(t, tree), await checkoutOf(t, tree)]
    const { write } = await editedIn(t, repo)
    await change(repo, outside)
    await assert.rejects(write(), { code: 'EditRefused' }, what)
    assert.equal(await contentOf(outside, 'apps/web.yaml'), WEB)
    assert.deepEqual(await readdir(join(outside, 'apps')), ['web.yaml'])
  }
})

test('a file that changes between listing and reading is taken for unreadable, not for what it was', async (t) => {
  const repo = await checkoutOf(t, { 'apps/web.yaml': WEB })
  const checkout = await openedCheckout(t, repo)
  await writeFile(join(repo, 'apps/web.yaml'), `${WEB}# changed, and of another size\n`)
  const wanted = { kind: 'Deployment', group: undefined, namespace: '', name: 'web' }
  await assert.rejects(checkout.find({ folder: 'apps' }, wanted), { code: 'ManifestUnparsable' })
})

/** Works as somebody whom permissions bind: root may do everything. */
async function unprivileged<T>(folder: string, work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work()
  await promisify(execFile)('chown', ['-R', '65534', folder])
  process.seteuid?.(65_534)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}

test('a checkout that may not be written is refused with a sentence, and nothing is left in it', async (t) => {
  const repo = await checkoutOf(t, { 'apps/web.yaml': WEB })
  await chmod(join(repo, 'apps'), 0o555)
  await unprivileged(repo, async () => {
    const { code, report } = await editJson(repo, '--root', 'apps', ...SET)
    assert.equal(code, 3)
    assert.deepEqual([report.error?.code, report.written], ['EditRefused', false])
    assert.match(report.error?.message ?? '', /cannot be written \(EACCES\)/)
  })
  assert.deepEqual(await readdir(join(repo, 'apps')), ['web.yaml'])
  assert.equal(await contentOf(repo, 'apps/web.yaml'), WEB)
  await chmod(join(repo, 'apps'), 0o755)
})

test('files and folders that may not be read are named', async (t) => {
  const repo = await checkoutOf(t, { 'apps/web.yaml': WEB, 'apps/closed/x.yaml': 'a: 1\n' })
  await chmod(join(repo, 'apps/web.yaml'), 0)
  await unprivileged(repo, async () => {
    const { report } = await editJson(repo, '--root', 'apps', ...SET)
    assert.match(report.error?.message ?? '', /apps\/web\.yaml: .*cannot be read/)
    await chmod(join(repo, 'apps/closed'), 0)
    const closed = await editJson(repo, '--root', 'apps', ...SET)
    assert.equal(closed.report.error?.code, 'ManifestUnparsable')
    assert.match(closed.report.error?.message ?? '', /apps\/closed: .*cannot be read/)
  })
  await chmod(join(repo, 'apps/closed'), 0o755)
})

for (const [signal, exit] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  test(`${signal} while a renderer runs ends both, and leaves no folder`, async (t) => {
    const repo = await checkoutOf(t, KUSTOMIZED)
    const traps = await privateFolder(t)
    const endless = join(traps, 'kustomize')
    await promisify(execFile)('mkfifo', [join(traps, 'never')])
    await writeFile(endless, `#!/bin/sh\n: > ${traps}/started\nread line < ${traps}/never\n`)
    await chmod(endless, 0o755)
    const temporary = await privateFolder(t)
    process.env['AIOPS_KUSTOMIZE_BIN'] = endless
    t.after(() => Promise.resolve(void delete process.env['AIOPS_KUSTOMIZE_BIN']))
    const command = start(t, temporary, ['edit', '--repo', repo, '--root', 'apps', ...SET])
    await until('the renderer runs', 20_000, undefined, () =>
      stat(join(traps, 'started')).then(
        () => true,
        () => false,
      ),
    )
    command.process.kill(signal)
    assert.equal(await command.ended, exit, command.stderr)
    assert.deepEqual(await readdir(temporary), [])
    await until(
      'the renderer is gone',
      10_000,
      undefined,
      async () => (await processesOf(endless)).length === 0,
    )
    assert.equal(await contentOf(repo, 'apps/web.yaml'), WEB)
  })
}

test('what a killed command left in the folder for temporary files is removed later', async (t) => {
  const repo = await checkoutOf(t, { 'apps/web.yaml': WEB })
  // No process has this number: it is beyond what the system gives.
  const left = join(tmpdir(), `aiops-operator-checkout-99999999-1-${process.pid}`)
  const others = join(tmpdir(), `aiops-operator-checkout-${process.ppid}-1-${process.pid}`)
  t.after(() =>
    Promise.all([left, others].map((each) => rm(each, { recursive: true, force: true }))).then(() => {}),
  )
  const hoursAgo = new Date(Date.now() - 3 * 3_600_000)
  for (const folder of [left, others]) {
    await mkdir(join(folder, 'scratch'), { recursive: true })
    await utimes(folder, hoursAgo, hoursAgo)
  }
  assert.equal((await editJson(repo, '--root', 'apps', ...SET)).code, 0)
  await assert.rejects(stat(left), { code: 'ENOENT' })
  assert.ok((await stat(others)).isDirectory())
})

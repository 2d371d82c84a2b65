import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { type Command, privateFolder, start } from './command.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

describe('the published package, installed into an empty folder', () => {
  let folder: string
  let installed: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aiops-operator-package-'))
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT })
    const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[')))
    const empty = join(folder, 'empty')
    await mkdir(empty)
    await writeFile(join(empty, 'package.json'), '{"private":true}')
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts']
    await run('npm', ['install', ...quiet, join(folder, filename)], { cwd: empty })
    installed = join(empty, 'node_modules/aiops-operator')
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('carries every file of src that is not TypeScript, and templates and CRDs, where its code looks for them', async () => {
    const kept = (path: string) => !/(?:\.ts|README\.md)$/.test(path)
    const source = (await files(join(ROOT, 'src'))).filter(kept)
    assert.ok(source.some((path) => path.endsWith('.gotmpl')))
    const dist = await files(join(installed, 'dist'))
    assert.deepEqual(
      source.filter((path) => !dist.includes(path)),
      [],
    )
    for (const folder of ['templates', 'crds']) {
      assert.deepEqual(await files(join(installed, folder)), await files(join(ROOT, folder)))
    }
  })

  it('every module of it loads, so no import leads out of the package', async () => {
    const modules = (await files(join(installed, 'dist'))).filter((path) => path.endsWith('.js'))
    // These two run the command line.
    const loaded = modules.filter((path) => path !== 'main.js' && path !== 'entry.js')
    const script = `for (const path of ${JSON.stringify(loaded)}) await import(${JSON.stringify(`${installed}/dist/`)} + path)`
    await run(process.execPath, ['--input-type=module', '--eval', script])
    assert.ok(loaded.includes('cli/demo/demo.js'))
  })

  it('prints its help by the name under which it was installed', async () => {
    const bin = join(installed, '../.bin/aiops-operator')
    const { stdout } = await run(process.execPath, [bin, '--help'])
    assert.match(stdout, /^Usage: aiops-operator/)
  })

  it('runs the operator with a repository: templates and prompts are found', async (t) => {
    const folder = await privateFolder(t)
    const config = {
      repositories: [
        {
          name: 'infra',
          url: 'http://127.0.0.1:1/infra.git',
          forge: { type: 'git', allowUnreviewed: true },
          namespaces: ['shop'],
        },
      ],
      kubeconfig: join(folder, 'none'),
      http: { listen: '127.0.0.1:0' },
    }
    await writeFile(join(folder, 'operator.yaml'), JSON.stringify(config))
    const operator = start(t, folder, ['run', '-c', 'operator.yaml'], [join(installed, 'dist/entry.js')])
    await operator.shows(/"message":"started"/)
    operator.process.kill('SIGTERM')
    assert.equal(await operator.ended, 0, operator.stderr)
  })

  it('says in one sentence which Node it needs when it is started by an older one, and ends with 69', async (t) => {
    const folder = await privateFolder(t)
    const older = await startWithOlderNode(t, folder, join(installed, 'dist/entry.js'))
    assert.equal(await older.ended, 69)
    assert.match(older.stderr, /^aiops-operator needs Node\.js 24 or newer; this is v\d+\.\S+\.\n$/)
    assert.equal(older.stdout, '')
  })
})

/** A real Node older than 24 where the machine has one; else this one, which says that it is older. */
async function startWithOlderNode(
  t: { after(work: () => Promise<void>): void },
  folder: string,
  entry: string,
): Promise<Command> {
  for (const place of (process.env['PATH'] ?? '').split(delimiter)) {
    const node = join(place, 'node')
    const version = await run(node, ['--version']).catch(() => undefined)
    if (version && Number(/^v(\d+)/.exec(version.stdout)?.[1]) < 24) {
      return start(t, folder, ['--help'], [entry], node)
    }
  }
  const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.0.0' } })
Object.defineProperty(process, 'version', { value: 'v20.0.0' })`
  await writeFile(join(folder, 'older.mjs'), older)
  return start(t, folder, ['--help'], ['--import', join(folder, 'older.mjs'), entry])
}

async function files(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { it } from 'node:test'
import { promisify } from 'node:util'
import { type Command, privateFolder, processesOf, start } from './command.ts'

const STAGES = [
  'Servers',
  'Manifests repository',
  'Healthy workload',
  'Operator',
  'The change that breaks it',
  'Fault seen',
  'Evidence',
  'Proposal',
  'Gates',
  'Pull request',
  'Merge',
  'Approved',
  'Dry-run',
  'Apply',
  'Recovered',
  'Time',
]

function headings({ stdout }: Command): readonly string[] {
  return stdout.split('\n').filter((line) => /^\S/.test(line))
}

function section({ stdout }: Command, heading: string): string {
  const text = stdout.split(`\n${heading}\n`)[1] ?? ''
  return text.split(/\n(?=\S)/)[0] ?? ''
}

async function assertNothingLeft(folder: string): Promise<void> {
  assert.deepEqual(await processesOf(folder), [])
  assert.deepEqual(await readdir(folder), [])
}

it('the demo tells every stage of the main job, ends with 0, and leaves no process and no file', async (t) => {
  const folder = await privateFolder(t)
  const demo = start(t, folder, ['demo'])
  assert.equal(await demo.ended, 0, demo.stderr)
  assert.deepEqual(headings(demo), STAGES)
  assert.match(section(demo, 'Healthy workload'), /deployment\.apps\/web +2\/2/)
  assert.match(section(demo, 'The change that breaks it'), /Dana Developer[\s\S]*\+ .*web:9\.9\.9"/)
  assert.match(section(demo, 'Fault seen'), /web: (ErrImagePull|ImagePullBackOff)[\s\S]*9\.9\.9: not found/)
  assert.match(section(demo, 'Evidence'), /2 of 2 available, \S+web:1\.9\.8/)
  assert.match(section(demo, 'Proposal'), /image = "registry\.example\.com\/shop\/web:1\.9\.8"/)
  assert.equal(section(demo, 'Gates').match(/ passed /g)?.length, 7)
  assert.doesNotMatch(section(demo, 'Gates'), /refused/)
  const diff = section(demo, 'Pull request').match(/^ {3}\| [-+] {4,}.*$/gm)
  assert.deepEqual(diff, [
    '   | -          image: "registry.example.com/shop/web:9.9.9"  # bumped by hand on release day',
    '   | +          image: "registry.example.com/shop/web:1.9.8"  # bumped by hand on release day',
  ])
  assert.match(section(demo, 'Approved'), /by Robin Reviewer/)
  assert.match(section(demo, 'Dry-run'), /PATCH \S*dryRun=All\S* -> 200/)
  assert.match(section(demo, 'Apply'), /PATCH \S+\/deployments\/web\?fieldManager=aiops-operator\S* -> 200/)
  assert.doesNotMatch(section(demo, 'Apply'), /dryRun/)
  assert.match(section(demo, 'Recovered'), /web-auto-fix +Applied +web .* true /)
  assert.match(section(demo, 'Time'), /all together +\d+\.\d\d s/)
  await assertNothingLeft(folder)
})

it('who types the printed commands merges the fix, and what --keep leaves running works and can be stopped', async (t) => {
  const folder = await privateFolder(t)
  const demo = start(t, folder, ['demo', '--interactive', '--keep'])
  const [, commands = ''] = await demo.shows(/In another terminal:\n([\s\S]*)\n\s*To reject it/)
  await asPerson(commands)
  assert.equal(await demo.ended, 0, demo.stderr)
  assert.match(section(demo, 'Approved'), /by Vera Visitor/)
  const kept = section(demo, 'Left running')
  const kubeconfig = found(kept, /export KUBECONFIG=(\S+)/)
  const kubectl = found(kept, /kubectl +(\S+)/)
  const deployment = ['-n', 'shop', 'get', 'deployment', 'web', '-o', 'jsonpath={..image}']
  const { stdout } = await promisify(execFile)(kubectl, ['--kubeconfig', kubeconfig, ...deployment])
  assert.equal(stdout, 'registry.example.com/shop/web:1.9.8')
  await promisify(execFile)('git', ['ls-remote', '--exit-code', found(kept, /repository +(\S+)/), 'main'])
  const dir = found(kept, /Stop everything: npm run demo -- --stop (\S+)/)
  const stop = start(t, folder, ['demo', '--stop', dir])
  assert.equal(await stop.ended, 0, stop.stderr)
  assert.match(stop.stdout, /^7 processes stopped/)
  await assertNothingLeft(folder)
})

it('who deletes the branch rejects the fix: nothing is applied, and the demo ends with 0', async (t) => {
  const folder = await privateFolder(t)
  const demo = start(t, folder, ['demo', '--interactive'])
  const [, clone = '', branch = ''] = await demo.shows(
    /(git clone .*)\n[\s\S]*git push origin --delete (\S+)/,
  )
  await asPerson(`${clone} && git -C ${clone.split(' ').at(-1)} push -q origin --delete ${branch}`)
  assert.equal(await demo.ended, 0, demo.stderr)
  assert.match(section(demo, 'Rejected'), /Nothing was applied/)
  assert.doesNotMatch(demo.stdout, /^Apply$/m)
  await assertNothingLeft(folder)
})

it('Ctrl-C, doubled as npm doubles it, stops all servers and removes their files', async (t) => {
  const folder = await privateFolder(t)
  const demo = start(t, folder, ['demo'])
  await demo.shows(/^Healthy workload$/m)
  assert.notDeepEqual(await processesOf(folder), [])
  demo.process.kill('SIGINT')
  demo.process.kill('SIGINT')
  assert.equal(await demo.ended, 130)
  assert.match(demo.stderr, /Interrupted/)
  await assertNothingLeft(folder)
})

it('stopping a demo that was never kept changes nothing and says so', async (t) => {
  const folder = await privateFolder(t)
  const stop = start(t, folder, ['demo', '--stop', folder])
  assert.equal(await stop.ended, 1)
  assert.equal(stop.stderr, `No demo was left running in ${folder}.\n`)
  await readdir(folder)
})

async function asPerson(commands: string): Promise<void> {
  const identity = { GIT_AUTHOR_NAME: 'Vera Visitor', GIT_AUTHOR_EMAIL: 'vera@example.com' }
  const committer = { GIT_COMMITTER_NAME: 'Vera Visitor', GIT_COMMITTER_EMAIL: 'vera@example.com' }
  await promisify(execFile)('sh', ['-ec', commands], { env: { ...process.env, ...identity, ...committer } })
}

function found(text: string, pattern: RegExp): string {
  const [, value] = pattern.exec(text) ?? []
  assert.ok(value, `${pattern} in:\n${text}`)
  return value
}

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { artifactFor } from '#src/embedded/artifacts.ts'
import { DEPLOY } from './rendered.ts'

/** There is no Docker where the tests run: what can be said of the file without building it. */
describe('deploy/Dockerfile', async () => {
  const steps = instructions(await readFile(join(DEPLOY, 'Dockerfile'), 'utf8'))
  const all = (name: string) => steps.filter((step) => step.name === name)
  const stages = all('FROM').map(({ rest }) => rest.split(' AS ')[1])

  test('starts every stage from an image that is pinned by digest', () => {
    assert.equal(stages.length, 3)
    const loose = all('FROM').filter(({ rest }) => !/@sha256:[0-9a-f]{64}( AS \w+)?$/.test(rest))
    assert.deepEqual(loose, [])
  })

  test('ends as a numbered user other than root, and starts the operator without a shell', () => {
    const last = steps.slice(steps.findLastIndex(({ name }) => name === 'FROM'))
    assert.equal(last.findLast(({ name }) => name === 'USER')?.rest, '65532:65532')
    assert.deepEqual(JSON.parse(last.find(({ name }) => name === 'ENTRYPOINT')?.rest ?? ''), [
      'aiops-operator',
    ])
  })

  test('brings git and ssh, and the renderers in the versions of the tests', () => {
    const runs = all('RUN').map(({ rest }) => rest)
    assert.ok(runs.some((run) => /apt-get install .*\bgit\b/.test(run) && run.includes('openssh-client')))
    for (const name of ['kustomize', 'helm'] as const) {
      const { build } = artifactFor(name, 'linux', 'amd64')
      assert.ok(build.kind === 'install')
      assert.ok(
        runs.some((run) => run.includes(build.module)),
        `${build.module} is not what the image installs`,
      )
    }
  })

  test('copies from stages that there are, and from files that the ignore file lets in', async () => {
    const ignored = await readFile(join(DEPLOY, 'Dockerfile.dockerignore'), 'utf8')
    const admitted = ignored.split('\n').filter((line) => line.startsWith('!'))
    for (const { rest } of all('COPY')) {
      const from = /^--from=(\w+) /.exec(rest)?.[1]
      if (from !== undefined) assert.ok(stages.includes(from), rest)
      else {
        const sources = rest.split(' ').slice(0, -1)
        assert.deepEqual(
          sources.filter((source) => !admitted.includes(`!${source}`)),
          [],
        )
      }
    }
  })

  test('downloads nothing by address and takes no secret', () => {
    assert.deepEqual(all('ADD'), [])
    assert.deepEqual(
      steps.filter(({ rest }) => /curl|wget|TOKEN|PASSWORD|SECRET/.test(rest)),
      [],
    )
  })
})

function instructions(text: string): readonly { readonly name: string; readonly rest: string }[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
  return lines.map((line) => {
    const [name = '', ...rest] = line.split(' ')
    return { name, rest: rest.join(' ') }
  })
}

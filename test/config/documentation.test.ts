import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { parseConfig } from '#src/config/config.ts'
import { manifestRepositoryOf } from '#src/config/manifest-repository.ts'
import { formatProblem } from '#src/config/problem.ts'
import { allSettings } from '#src/config/settings.ts'
import { configurationTable } from './configuration-table.ts'

describe('docs/configuration.md', async () => {
  const text = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8')

  it('lists every setting as the schema has it', () => {
    const rows = text
      .split('\n')
      .filter((line) => /^\| (?:Key|---|`[\w.]+` \| [^|]+\| [^|]*\| `[A-Z])/.test(line))
    const table = configurationTable()
    const missing = table.filter((row) => !rows.includes(row))
    const stale = rows.filter((row) => row.startsWith('| `') && !table.includes(row))
    const regenerate = 'print the table with: node test/config/print-configuration-table.ts'
    assert.deepEqual({ missing, stale }, { missing: [], stale: [] }, regenerate)
  })

  it('has examples that are accepted as they stand', () => {
    const examples = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => yaml)
    assert.ok(examples.length >= 2)
    for (const file of examples) {
      const isObject = file.startsWith('apiVersion:')
      const parsed = isObject ? manifestRepositoryOf(parse(file)) : parseConfig({ file })
      assert.equal(parsed.ok ? '' : parsed.problems.map(formatProblem).join('\n'), '')
    }
  })

  it('tells every key of a repository', () => {
    const section = /## Repositories\n(.*?)\n## /s.exec(text)?.[1] ?? ''
    const repository = {
      name: 'a',
      url: 'https://h.example/o/r',
      insecure: false,
      branch: 'main',
      forge: { type: 'github', baseUrl: 'https://api.h.example', owner: 'o', repo: 'r', approval: 'merged' },
      credentials: { username: 'u', tokenFile: 'f' },
      paths: [{ path: 'p', namespace: 'n' }],
      namespaces: ['n'],
      mode: 'apply',
      pullRequest: {
        branchPrefix: 'a/',
        labels: ['l'],
        includeLogs: false,
        checks: true,
        maxOpen: 9,
        maxOpenPerNamespace: 9,
        maxPerHour: 9,
        reviewers: ['a'],
        assignees: ['b'],
      },
    }
    assert.ok(parseConfig({ file: JSON.stringify({ repositories: [repository] }) }).ok)
    const keys = Object.entries(repository).flatMap(([key, value]) =>
      typeof value === 'object' && !Array.isArray(value)
        ? Object.keys(value).map((inner) => `${key}.${inner}`)
        : [key],
    )
    for (const key of [
      ...keys,
      'credentials.tokenEnv',
      'credentials.sshKeyFile',
      'credentials.knownHostsFile',
      'credentials.appId',
      'credentials.appKeyFile',
      'credentials.appInstallationId',
      'caFile',
      'forge.allowUnreviewed',
    ]) {
      assert.ok(section.includes(`| \`${key}\` |`), `no row for ${key}`)
    }
  })

  it('gives the model server the two names that people know', () => {
    const names = allSettings().map(({ env }) => env)
    assert.ok(names.includes('OLLAMA_URL') && names.includes('OLLAMA_MODEL'))
    assert.equal(new Set(names).size, names.length)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Config, parseConfig } from '#src/config/config.ts'
import type { ConfigSources } from '#src/config/config-sources.ts'
import { formatProblem } from '#src/config/problem.ts'

const GIT = `
  - name: infra
    url: https://git.example.com/acme/infra.git
    forge: { type: git, allowUnreviewed: true }
`

const HOSTED = {
  namespaces: [],
  timeout: 60_000,
  retries: 2,
  repairRounds: 2,
  contextTokens: 16_384,
  answerTokens: 1000,
  promptPrice: 0,
  answerPrice: 0,
}

function config(sources: ConfigSources): Config {
  const parsed = parseConfig(sources)
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.problems.map(formatProblem).join('\n'))
  return parsed.config
}

function problems(sources: ConfigSources): readonly string[] {
  const parsed = parseConfig(sources)
  return parsed.ok ? [] : parsed.problems.map(formatProblem)
}

describe('configuration', () => {
  it('has a default for everything but the repositories', () => {
    assert.deepEqual(config({}), {
      repositories: [],
      manifestRepositories: { watch: true, credentialsDir: '/etc/aiops-operator/secrets', tokenEnv: [] },
      stateDir: '.aiops-operator',
      paused: false,
      concurrency: 4,
      settle: 15_000,
      settleRecovered: 30_000,
      recoveryTimeout: 600_000,
      pollInterval: 30_000,
      proposers: ['memory', 'playbooks', 'ollama'],
      retention: 2_592_000_000,
      watch: {
        excludeNamespaces: ['kube-system', 'kube-public', 'kube-node-lease', 'aiops-operator-system'],
      },
      leaderElection: {
        enabled: false,
        namespace: 'aiops-operator-system',
        leaseDuration: 15_000,
        renewDeadline: 10_000,
        retryPeriod: 2_000,
      },
      models: {
        concurrency: 2,
        tokensPerIncident: 50_000,
        tokensPerHour: 1_000_000,
        centsPerIncident: 20,
        centsPerHour: 500,
      },
      openai: { url: 'https://api.openai.com/v1', model: 'gpt-4.1-mini', ...HOSTED },
      claude: { url: 'https://api.anthropic.com', model: 'claude-haiku-4-5', ...HOSTED },
      ollama: {
        url: 'http://127.0.0.1:11434',
        model: 'qwen2.5:7b',
        timeout: 120_000,
        retries: 2,
        repairRounds: 2,
        contextTokens: 8192,
      },
      webhook: undefined,
      http: { listen: { host: '127.0.0.1', port: 8081 } },
      log: { level: 'info' },
      renderer: {},
    })
  })

  it('completes a repository with the documented defaults', () => {
    assert.deepEqual(config({ file: `repositories:${GIT}` }).repositories, [
      {
        name: 'infra',
        url: 'https://git.example.com/acme/infra.git',
        branch: 'main',
        forge: { type: 'git', allowUnreviewed: true },
        paths: [{ path: '.' }],
        namespaces: [],
        mode: 'apply',
        pullRequest: {
          branchPrefix: 'aiops-operator/',
          labels: ['aiops-operator'],
          includeLogs: false,
          checks: true,
          maxOpen: 100,
          maxOpenPerNamespace: 100,
          maxPerHour: 200,
          reviewers: [],
          assignees: [],
        },
      },
    ])
  })

  const github = (url: string, forge = '') =>
    config({
      file: `repositories: [{name: a, url: "${url}", insecure: true, credentials: {tokenEnv: T, sshKeyFile: k, knownHostsFile: h}, forge: {type: github${forge}}}]`.replace(
        url.startsWith('ssh') ? '\0' : ', sshKeyFile: k, knownHostsFile: h',
        '',
      ),
    }).repositories[0]?.forge

  it('derives API root, owner and repository of GitHub from the URL', () => {
    const rest = { type: 'github', owner: 'acme', repo: 'infra', approval: 'merged' }
    assert.deepEqual(github('https://github.com/acme/infra.git'), {
      ...rest,
      baseUrl: 'https://api.github.com',
    })
    assert.deepEqual(github('ssh://git@github.com/acme/infra'), {
      ...rest,
      baseUrl: 'https://api.github.com',
    })
    assert.deepEqual(github('ssh://git@ghe.example.com:2222/acme/infra'), {
      ...rest,
      baseUrl: 'https://ghe.example.com/api/v3',
    })
    assert.deepEqual(
      github(
        'http://gitea.example.com:3000/git/acme/infra.git',
        ', baseUrl: "http://gitea.example.com:3000/api/v1/", owner: acme, repo: infra',
      ),
      { ...rest, baseUrl: 'http://gitea.example.com:3000/api/v1' },
    )
  })

  it('normalises paths and takes them with or without a namespace', () => {
    const file = `repositories:${GIT}    paths: [apps/, ./infra/../base, {path: shop, namespace: shop}]`
    assert.deepEqual(config({ file }).repositories[0]?.paths, [
      { path: 'apps' },
      { path: 'base' },
      { path: 'shop', namespace: 'shop' },
    ])
  })

  it('lets a flag win over a variable, a variable over the file, and the file over the default', () => {
    const file = 'ollama: { url: "http://file:1", model: file, timeout: 3s }'
    const env = { OLLAMA_URL: 'http://env:1', OLLAMA_MODEL: 'env', CONCURRENCY: '' }
    const { ollama, concurrency } = config({ file, env, flags: { 'ollama-model': 'flag' } })
    assert.deepEqual(
      [ollama.url, ollama.model, ollama.timeout, ollama.retries, concurrency],
      ['http://env:1', 'flag', 3000, 2, 4],
    )
  })

  it('reads every type of setting from variables and flags', () => {
    const read = config({
      env: {
        PAUSED: 'true',
        CONCURRENCY: '7',
        WATCH_NAMESPACES: 'shop, payments',
        WEBHOOK_LISTEN: ':9000',
        WEBHOOK_SECRET_FILE: '/run/old,/run/new',
        WEBHOOK_MAX_BODY: '512KiB',
        REPOSITORIES: `[${GIT.trim().replace(/^- /, '{').replaceAll('\n    ', ', ')}}]`,
      },
      flags: { 'settle-recovered': '1m30s', 'http-listen': '[::1]:0', 'webhook-secret-env': 'HOOK' },
    })
    assert.equal(read.paused, true)
    assert.equal(read.concurrency, 7)
    assert.deepEqual(read.watch.namespaces, ['shop', 'payments'])
    assert.equal(read.settleRecovered, 90_000)
    assert.deepEqual(read.http.listen, { host: '::1', port: 0 })
    assert.deepEqual(read.webhook, {
      listen: { host: undefined, port: 9000 },
      secrets: [{ file: '/run/old' }, { file: '/run/new' }, { env: 'HOOK' }],
      maxBody: 512 * 1024,
    })
    assert.equal(read.repositories[0]?.name, 'infra')
  })

  it('takes a section without members as not given', () => {
    assert.deepEqual(config({ file: 'ollama:\nwatch:\n' }), config({}))
  })

  it('tells everything that is wrong at once, with key, line and what was expected', () => {
    const file = `settle: 15
ollama:
  timout: 3s
  retries: many
repositories:
  - name: Infra
    url: https://git.example.com/a/b
    forge: { type: git }
    paths: [../up, /root, .git/hooks]
    lables: [x]
  - name: two
    url: https://git.example.com/a/c
    forge: { type: gitlab }
    pullRequest: { branchprefix: x/, includeLogs: 1 }
webhook: [1]
watsh: {}
`
    assert.deepEqual(problems({ file }), [
      'line 1: settle: expected a duration such as 15s or 10m, found a number',
      'line 3: ollama.timout: unknown key; did you mean timeout?',
      'line 4: ollama.retries: expected a whole number between 0 and 10, found another text',
      'line 6: repositories[0].name: expected a name of lower-case letters, digits and dashes, found another text',
      'line 8: repositories[0].forge.allowUnreviewed: expected true: on plain Git whoever can push to the branch can approve, and this says that you accept it, and it is missing',
      'line 9: repositories[0].paths[0].path: expected a path inside the repository, without .. and not absolute, found another text',
      'line 9: repositories[0].paths[1].path: expected a path inside the repository, without .. and not absolute, found another text',
      'line 9: repositories[0].paths[2].path: expected a path inside the repository, without .. and not absolute, found another text',
      'line 10: repositories[0].lables: unknown key; known here: name, url, insecure, branch, forge, credentials, caFile, paths, namespaces, mode, pullRequest',
      'line 13: repositories[1].forge.type: expected a mapping whose type is git, github or gitea, found another text',
      'line 14: repositories[1].pullRequest.includeLogs: expected true or false, found a number',
      'line 14: repositories[1].pullRequest.branchprefix: unknown key; did you mean branchPrefix?',
      'line 15: webhook: expected a mapping, found a list',
      'line 16: watsh: unknown key; did you mean watch?',
    ])
  })

  it('names the variable or flag where the wrong value came from', () => {
    assert.deepEqual(problems({ env: { CONCURRENCY: 'all' }, flags: { 'log-level': 'loud' } }), [
      'variable CONCURRENCY: concurrency: expected a whole number between 1 and 64, found another text',
      'flag --log-level: log.level: expected one of debug, info, warn, error, found another text',
    ])
  })

  it('tells the line of what is not YAML, and nothing of its text', () => {
    assert.deepEqual(problems({ file: 'paused: true\npaused: hunter2\n' }), [
      'line 2: not readable as YAML (DUPLICATE_KEY)',
    ])
    assert.deepEqual(problems({ file: '- hunter2' }), ['line 1: expected a mapping of settings'])
    assert.deepEqual(problems({ file: 'a: &a [x, x]\nb: &b [*a, *a]\nc: *missing' }), [
      'line 1: has an alias without an anchor, or far too many aliases',
    ])
  })

  it('refuses an alias bomb', () => {
    const level = (name: string, of: string) => `${name}: &${name} [${Array(12).fill(`*${of}`)}]\n`
    const file = `a: &a [x,x]\n${level('b', 'a')}${level('c', 'b')}${level('d', 'c')}${level('e', 'd')}`
    assert.deepEqual(problems({ file }), ['line 1: has an alias without an anchor, or far too many aliases'])
  })
})

describe('repositories in the configuration', () => {
  const one = (members: Record<string, unknown>) => ({
    file: JSON.stringify({
      repositories: [
        {
          name: 'a',
          url: 'https://h.example/o/r',
          forge: { type: 'git', allowUnreviewed: true },
          ...members,
        },
      ],
    }),
  })
  const token = { tokenEnv: 'TOKEN' }
  const ssh = { sshKeyFile: 'k', knownHostsFile: 'h' }

  const refused: Record<string, [members: Record<string, unknown>, key: string, says: RegExp]> = {
    'a password in the URL': [{ url: 'https://u:hunter2@h.example/o/r' }, 'url', /has credentials in it/],
    'a token as user name': [{ url: 'https://hunter2@h.example/o/r' }, 'url', /has credentials in it/],
    'a password in an ssh URL': [
      { url: 'ssh://git:hunter2@h.example/o/r', credentials: ssh },
      'url',
      /has credentials/,
    ],
    'a token in the query': [{ url: 'https://h.example/o/r?access_token=hunter2' }, 'url', /query/],
    'plain http to another machine': [{ url: 'http://h.example/hunter2' }, 'url', /insecure: true/],
    'an address that only begins like this machine': [
      { url: 'http://127.0.0.1.h.example/hunter2' },
      'url',
      /insecure/,
    ],
    'the file scheme': [{ url: 'file:///hunter2' }, 'url', /starts with https/],
    'the ext transport': [{ url: 'ext::sh -c hunter2' }, 'url', /starts with https/],
    'scp form': [{ url: 'git@h.example:hunter2/r' }, 'url', /scp form/],
    'a line break in the URL': [{ url: 'https://h.example/\nhunter2' }, 'url', /starts with https/],
    'an option as ssh host': [
      { url: 'ssh://-oProxyCommand=hunter2/r', credentials: ssh },
      'url',
      /starts with|plain/,
    ],
    'ssh without pinned host keys': [
      { url: 'ssh://git@h.example/o/r', credentials: { sshKeyFile: 'k' } },
      'credentials.knownHostsFile',
      /missing/,
    ],
    'an ssh key for https': [{ credentials: ssh }, 'credentials.sshKeyFile', /ssh URLs only/],
    'two tokens': [{ credentials: { tokenFile: 'f', ...token } }, 'credentials.tokenEnv', /either/],
    'github without a token': [{ forge: { type: 'github' } }, 'credentials', /token/],
    'github whose URL names no owner': [
      { url: 'https://h.example/r', forge: { type: 'github' }, credentials: token },
      'forge.owner',
      /OWNER\/REPO/,
    ],
    'a plain API root': [
      { forge: { type: 'github', baseUrl: 'http://h.example' }, credentials: token },
      'forge.baseUrl',
      /insecure/,
    ],
    'reviews, which nothing checks yet': [
      { forge: { type: 'github', approval: 'reviewed' }, credentials: token },
      'forge.approval',
      /merged/,
    ],
    'plain Git that nobody accepted': [
      { forge: { type: 'git', allowUnreviewed: false } },
      'forge.allowUnreviewed',
      /whoever can push/,
    ],
    'a base branch among our own': [{ branch: 'aiops-operator/x' }, 'branch', /branchPrefix/],
    'an empty prefix': [
      { pullRequest: { branchPrefix: '' } },
      'pullRequest.branchPrefix',
      /start of a branch name/,
    ],
    'a prefix that is no prefix': [
      { pullRequest: { branchPrefix: 'fix' } },
      'pullRequest.branchPrefix',
      /ending in/,
    ],
    'a prefix that Git refuses': [
      { pullRequest: { branchPrefix: 'a..b/' } },
      'pullRequest.branchPrefix',
      /branch/,
    ],
    'a branch that reads as an option': [{ branch: '--upload-pack=hunter2' }, 'branch', /name of a branch/],
    'a whole reference as branch': [{ branch: 'refs/heads/main' }, 'branch', /name of a branch/],
    'a namespace pattern': [{ namespaces: ['*'] }, 'namespaces[0]', /namespace/],
    'a namespace twice': [{ namespaces: ['shop', 'shop'] }, 'namespaces[1]', /twice/],
    'a path twice': [{ paths: ['apps', { path: 'apps' }] }, 'paths[1]', /same path/],
  }
  for (const [name, [members, key, says]] of Object.entries(refused)) {
    it(`refuses ${name}, and does not repeat it`, () => {
      const parsed = parseConfig(one(members))
      assert.ok(!parsed.ok)
      const told = parsed.problems.filter((problem) => problem.key === `repositories[0].${key}`)
      assert.match(told.map(formatProblem).join(), says)
      assert.doesNotMatch(JSON.stringify(parsed.problems), /hunter2/)
    })
  }

  const accepted: Record<string, Record<string, unknown>> = {
    'plain http to this machine': { url: 'http://127.0.0.1:3000/o/r' },
    'plain http that somebody asked for': { url: 'http://h.example/o/r', insecure: true },
    'ssh with a user name': { url: 'ssh://git@h.example:2222/o/r', credentials: ssh },
    'a token beside ssh': {
      url: 'ssh://git@h.example/o/r',
      credentials: { ...ssh, ...token },
      forge: { type: 'github' },
    },
    'a prefix with a dash': { pullRequest: { branchPrefix: 'bots/fix-' } },
  }
  for (const [name, members] of Object.entries(accepted)) {
    it(`accepts ${name}`, () => {
      assert.deepEqual(problems(one(members)), [])
    })
  }

  it('tells two repositories of one name and of one namespace', () => {
    const forge = '{ type: git, allowUnreviewed: true }'
    const file = `repositories:
  - { name: a, url: https://h.example/1, forge: ${forge}, namespaces: [shop, pay] }
  - { name: b, url: https://h.example/2, forge: ${forge}, namespaces: [web] }
  - { name: a, url: https://h.example/3, forge: ${forge}, namespaces: [web, shop] }
`
    assert.deepEqual(problems({ file }), [
      'line 4: repositories[2].name: is the name of repositories[0] too',
      'line 4: repositories[2].namespaces[0]: is granted to repositories[1] too; a namespace belongs to one repository',
      'line 4: repositories[2].namespaces[1]: is granted to repositories[0] too; a namespace belongs to one repository',
    ])
  })
})

describe('webhook settings', () => {
  it('refuse a server without a secret', () => {
    assert.deepEqual(problems({ env: { WEBHOOK_LISTEN: ':8080' } }), [
      'webhook.secretFile: is missing: a webhook server needs secretFile or secretEnv',
    ])
  })

  it('refuse a secret without a server', () => {
    assert.deepEqual(problems({ file: 'webhook: { secretEnv: HOOK }' }), [
      'line 1: webhook.listen: is missing: a webhook secret is named, and no address to listen on',
    ])
  })
})

describe('a hosted model', () => {
  const claude = (members: string) => problems({ file: `proposers: [claude]\nclaude: { ${members} }` })

  it('is asked only with a key, and for namespaces that somebody names', () => {
    assert.deepEqual(claude('model: m'), [
      'line 2: claude.apiKeyFile: is missing: claude is a proposer, and has neither apiKeyFile nor apiKeyEnv',
      "line 2: claude.namespaces: is missing: claude is a proposer, and no namespace's evidence may be sent to it",
    ])
    assert.deepEqual(claude('apiKeyEnv: KEY, namespaces: [shop]'), [])
    assert.deepEqual(claude("apiKeyFile: /run/key, namespaces: ['*']"), [])
  })

  it('has one key', () => {
    const said = claude('apiKeyFile: /run/key, apiKeyEnv: KEY, namespaces: [shop]')
    assert.deepEqual(said, ['line 2: claude.apiKeyEnv: is one too many: apiKeyFile names the key already'])
  })

  it('does not get its key over plain http, but for this machine', () => {
    const at = (url: string) => claude(`url: "${url}", apiKeyEnv: KEY, namespaces: [shop]`)
    assert.match(at('http://gateway.example').join(), /claude\.url: is plain http/)
    assert.deepEqual(at('http://127.0.0.1:4000'), [])
  })

  it('needs no key where an OpenAI-compatible server asks for none', () => {
    const file = 'proposers: [openai]\nopenai: { url: "http://vllm.models.svc/v1", namespaces: [shop] }'
    assert.deepEqual(problems({ file }), [])
  })
})

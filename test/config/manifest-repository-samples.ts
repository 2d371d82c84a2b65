import type { JsonObject } from '#src/domain/json.ts'

/** The least that a ManifestRepository needs. */
export const GIT: JsonObject = {
  url: 'https://git.example.com/shop/infra.git',
  forge: { type: 'git', allowUnreviewed: true },
}

const SSH: JsonObject = {
  ...GIT,
  url: 'ssh://git@git.example.com:2222/shop/infra.git',
  credentials: { sshKeyFile: '/keys/id', knownHostsFile: '/keys/known_hosts' },
}

const GITHUB: JsonObject = {
  url: 'https://github.com/shop/infra',
  forge: { type: 'github' },
  credentials: { tokenFile: '/token/token' },
}

const GITEA: JsonObject = {
  url: 'https://git.example.com/shop/infra.git',
  forge: { type: 'gitea' },
  credentials: { tokenFile: '/token/token' },
}

export const ACCEPTED: Readonly<Record<string, JsonObject>> = {
  Gitea: GITEA,
  'a GitHub App and a private certificate authority': {
    ...GITHUB,
    credentials: { appId: '12345', appKeyFile: '/app/key.pem', appInstallationId: '77' },
    caFile: '/ca/ca.pem',
  },
  'plain Git': GIT,
  ssh: SSH,
  GitHub: GITHUB,
  'GitHub at another address': {
    ...GITHUB,
    url: 'https://git.example.com/deep/shop/infra',
    forge: {
      type: 'github',
      baseUrl: 'https://git.example.com/api/v3',
      owner: 'shop',
      repo: 'infra',
      approval: 'merged',
    },
  },
  'http on this machine': { ...GIT, url: 'http://127.0.0.1:3000/shop/infra.git' },
  'http where it is allowed': { ...GIT, url: 'http://git.lan/shop/infra.git', insecure: true },
  'everything that can be said': {
    ...GIT,
    branch: 'release/1.x',
    paths: [{ path: 'apps/prod', namespace: 'shop' }, { path: 'clusters/prod' }],
    namespaces: ['shop', 'billing'],
    mode: 'propose',
    pullRequest: { branchPrefix: 'bot-', labels: ['bot', 'needs review'], includeLogs: true },
  },
}

/** What both refuse: the words of the API server, and the key that the program names. */
export const REFUSED: Readonly<Record<string, readonly [JsonObject, RegExp, string]>> = {
  'no url': [{ forge: GIT['forge'] ?? null }, /spec\.url: Required value/, 'spec.url'],
  'no forge': [{ url: GIT['url'] ?? null }, /spec\.forge: Required value/, 'spec.forge'],
  'an unknown key': [{ ...GIT, brnach: 'main' }, /unknown field "spec\.brnach"/, 'spec.brnach'],
  'a name in the spec': [{ ...GIT, name: 'other' }, /unknown field "spec\.name"/, 'spec.name'],
  'a scheme that runs commands': [{ ...GIT, url: 'ext::sh' }, /starts with https:\/\//, 'spec.url'],
  'an address in scp form': [
    { ...GIT, url: 'git@git.example.com:shop/infra' },
    /starts with https:\/\//,
    'spec.url',
  ],
  'a blank in the url': [{ ...GIT, url: 'https://git.example.com/a b' }, /spec\.url/, 'spec.url'],
  'a password in the url': [
    { ...GIT, url: 'https://me:secret@git.example.com/a/b' },
    /has credentials in it/,
    'spec.url',
  ],
  'a token in the url': [
    { ...GIT, url: 'https://token@git.example.com/a/b' },
    /has credentials in it/,
    'spec.url',
  ],
  'a password in an ssh url': [
    { ...SSH, url: 'ssh://git:secret@git.example.com/a/b' },
    /has credentials in it/,
    'spec.url',
  ],
  'a query in the url': [
    { ...GIT, url: 'https://git.example.com/a/b?t=1' },
    /has a query or a fragment/,
    'spec.url',
  ],
  'a host that looks like an option': [
    { ...SSH, url: 'ssh://-oProxyCommand/a' },
    /host or user name that is not plain/,
    'spec.url',
  ],
  'a user name that looks like an option': [
    { ...SSH, url: 'ssh://-oX@git.example.com/a' },
    /host or user name that is not plain/,
    'spec.url',
  ],
  'plain http to another host': [
    { ...GIT, url: 'http://git.example.com/a/b' },
    /url is plain http/,
    'spec.url',
  ],
  'plain http to a name that begins like this machine': [
    { ...GIT, url: 'http://localhost.example.com/a/b' },
    /url is plain http/,
    'spec.url',
  ],
  'no word on unreviewed merges': [
    { ...GIT, forge: { type: 'git' } },
    /allowUnreviewed must be true/,
    'spec.forge.allowUnreviewed',
  ],
  'unreviewed merges refused': [
    { ...GIT, forge: { type: 'git', allowUnreviewed: false } },
    /allowUnreviewed must be true/,
    'spec.forge.allowUnreviewed',
  ],
  'an owner on plain Git': [
    { ...GIT, forge: { type: 'git', allowUnreviewed: true, owner: 'shop' } },
    /are for the forges github and gitea/,
    'spec.forge.owner',
  ],
  'unreviewed merges on GitHub': [
    { ...GITHUB, forge: { type: 'github', allowUnreviewed: true } },
    /allowUnreviewed is for the forge git/,
    'spec.forge.allowUnreviewed',
  ],
  'an unknown forge': [
    { ...GIT, forge: { type: 'gerrit' } },
    /spec\.forge\.type: Unsupported value/,
    'spec.forge.type',
  ],
  'GitHub without a token': [
    { ...GITHUB, credentials: { username: 'me' } },
    /needs tokenFile or tokenEnv/,
    'spec.credentials',
  ],
  'GitHub without credentials': [
    { url: GITHUB['url'] ?? null, forge: { type: 'github' } },
    /needs tokenFile or tokenEnv/,
    'spec.credentials',
  ],
  'an App on Gitea': [
    { ...GITEA, credentials: { appId: '1', appKeyFile: '/k' } },
    /Gitea and Forgejo have no Apps/,
    'spec.credentials.appId',
  ],
  'an App without its key': [
    { ...GITHUB, credentials: { appId: '1' } },
    /belong together/,
    'spec.credentials.appKeyFile',
  ],
  'an App and a token': [
    { ...GITHUB, credentials: { appId: '1', appKeyFile: '/k', tokenFile: '/t' } },
    /found both/,
    'spec.credentials.appId',
  ],
  'GitHub at a path that is no OWNER/REPO': [
    { ...GITHUB, url: 'https://git.example.com/infra' },
    /forge needs owner and repo/,
    'spec.forge.owner',
  ],
  'GitHub’s API over plain http': [
    { ...GITHUB, forge: { type: 'github', baseUrl: 'http://git.example.com/api' } },
    /forge\.baseUrl is plain http/,
    'spec.forge.baseUrl',
  ],
  'an owner that is a folder': [
    { ...GITHUB, forge: { type: 'github', owner: '..', repo: 'x' } },
    /spec\.forge\.owner/,
    'spec.forge.owner',
  ],
  'two places for the token': [
    { ...GIT, credentials: { tokenFile: '/t', tokenEnv: 'T' } },
    /found both/,
    'spec.credentials.tokenEnv',
  ],
  'a token itself instead of a variable’s name': [
    { ...GIT, credentials: { tokenEnv: 'ghp-x y' } },
    /spec\.credentials\.tokenEnv/,
    'spec.credentials.tokenEnv',
  ],
  'ssh without pinned host keys': [
    { ...SSH, credentials: { sshKeyFile: '/k' } },
    /pinned host keys/,
    'spec.credentials.knownHostsFile',
  ],
  'ssh keys for https': [
    { ...GIT, credentials: { sshKeyFile: '/k', knownHostsFile: '/h' } },
    /for ssh URLs only/,
    'spec.credentials.sshKeyFile',
  ],
  'a branch that is none': [{ ...GIT, branch: 'a..b' }, /expected the name of a branch/, 'spec.branch'],
  'a branch that looks like an option': [
    { ...GIT, branch: '--upload-pack=x' },
    /expected the name of a branch/,
    'spec.branch',
  ],
  HEAD: [{ ...GIT, branch: 'HEAD' }, /expected the name of a branch/, 'spec.branch'],
  'a branch below our own prefix': [
    { ...GIT, branch: 'aiops-operator/x' },
    /below pullRequest\.branchPrefix/,
    'spec.branch',
  ],
  'a prefix without an end': [
    { ...GIT, pullRequest: { branchPrefix: 'bot' } },
    /the start of a branch name/,
    'spec.pullRequest.branchPrefix',
  ],
  'no path': [{ ...GIT, paths: [] }, /spec\.paths/, 'spec.paths'],
  'a path out of the repository': [
    { ...GIT, paths: [{ path: 'apps/../../etc' }] },
    /a path inside the repository/,
    'spec.paths[0].path',
  ],
  'an absolute path': [
    { ...GIT, paths: [{ path: '/etc' }] },
    /a path inside the repository/,
    'spec.paths[0].path',
  ],
  'Git’s own folder': [
    { ...GIT, paths: [{ path: '.git/hooks' }] },
    /a path inside the repository/,
    'spec.paths[0].path',
  ],
  'a path twice': [
    { ...GIT, paths: [{ path: 'apps' }, { path: 'apps' }] },
    /Duplicate value/,
    'spec.paths[1]',
  ],
  'a namespace twice': [{ ...GIT, namespaces: ['shop', 'shop'] }, /Duplicate value/, 'spec.namespaces[1]'],
  'a namespace that is none': [{ ...GIT, namespaces: ['*'] }, /spec\.namespaces\[0\]/, 'spec.namespaces[0]'],
  'an unknown mode': [{ ...GIT, mode: 'force' }, /spec\.mode: Unsupported value/, 'spec.mode'],
  'a label of two lines': [
    { ...GIT, pullRequest: { labels: ['a\nb'] } },
    /spec\.pullRequest\.labels\[0\]/,
    'spec.pullRequest.labels[0]',
  ],
  'logs by a text': [
    { ...GIT, pullRequest: { includeLogs: 'yes' } },
    /must be of type boolean/,
    'spec.pullRequest.includeLogs',
  ],
}

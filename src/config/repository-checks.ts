import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { formatKey, type Problem } from './problem.ts'
import { forgeOf, urlProblem } from './server-url.ts'

type Path = readonly PropertyKey[]
type Complain = (path: Path, message: string) => void

/**
 * What one key means for another, within and between repositories. Works on settings that the schema may have refused
 * elsewhere, so that everything wrong is told at once; what has the wrong type is left to the schema.
 */
export function repositoryProblems(
  repositories: Json | undefined,
  where: (path: Path) => string | undefined,
): readonly Problem[] {
  const problems: Problem[] = []
  const complain: Complain = (path, message) =>
    problems.push({ key: formatKey(path), where: where(path), message })
  const list = isArray(repositories) ? repositories : []
  for (const [index, repository] of list.entries()) {
    if (!isObject(repository)) continue
    const at = ['repositories', index]
    checkUrl(repository, at, complain)
    checkForge(repository, at, complain)
    checkCredentials(repository, at, complain)
    checkPaths(repository, at, complain)
    checkPrefix(repository, at, complain)
  }
  checkNames(list, complain)
  checkNamespaces(list, complain)
  return problems
}

function checkUrl(repository: JsonObject, at: Path, complain: Complain): void {
  const problem = text(repository['url'], (url) =>
    urlProblem(url, ['https', 'ssh', 'http'], repository['insecure'] === true ? 'anywhere' : 'loopback'),
  )
  if (problem !== undefined) complain([...at, 'url'], problem)
}

function checkForge(repository: JsonObject, at: Path, complain: Complain): void {
  const forge = repository['forge']
  if (!isObject(forge)) return
  const { type } = forge
  if (type !== 'github' && type !== 'gitea') return
  const plain = repository['insecure'] === true ? 'anywhere' : 'loopback'
  const problem = text(forge['baseUrl'], (url) => urlProblem(url, ['https', 'http'], plain))
  if (problem !== undefined) complain([...at, 'forge', 'baseUrl'], problem)
  const derived = text(repository['url'], (url) => forgeOf(url, type))
  for (const key of ['owner', 'repo']) {
    if (derived === undefined && typeof repository['url'] === 'string' && forge[key] === undefined) {
      complain([...at, 'forge', key], "is missing: the URL's path is not OWNER/REPO, so it has to be named")
    }
  }
  const credentials = repository['credentials']
  const named = isObject(credentials) ? credentials : {}
  const hasToken = named['tokenFile'] !== undefined || named['tokenEnv'] !== undefined
  if (type === 'gitea' && named['appId'] !== undefined) {
    complain([...at, 'credentials', 'appId'], 'is for the forge github: Gitea and Forgejo have no Apps')
  } else if (!hasToken && named['appId'] === undefined) {
    const app = type === 'github' ? ', or appId and appKeyFile' : ''
    complain(
      [...at, 'credentials'],
      `expected tokenFile or tokenEnv${app}: the forge ${type} opens pull requests with a token`,
    )
  }
}

function checkCredentials(repository: JsonObject, at: Path, complain: Complain): void {
  const credentials = repository['credentials']
  const url = repository['url']
  const ssh = typeof url === 'string' && url.startsWith('ssh://')
  const named = isObject(credentials) ? credentials : {}
  if (named['tokenFile'] !== undefined && named['tokenEnv'] !== undefined) {
    complain([...at, 'credentials', 'tokenEnv'], 'expected either tokenFile or tokenEnv, found both')
  }
  checkApp(named, [...at, 'credentials'], complain)
  for (const key of ['sshKeyFile', 'knownHostsFile']) {
    if (ssh && named[key] === undefined)
      complain([...at, 'credentials', key], 'is missing: an ssh URL needs a key and pinned host keys')
    if (!ssh && named[key] !== undefined && typeof url === 'string')
      complain([...at, 'credentials', key], 'is for ssh URLs only')
  }
}

/** Number and key belong together, and replace a token. */
function checkApp(named: JsonObject, at: Path, complain: Complain): void {
  const { appId, appKeyFile, appInstallationId, tokenFile, tokenEnv } = named
  if (appId !== undefined && appKeyFile === undefined)
    complain([...at, 'appKeyFile'], 'is missing: a GitHub App signs in with its private key')
  if (appId === undefined && (appKeyFile !== undefined || appInstallationId !== undefined))
    complain([...at, 'appId'], 'is missing: the key or installation belongs to a GitHub App')
  if (appId !== undefined && (tokenFile !== undefined || tokenEnv !== undefined))
    complain([...at, 'appId'], 'expected either a GitHub App or a token, found both')
}

function checkPaths(repository: JsonObject, at: Path, complain: Complain): void {
  const paths = isArray(repository['paths']) ? repository['paths'] : []
  const names = paths.map((entry) => (isObject(entry) ? entry['path'] : entry))
  for (const [index, name] of names.entries()) {
    if (typeof name === 'string' && names.indexOf(name) < index)
      complain([...at, 'paths', index], 'names the same path as an entry before it')
  }
}

/** A base branch below our own prefix would be a branch that we create and delete. */
function checkPrefix(repository: JsonObject, at: Path, complain: Complain): void {
  const policy = repository['pullRequest']
  const prefix = (isObject(policy) ? policy['branchPrefix'] : undefined) ?? 'aiops-operator/'
  const branch = repository['branch'] ?? 'main'
  if (
    typeof prefix === 'string' &&
    prefix !== '' &&
    typeof branch === 'string' &&
    branch.startsWith(prefix)
  ) {
    complain(
      [...at, 'branch'],
      'is a branch below pullRequest.branchPrefix, where the operator creates and deletes branches',
    )
  }
}

function checkNames(list: readonly Json[], complain: Complain): void {
  const names = list.map((repository) => (isObject(repository) ? repository['name'] : undefined))
  for (const [index, name] of names.entries()) {
    const first = names.indexOf(name)
    if (typeof name === 'string' && first < index)
      complain(['repositories', index, 'name'], `is the name of repositories[${first}] too`)
  }
}

/** Two repositories that may both change a namespace would undo each other's changes. */
function checkNamespaces(list: readonly Json[], complain: Complain): void {
  const owners = new Map<string, number>()
  for (const [index, repository] of list.entries()) {
    const namespaces = isObject(repository) ? repository['namespaces'] : undefined
    for (const [position, namespace] of (isArray(namespaces) ? namespaces : []).entries()) {
      if (typeof namespace !== 'string') continue
      const owner = owners.get(namespace)
      if (owner === undefined) owners.set(namespace, index)
      else if (owner === index)
        complain(['repositories', index, 'namespaces', position], 'names the same namespace twice')
      else
        complain(
          ['repositories', index, 'namespaces', position],
          `is granted to repositories[${owner}] too; a namespace belongs to one repository`,
        )
    }
  }
}

function text<T>(value: Json | undefined, read: (text: string) => T | undefined): T | undefined {
  return typeof value === 'string' ? read(value) : undefined
}

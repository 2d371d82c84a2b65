import { devNull } from 'node:os'

/** Settings of every git child, by environment: nothing on disk and nothing in an argument list can change them. */
const SETTINGS = {
  'core.hooksPath': devNull,
  'core.fsmonitor': 'false',
  'core.askPass': '',
  'credential.helper': '',
  'fetch.recurseSubmodules': 'no',
  'submodule.recurse': 'false',
  'gc.autoDetach': 'false',
  'maintenance.autoDetach': 'false',
  'protocol.version': '2',
  'transfer.credentialsInUrl': 'die',
  'http.followRedirects': 'false',
  'http.lowSpeedLimit': '100',
  'http.lowSpeedTime': '30',
} as const satisfies Record<string, string>

/** What is handed on from our own environment: how to find programs, and how to leave the network. */
const HANDED_ON = [
  'PATH',
  'TMPDIR',
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'ALL_PROXY',
  'all_proxy',
  'NO_PROXY',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
] as const

export type Environment = Readonly<Record<string, string>>

export interface GitEnvironmentOptions {
  readonly inherited: NodeJS.ProcessEnv
  /** The bare store. */
  readonly gitDir: string
  /** An empty folder of our own in place of the user's. */
  readonly home: string
}

/**
 * The whole environment of a git child that works on the store alone. No protocol is allowed, so a missing object of
 * the partial clone is an error at once and never a download of its own.
 */
export function localEnvironment(options: GitEnvironmentOptions): Environment {
  return gitEnvironment(options, 'none', {}, { GIT_NO_LAZY_FETCH: '1' })
}

/** The environment of a git child that talks to the remote by one protocol, with further settings and variables. */
export function remoteEnvironment(
  options: GitEnvironmentOptions,
  protocol: string,
  settings: Environment,
  variables: Environment,
): Environment {
  return gitEnvironment(options, protocol, settings, variables)
}

function gitEnvironment(
  options: GitEnvironmentOptions,
  protocol: string,
  settings: Environment,
  variables: Environment,
): Environment {
  const environment: Record<string, string> = {}
  for (const name of HANDED_ON) {
    const value = options.inherited[name]
    if (value !== undefined) environment[name] = value
  }
  Object.assign(environment, {
    HOME: options.home,
    XDG_CONFIG_HOME: options.home,
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_DIR: options.gitDir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_ALLOW_PROTOCOL: protocol,
    ...variables,
  })
  const entries = [...Object.entries(SETTINGS), ...Object.entries(settings)]
  environment['GIT_CONFIG_COUNT'] = String(entries.length)
  entries.forEach(([key, value], i) => {
    environment[`GIT_CONFIG_KEY_${i}`] = key
    environment[`GIT_CONFIG_VALUE_${i}`] = value
  })
  return environment
}

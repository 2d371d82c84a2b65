import { posix } from 'node:path'
import { z } from 'zod'
import { isBranchName, isBranchPrefix } from './branch-name.ts'
import {
  dnsLabel,
  environmentName,
  listOf,
  oneOf,
  path,
  someText,
  textOf,
  trueOrFalse,
  wholeNumber,
} from './fields.ts'

const A_PATH = 'a path inside the repository, without .. and not absolute'

const repositoryPath = textOf(A_PATH, isInside).transform((text) => posix.normalize(text).replace(/\/$/, ''))

const pathEntry = z
  .union([z.string(), z.looseObject({})], { error: 'a path, or a mapping with path and namespace' })
  .transform((value): unknown => (typeof value === 'string' ? { path: value } : value))
  .pipe(z.strictObject({ path: repositoryPath, namespace: dnsLabel().optional() }))

/** A forge with a REST API. */
function hosted<const T extends string>(type: T) {
  return z.strictObject({
    type: z.literal(type),
    baseUrl: someText('the root URL of the API').optional(),
    owner: plainName('the owner of the repository').optional(),
    repo: plainName('the name of the repository').optional(),
    approval: z.literal('merged', { error: 'merged' }).prefault('merged'),
  })
}

const forge = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('git'),
      allowUnreviewed: z.literal(true, {
        error:
          'true: on plain Git whoever can push to the branch can approve, and this says that you accept it',
      }),
    }),
    hosted('github'),
    hosted('gitea'),
  ],
  { error: 'a mapping whose type is git, github or gitea' },
)

const credentials = z.strictObject(
  {
    username: someText('a user name').optional(),
    tokenFile: path().optional(),
    tokenEnv: environmentName().optional(),
    appId: appIdentifier('the number or client identifier of a GitHub App').optional(),
    appKeyFile: path().optional(),
    appInstallationId: appIdentifier('the number of an installation').optional(),
    sshKeyFile: path().optional(),
    knownHostsFile: path().optional(),
  },
  { error: 'a mapping that names credentials' },
)

const pullRequest = z.strictObject(
  {
    branchPrefix: textOf('the start of a branch name, ending in / or -', isBranchPrefix).prefault(
      'aiops-operator/',
    ),
    labels: listOf(
      textOf('a label of at most 50 characters', (text) => /^[^\p{Cc},]{1,50}$/u.test(text)),
      'a list of labels',
    ).prefault(['aiops-operator']),
    includeLogs: trueOrFalse().prefault(false),
    checks: trueOrFalse().prefault(true),
    maxOpen: wholeNumber(1, 1000).prefault(100),
    maxOpenPerNamespace: wholeNumber(1, 1000).prefault(100),
    maxPerHour: wholeNumber(1, 1000).prefault(200),
    reviewers: logins('a list of people who are asked to review').prefault([]),
    assignees: logins('a list of people who are made responsible').prefault([]),
  },
  { error: 'a mapping' },
)

/** One entry of `repositories` in the configuration file. What spans several keys is checked in cross-checks.ts. */
export const repositorySchema = z.strictObject(
  {
    name: dnsLabel('a name of lower-case letters, digits and dashes'),
    url: z.string({ error: 'the URL of the repository: https://, ssh://, or http:// with insecure: true' }),
    insecure: trueOrFalse().prefault(false),
    branch: textOf('the name of a branch', isBranchName).prefault('main'),
    forge,
    credentials: credentials.optional(),
    caFile: path().optional(),
    paths: listOf(pathEntry, 'a list of paths').min(1, { error: 'at least one path' }).prefault(['.']),
    namespaces: listOf(dnsLabel(), 'a list of namespaces').prefault([]),
    mode: oneOf(['observe', 'propose', 'apply']).prefault('apply'),
    pullRequest: pullRequest.prefault({}),
  },
  { error: 'a mapping with name, url and forge' },
)

export type RepositoryInput = z.output<typeof repositorySchema>

function isInside(text: string): boolean {
  const whole = posix.normalize(text)
  return (
    text !== '' &&
    text.length <= 1024 &&
    !/[\p{Cc}\\]/u.test(text) &&
    !posix.isAbsolute(text) &&
    !/^\.\.(?:\/|$)/.test(whole) &&
    !/^\.git(?:\/|$)/i.test(whole)
  )
}

function logins(expected: string) {
  return listOf(
    textOf('the name of an account', (text) => /^[A-Za-z0-9][\w.-]{0,63}$/.test(text)),
    expected,
  ).max(15, { error: 'at most 15 accounts' })
}

/** Numbers are written with or without quotes. */
function appIdentifier(expected: string) {
  return z
    .union([z.string(), z.int()], { error: expected })
    .transform(String)
    .pipe(textOf(expected, (text) => /^[\w.-]{1,64}$/.test(text)))
}

function plainName(expected: string) {
  return textOf(expected, (text) => /^[\w.-]{1,100}$/.test(text) && !/^\.{1,2}$/.test(text))
}

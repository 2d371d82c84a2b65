import type { ForgeSpec, RepositorySpec } from '#src/domain/repository.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { Log } from '#src/runtime/log.ts'
import type { Checks } from './checks.ts'
import type { Conversation } from './conversation.ts'
import type { PullRequests } from './forge.ts'
import { type GitStore, openGitForge } from './git/git-pull-requests.ts'
import { GiteaApi } from './gitea/gitea-api.ts'
import { GitHubApi } from './github/github-api.ts'
import type { AccountAccess } from './hosted/account-access.ts'
import type { ForgeApi } from './hosted/forge-api.ts'
import { forgeFetch } from './hosted/forge-fetch.ts'
import type { Fetch } from './hosted/guarded-fetch.ts'
import { hostedChecks } from './hosted/hosted-checks.ts'
import { hostedConversation } from './hosted/hosted-conversation.ts'
import { hostedPullRequests } from './hosted/hosted-pull-requests.ts'
import { GITHUB_CONTENT, Pace } from './hosted/pace.ts'

export type HostedSpec = Exclude<ForgeSpec, { type: 'git' }>

export interface HostedDeps {
  readonly access: AccountAccess
  readonly log: Log
  /** The way to the network: proxies, private certificate authorities, tests. */
  readonly fetch: Fetch
  /** Shared by all repositories that one account works on. */
  readonly pace: Pace
  /** Milliseconds for one request and its answer; 30 s unless given. */
  readonly timeoutMs?: number
}

export const FORGE_TIMEOUT_MS = 30_000

/** The REST API of a repository's forge. Opens no connection yet. */
export function openForgeApi(spec: HostedSpec, deps: HostedDeps): ForgeApi {
  const { baseUrl, owner, repo } = spec
  const { access, log, pace, timeoutMs = FORGE_TIMEOUT_MS } = deps
  const token = (refused?: string) => access.token(refused)
  const fetch = forgeFetch({ baseUrl, token, fetch: deps.fetch, timeoutMs, pace })
  switch (spec.type) {
    case 'github':
      return new GitHubApi({ baseUrl, owner, repo, access, fetch, log })
    case 'gitea':
      return new GiteaApi({ baseUrl, owner, repo, access, fetch })
  }
}

/** Only GitHub counts what an account creates; every forge's Retry-After is respected. */
export function paceOf(type: HostedSpec['type'], clock: Pick<Clock, 'monotonic' | 'sleep'>): Pace {
  return new Pace(clock, type === 'github' ? GITHUB_CONTENT : [])
}

export interface GitDeps {
  /** The repository's `Manifests`: plain Git answers by it. */
  readonly store: GitStore
  /** Committer of our commits as Git prints it: `Name <mail>`. */
  readonly identity: string
  readonly log: Log
}

/** What a forge with a REST API has beside pull requests. */
export interface HostedSides {
  readonly conversation: Conversation
  readonly checks: Checks
}

export function openSides(api: ForgeApi, baseBranch: string): HostedSides {
  return { conversation: hostedConversation(api), checks: hostedChecks(api, baseBranch) }
}

/** The pull requests of a configured repository; `api` where its forge has one. */
export function openPullRequests(
  spec: RepositorySpec,
  api: ForgeApi | undefined,
  { store, identity, log }: GitDeps,
): PullRequests {
  const { url, branch: baseBranch } = spec
  if (api !== undefined) return hostedPullRequests(api, baseBranch, log)
  return openGitForge({ url, baseBranch, identity, store, log })
}

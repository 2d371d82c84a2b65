import type { RepositorySpec } from '#src/domain/repository.ts'
import type { Log } from '#src/runtime/log.ts'
import type { PullRequests } from './forge.ts'
import { type GitStore, openGitForge } from './git/git-pull-requests.ts'
import { openGitHubForge } from './github/github-pull-requests.ts'
import type { Fetch } from './github/guarded-fetch.ts'

export interface ForgeDeps {
  /** The repository's `Manifests`: plain Git answers by it. */
  readonly store: GitStore
  /** Committer of our commits as Git prints it: `Name <mail>`. */
  readonly identity: string
  /** The forge's token as it is now: asked before every request. Throws CredentialsMissing. */
  readonly token: () => Promise<string>
  readonly log: Log
  /** Instead of the global one: proxies, private certificate authorities, tests. */
  readonly fetch?: Fetch
}

/** The pull requests of a configured repository, on its forge. Opens no connection yet. */
export function openPullRequests(spec: RepositorySpec, deps: ForgeDeps): PullRequests {
  const { forge, branch: baseBranch } = spec
  const { store, identity, token, log, fetch } = deps
  switch (forge.type) {
    case 'git':
      return openGitForge({ url: spec.url, baseBranch, identity, store, log })
    case 'github': {
      const { baseUrl, owner, repo } = forge
      return openGitHubForge({ baseUrl, owner, repo, baseBranch, token, log, ...(fetch && { fetch }) })
    }
  }
}

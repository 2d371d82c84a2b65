/** `observe`: Remediations only. `propose`: pull requests, and engines apply. `apply`: we apply too, in granted namespaces. */
export type Mode = 'observe' | 'propose' | 'apply'

/**
 * One manifests repository as the administrator configured it: the shape of the later ManifestRepository's spec.
 * Credentials are named here, never held.
 */
export interface RepositorySpec {
  readonly name: string
  /** https://, http:// (loopback only, or `insecure: true`) or ssh:// — never with credentials in it. */
  readonly url: string
  /** The administrator accepts plain http to another host. */
  readonly insecure?: true
  readonly branch: string
  readonly forge: ForgeSpec
  readonly credentials?: CredentialsSpec
  /** PEM file with certificate authorities of the Git server and the forge's API. */
  readonly caFile?: string
  /** Where manifests live. Everything below each path is looked at. */
  readonly paths: readonly PathSpec[]
  /** Namespaces whose workloads this repository may change. Empty: none. */
  readonly namespaces: readonly string[]
  readonly mode: Mode
  readonly pullRequest: PullRequestPolicy
}

export type ForgeSpec =
  | {
      readonly type: 'git' /** Must be true: on plain Git whoever can push can approve. */
      readonly allowUnreviewed: true
    }
  | {
      /** `gitea` is also Forgejo. */
      readonly type: 'github' | 'gitea'
      /** API root: https://api.github.com, https://HOST/api/v3, https://HOST/api/v1 … */
      readonly baseUrl: string
      readonly owner: string
      readonly repo: string
      /** `merged`: the merge is the approval. `reviewed`: also an approving review of the final head by somebody else. */
      readonly approval: 'merged'
    }

export interface CredentialsSpec {
  /** User name for Git over HTTP; any text will do on GitHub and Gitea with a token. */
  readonly username?: string
  readonly tokenFile?: string
  readonly tokenEnv?: string
  /** A GitHub App, by number or client identifier, instead of a token: its tokens are minted with the key. */
  readonly appId?: string
  readonly appKeyFile?: string
  /** Asked of the forge unless given. */
  readonly appInstallationId?: string
  readonly sshKeyFile?: string
  readonly knownHostsFile?: string
}

export interface PathSpec {
  readonly path: string
  /** Namespace of objects that carry none in their manifest. */
  readonly namespace?: string
}

export interface PullRequestPolicy {
  readonly branchPrefix: string
  readonly labels: readonly string[]
  /** Log lines in pull requests: off unless the repository is private and this says so. */
  readonly includeLogs: boolean
  /** Pull requests of ours that may be open at once; absent: any number. */
  readonly maxOpen?: number
  readonly maxOpenPerNamespace?: number
  /** New ones within any hour. */
  readonly maxPerHour?: number
  /** Asked to review, or made responsible, when a pull request is opened; people may change it then. */
  readonly reviewers?: readonly string[]
  readonly assignees?: readonly string[]
  /** Reports on the heads of all open pull requests; absent: yes. */
  readonly checks?: boolean
}

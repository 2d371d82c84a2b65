/**
 * Every error a person can meet, sorted by room. `retry` decides what the controller does: `never` ends the incident
 * (phase Failed) or, outside an incident, waits for a change; `backoff` tries again. A code once published keeps its
 * meaning; a retired one is never used again. docs/errors.md holds the same table for people; a test compares them.
 */
export const ERRORS = {
  // config
  ConfigInvalid: { retry: 'never', remedy: 'Correct the named keys of the configuration file.' },
  CredentialsMissing: {
    retry: 'backoff',
    remedy: 'Provide the credential file or environment variable that the configuration names.',
  },
  // cluster
  ApiUnreachable: {
    retry: 'backoff',
    remedy: 'Check that the API server is reachable with this kubeconfig.',
  },
  ApiUnauthorized: {
    retry: 'backoff',
    remedy: 'Renew the credentials that the kubeconfig or the ServiceAccount gives the operator.',
  },
  ApiForbidden: { retry: 'backoff', remedy: 'Grant the operator the named verb on the named resource.' },
  ApiConflict: { retry: 'backoff', remedy: 'Nothing to do: the object changed meanwhile and is read again.' },
  ApiNotFound: { retry: 'never', remedy: 'Check that the object still exists.' },
  ApiGone: { retry: 'backoff', remedy: 'Nothing to do: the list is read again.' },
  ApiRejected: { retry: 'never', remedy: 'Read what the API server said about the object and correct it.' },
  LeaseLost: {
    retry: 'backoff',
    remedy: 'Nothing to do: another replica works. If none does, look at the Lease and its holder.',
  },
  RemediationInvalid: {
    retry: 'never',
    remedy: 'Delete this Remediation: the operator makes a new one while the fault lasts.',
  },
  // detect
  UnsupportedKind: {
    retry: 'never',
    remedy:
      'Fix the owner of this pod by hand: only Deployments, StatefulSets, DaemonSets and CronJobs are repaired.',
  },
  // manifests
  GitMissing: { retry: 'backoff', remedy: 'Install git and put it on the PATH.' },
  RepositoryUnreachable: {
    retry: 'backoff',
    remedy: 'Check the repository URL and that the Git server can be reached.',
  },
  RepositoryAuth: {
    retry: 'backoff',
    remedy: 'Check the credentials that the configuration names for this repository.',
  },
  RepositoryClosed: {
    retry: 'backoff',
    remedy:
      'Nothing to do where the repository was changed; where it was removed, add it again or delete the Remediation.',
  },
  RepositoryEmpty: { retry: 'backoff', remedy: 'Push a first commit to the configured branch.' },
  RepositoryTooLarge: {
    retry: 'never',
    remedy: 'Move the manifests into a repository of their own, or split the named file or folder.',
  },
  BranchMissing: { retry: 'backoff', remedy: 'Check the configured branch of the repository.' },
  PushRefused: { retry: 'backoff', remedy: 'Allow the operator to push branches with its prefix.' },
  HumanCommits: {
    retry: 'never',
    remedy: 'Finish the pull request by hand: somebody else pushed to its branch.',
  },
  NotInGit: {
    retry: 'never',
    remedy: 'Add the workload to a configured repository path, or mark it with aiops-operator.dev/ignore.',
  },
  AmbiguousSource: {
    retry: 'never',
    remedy: "Name the right root in the repository's paths: more than one file renders this object.",
  },
  SourceElsewhere: {
    retry: 'never',
    remedy:
      'Configure the repository and branch that the named engine object follows, or repair it there by hand.',
  },
  RevisionPinned: {
    retry: 'never',
    remedy:
      'Let the engine follow the base branch, or repair the workload and move the pinned revision by hand.',
  },
  FieldIgnored: {
    retry: 'never',
    remedy: "Take the field out of the engine's ignored paths, or change it where it is really written.",
  },
  LiveDiffersFromGit: {
    retry: 'never',
    remedy: 'Bring cluster and Git together first: the live field is not what Git says.',
  },
  EngineHeld: {
    retry: 'never',
    remedy:
      'Resume the named GitOps object, or let it follow the branch: a merge does not arrive until then.',
  },
  ManifestUnparsable: { retry: 'never', remedy: 'Correct the named YAML file.' },
  RenderFailed: {
    retry: 'never',
    remedy: 'Render the named folder yourself (kustomize build, helm template) and correct what it says.',
  },
  RendererMissing: {
    retry: 'backoff',
    remedy: 'Install what the repository uses (kustomize or kubectl, helm), or name it in the configuration.',
  },
  EditRefused: { retry: 'never', remedy: 'Change the field by hand: its source cannot be edited safely.' },
  BlastRadius: {
    retry: 'never',
    remedy: 'Change the field by hand, or move it into an overlay of its own: the only source is shared.',
  },
  ProofFailed: {
    retry: 'never',
    remedy: 'Change the field by hand: no edit renders exactly the intended change.',
  },
  // propose
  TooManyAttempts: {
    retry: 'never',
    remedy: 'Find out what breaks this line again and again, and repair it by hand.',
  },
  NoGroundedFix: { retry: 'never', remedy: 'Read the evidence and repair the workload by hand.' },
  GateRefused: { retry: 'never', remedy: 'Read the refused gate; repair by hand or change what it names.' },
  ModelUnreachable: {
    retry: 'backoff',
    remedy: "Check the model's url, name and key in the configuration; playbooks go on without it.",
  },
  ModelBudgetSpent: {
    retry: 'backoff',
    remedy: 'Wait, or raise the limits below models in the configuration; playbooks go on without a model.',
  },
  ModelAnswerInvalid: {
    retry: 'never',
    remedy: 'Try another model; the answer was not a valid patch of the target.',
  },
  // forge
  ForgeUnreachable: { retry: 'backoff', remedy: "Check the forge's address and state." },
  ForgeAuth: {
    retry: 'backoff',
    remedy: 'Check the token and its permissions: contents and pull requests, read and write.',
  },
  ForgeRateLimited: {
    retry: 'backoff',
    remedy: 'Nothing to do: the operator waits as long as the forge asks.',
  },
  ForgeRejected: { retry: 'never', remedy: 'Read what the forge answered.' },
  PullRequestForeign: {
    retry: 'never',
    remedy: 'Delete or rename the branch: a pull request on it was not opened by the operator.',
  },
  PullRequestLimit: {
    retry: 'backoff',
    remedy: "Merge or close open pull requests, or raise the limit in the repository's pullRequest policy.",
  },
  ApprovalInvalid: {
    retry: 'never',
    remedy: "Merge the operator's own pull request into the configured base branch.",
  },
  // execute
  MergeUnreachable: {
    retry: 'backoff',
    remedy: 'Restore the merge commit on the base branch, or delete the Remediation.',
  },
  DryRunRefused: {
    retry: 'never',
    remedy: 'Read what the API server or its admission said, and correct the manifest.',
  },
  ApplyConflict: {
    retry: 'never',
    remedy: 'Let the named field manager make the change, or take the field from it.',
  },
  ApplyForbidden: {
    retry: 'backoff',
    remedy: "Grant patch on the workload in this namespace, or set the repository's mode to propose.",
  },
  FieldRefused: {
    retry: 'never',
    remedy: 'Change the field by hand: the operator never writes it, or cannot tell which item is meant.',
  },
  NothingToUndo: {
    retry: 'never',
    remedy: 'Nothing to do: the change that did not help is not in Git any more.',
  },
  TargetGone: { retry: 'never', remedy: 'Nothing to do: the workload was deleted.' },
  NotRecovered: {
    retry: 'never',
    remedy:
      'Read the evidence again: the merged fix did not end the fault. Merge the pull request that takes it back, or revert it.',
  },
  // http
  ListenFailed: {
    retry: 'never',
    remedy: 'Free the address, or configure another one (http.listen, webhook.listen).',
  },
  SignatureInvalid: {
    retry: 'never',
    remedy: "Use the same secret in the forge's webhook and in the operator's configuration.",
  },
  BodyTooLarge: { retry: 'never', remedy: 'Send webhooks of at most the documented size.' },
  BodyInvalid: { retry: 'never', remedy: "Send the forge's JSON payload (content type application/json)." },
  MethodNotAllowed: { retry: 'never', remedy: 'Set the webhook up to send by POST.' },
  HintNotStored: {
    retry: 'backoff',
    remedy: 'Nothing to do: polling finds the merge; or send the delivery again from the forge.',
  },
  // embedded
  ServerUnavailable: {
    retry: 'never',
    remedy: 'Install Go, or set KUBEBUILDER_ASSETS to a folder with the binaries.',
  },
  ServerChecksum: { retry: 'never', remedy: 'Remove the download and try again; do not use it.' },
  ServerFailed: { retry: 'never', remedy: 'Read the named log.' },
  // anywhere
  Internal: { retry: 'backoff', remedy: 'Report this with the log: it is a defect.' },
} as const satisfies Record<string, { readonly retry: 'never' | 'backoff'; readonly remedy: string }>

export type ErrorCode = keyof typeof ERRORS

export type Retry = 'never' | 'backoff' | { readonly afterMs: number }

export interface ErrorDetails {
  /** The object it happened to: `Deployment shop/web`, `repository infra`, `apps/web.yaml:12`. */
  readonly object?: string
  /** Overrides the table, where the server told a time. */
  readonly retry?: Retry
  readonly cause?: unknown
}

/** `message` is one sentence for people and carries nothing secret. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
  readonly code: ErrorCode
  readonly retry: Retry
  readonly object: string | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(details.object === undefined ? message : `${details.object}: ${message}`, { cause: details.cause })
    this.code = code
    this.retry = details.retry ?? ERRORS[code].retry
    this.object = details.object
  }

  get remedy(): string {
    return ERRORS[this.code].remedy
  }
}

/** Anything thrown, as an OperatorError: what is not one already is a defect of ours. */
export function asOperatorError(error: unknown): OperatorError {
  if (error instanceof OperatorError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new OperatorError('Internal', message, { cause: error })
}

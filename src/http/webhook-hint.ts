import { isObject, type Json, ownMember } from '#src/domain/json.ts'

/**
 * What a verified delivery says: look at this pull request (or branch) again. Nothing else of a payload is kept, and
 * nothing of this authorises anything.
 */
export interface WebhookHint {
  readonly repository: { readonly fullName: string; readonly id: string }
  readonly pullRequest?: number
  readonly headBranch?: string
  /** As the forge names it: `pull_request`, `pull_request_review`, `push` … */
  readonly event: string
  readonly action?: string
  /** The forge's identifier of the delivery; empty where it sent none. It is not signed. */
  readonly delivery: string
}

export interface DeliveryHeaders {
  readonly event: string
  readonly delivery: string
}

/**
 * `hint`: worth another look. `ignored`: a delivery that says nothing about a pull request or a branch (ping, issues …).
 * `invalid`: an event that should, and does not.
 */
export type ReadHint =
  | { readonly kind: 'hint'; readonly hint: WebhookHint }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'invalid' }

/** Reads GitHub's and Gitea's payloads; both name these members alike. */
export function readHint(payload: Json, { event, delivery }: DeliveryHeaders): ReadHint {
  const about = subjectOf(event)
  if (about === undefined) return { kind: 'ignored' }
  const repository = repositoryOf(ownMember(payload, 'repository'))
  if (repository === undefined) return { kind: 'invalid' }
  if (about === 'push') {
    const [, branch] = /^refs\/heads\/(.+)$/.exec(shortText(ownMember(payload, 'ref')) ?? '') ?? []
    return branch === undefined
      ? { kind: 'ignored' }
      : { kind: 'hint', hint: { repository, headBranch: branch, event, delivery } }
  }
  if (about === 'comment') return readComment(payload, repository, { event, delivery })
  const pullRequest = ownMember(payload, 'pull_request')
  const number = ownMember(pullRequest, 'number') ?? ownMember(payload, 'number')
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1) return { kind: 'invalid' }
  const headBranch = shortText(ownMember(ownMember(pullRequest, 'head'), 'ref'))
  const action = shortText(ownMember(payload, 'action'))
  return {
    kind: 'hint',
    hint: {
      repository,
      pullRequest: number,
      ...(headBranch !== undefined && { headBranch }),
      event,
      ...(action !== undefined && { action }),
      delivery,
    },
  }
}

/** A comment that was written; one on an issue, changed or deleted says nothing to us. */
function readComment(
  payload: Json,
  repository: WebhookHint['repository'],
  headers: DeliveryHeaders,
): ReadHint {
  const issue = ownMember(payload, 'issue')
  const number = ownMember(issue, 'number')
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1) return { kind: 'invalid' }
  const onPullRequest = isObject(ownMember(issue, 'pull_request'))
  if (!onPullRequest || ownMember(payload, 'action') !== 'created') return { kind: 'ignored' }
  return { kind: 'hint', hint: { repository, pullRequest: number, action: 'created', ...headers } }
}

/**
 * GitHub says `pull_request` and `pull_request_review`; Gitea also `pull_request_approved`, `pull_request_sync` …, and
 * `pull_request_comment` for a review. Comments are `issue_comment` on both.
 */
function subjectOf(event: string): 'pull request' | 'push' | 'comment' | undefined {
  if (event === 'push') return 'push'
  if (event === 'issue_comment') return 'comment'
  return /^pull_request(?:_[a-z_]+)?$/.test(event) ? 'pull request' : undefined
}

function repositoryOf(value: Json | undefined): WebhookHint['repository'] | undefined {
  const fullName = shortText(ownMember(value, 'full_name'))
  const id = ownMember(value, 'id')
  if (fullName === undefined || !/^[\w.-]+(?:\/[\w.-]+)+$/.test(fullName)) return undefined
  return typeof id === 'number' || (typeof id === 'string' && id.length <= 64)
    ? { fullName, id: String(id) }
    : undefined
}

function shortText(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 255 && !/\p{Cc}/u.test(value)
    ? value
    : undefined
}

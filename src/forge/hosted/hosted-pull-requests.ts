import { OperatorError } from '#src/domain/errors.ts'
import type { Head, NewPullRequest, PullRequest, PullRequests } from '#src/forge/forge.ts'
import { commentMarker, stateIn } from '#src/forge/hidden-marker.ts'
import type { Log } from '#src/runtime/log.ts'
import type { ForgeApi } from './forge-api.ts'
import type { PullPayload } from './payloads.ts'
import { headBranchOf, isFromSameRepository, isMerged, isOurs, pullRequestOf } from './pull-facts.ts'

/** GitHub's limit for bodies and comments, in characters; Gitea's is larger. */
const LONGEST_BODY = 65_536

/** Pull requests on a forge with a REST API: GitHub, GitHub Enterprise Server, Gitea, Forgejo. */
export function hostedPullRequests(client: ForgeApi, baseBranch: string, outerLog: Log): PullRequests {
  const log = outerLog.with({ forge: client.type, repository: client.name })

  /** Ours, as the answer about it alone tells it. Lists leave out who merged it, which matters. */
  async function told(pull: PullPayload): Promise<PullRequest> {
    const self = await client.self()
    if (pull.state === 'open' || isMerged(pull))
      return pullRequestOf(onBase(pull, baseBranch), self, undefined)
    return pullRequestOf(pull, self, await client.closedBy(pull.number))
  }

  async function listed(pull: PullPayload): Promise<PullRequest> {
    return told(pull.state === 'open' ? pull : ((await client.pull(pull.number)) ?? pull))
  }

  /** Ours, unless another's holds the branch: merged before open before closed, the first one opened in each. */
  async function known(head: Head): Promise<PullPayload | undefined> {
    const self = await client.self()
    const from = (await client.pullsFrom(head.branch, baseBranch)).filter(
      (pull) => isFromSameRepository(pull) && headBranchOf(pull) === head.branch,
    )
    const ours = from.filter((pull) => isOurs(pull, self))
    const found = ours.find(isMerged) ?? ours.find(({ state }) => state === 'open')
    if (found) return found
    const foreign = from.find(
      (pull) =>
        !isOurs(pull, self) && pull.base.ref === baseBranch && (pull.state === 'open' || isMerged(pull)),
    )
    if (foreign) throw foreignError(foreign)
    return ours[0]
  }

  async function opened(request: NewPullRequest): Promise<PullPayload> {
    const { head } = request
    try {
      const pull = await client.createPull({
        head: head.branch,
        base: baseBranch,
        ...textOf(request, client.longestTitle),
      })
      // Gitea lets two through that come at once: whoever finds an older one gives way to it.
      const first = (await known(head)) ?? pull
      if (first.number < pull.number) {
        await client.updatePull(pull.number, { state: 'closed' })
        return first
      }
      await addCourtesies(client, log, pull.number, request)
      return pull
    } catch (error) {
      // 422 (GitHub) or 409 (Gitea): somebody was faster. No answer: it may have happened after all.
      const mayExist =
        error instanceof OperatorError &&
        (error.code === 'ForgeRejected' || error.code === 'ForgeUnreachable')
      const found = mayExist ? await known(head).catch((second) => onlyForeign(second, error)) : undefined
      if (found) return found
      throw error
    }
  }

  async function withText(pull: PullPayload, request: NewPullRequest): Promise<PullPayload> {
    const text = textOf(request, client.longestTitle)
    return pull.state !== 'open' || isSameText(pull, text) ? pull : client.updatePull(pull.number, text)
  }

  async function ours(id: string): Promise<PullPayload | undefined> {
    const pull = /^[1-9]\d{0,14}$/.test(id) ? await client.pull(Number(id)) : undefined
    return pull && isOurs(pull, await client.self()) ? pull : undefined
  }

  return {
    repositoryId: async () => String(await client.repositoryId()),

    async find(head) {
      const pull = await known(head)
      return pull && listed(pull)
    },

    async ensureOpen(request) {
      const pull = (await known(request.head)) ?? (await opened(request))
      return listed(await withText(pull, request))
    },

    async read(id, head) {
      const pull = await ours(id)
      return pull && headBranchOf(pull) === head.branch ? told(pull) : undefined
    },

    async ensureComment(id, marker, body) {
      const pull = await ours(id)
      if (!pull) return log.warn('no comment: the pull request is not there, or not ours', { id, marker })
      const self = await client.self()
      const hidden = commentMarker(marker)
      const comments = await client.comments(pull.number)
      if (comments.some(({ user, body }) => user?.id === self.id && body?.includes(hidden))) return
      await client.addComment(pull.number, `${bounded(body, LONGEST_BODY - hidden.length - 2)}\n\n${hidden}`)
    },

    async ensureClosed(id) {
      const pull = await ours(id)
      if (pull?.state === 'open') await client.updatePull(pull.number, { state: 'closed' })
    },
  }
}

/** Open and pointed elsewhere can be pointed back; merged elsewhere cannot. */
function onBase(pull: PullPayload, baseBranch: string): PullPayload {
  if (pull.base.ref === baseBranch) return pull
  const merged = isMerged(pull)
  throw new OperatorError(
    'ApprovalInvalid',
    `${merged ? 'was merged into' : 'now points at'} ${pull.base.ref} instead of ${baseBranch}`,
    { object: `pull request #${pull.number}`, retry: merged ? 'never' : 'backoff' },
  )
}

function foreignError(pull: PullPayload): OperatorError {
  return new OperatorError(
    'PullRequestForeign',
    `was opened from the operator's branch by ${pull.user?.login ?? 'somebody'}`,
    { object: `pull request #${pull.number}` },
  )
}

/** A look after a failure may fail too: then the first failure is the one to tell, unless it found a foreign one. */
function onlyForeign(second: unknown, first: unknown): never {
  throw second instanceof OperatorError && second.code === 'PullRequestForeign' ? second : first
}

interface Text {
  readonly title: string
  readonly body: string
}

function textOf({ title, body }: NewPullRequest, longestTitle: number): Text {
  return { title: bounded(title, longestTitle), body: bounded(body, LONGEST_BODY) }
}

/** The state names the facts a text was made of: as long as they stay, what people changed in the text stays too. */
function isSameText(pull: PullPayload, { title, body }: Text): boolean {
  const now = pull.body ?? ''
  const state = stateIn(body)
  if (state !== undefined) return stateIn(now) === state
  return pull.title === title && normal(now) === normal(body)
}

/** Editing in a browser ends lines with \r\n. */
function normal(text: string): string {
  return text.replaceAll('\r\n', '\n').trimEnd()
}

/** Our texts stay below the limit by themselves; this is for what else may come. */
function bounded(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`
}

/** Labels, reviewers and assignees: asked for once, and none of them is worth a pull request. */
async function addCourtesies(
  client: ForgeApi,
  log: Log,
  number: number,
  { labels, reviewers = [], assignees = [] }: NewPullRequest,
): Promise<void> {
  const ask = async (what: string, names: readonly string[], send: () => Promise<void>) => {
    if (names.length === 0) return
    await send().catch((error: unknown) => {
      const code = error instanceof OperatorError ? error.code : 'Internal'
      log.warn(`${what} were not set`, { number, code })
    })
  }
  await ask('labels', labels, () => client.addLabels(number, labels))
  await ask('reviewers', reviewers, () => client.requestReviewers(number, reviewers))
  await ask('assignees', assignees, () => client.assign(number, assignees))
}

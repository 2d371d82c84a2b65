import { z } from 'zod'
import { OperatorError } from '#src/domain/errors.ts'
import type { CheckReport } from '#src/forge/checks.ts'
import type { AccountAccess } from '#src/forge/hosted/account-access.ts'
import { type Asked, askFor, findOne, listAll } from '#src/forge/hosted/answers.ts'
import { ensureStatus } from '#src/forge/hosted/commit-status.ts'
import type { ForgeApi, NewPull, PullChange } from '#src/forge/hosted/forge-api.ts'
import type { Fetch } from '#src/forge/hosted/guarded-fetch.ts'
import * as payloads from '#src/forge/hosted/payloads.ts'
import { byNumber, headBranchOf } from '#src/forge/hosted/pull-facts.ts'
import { type CallBody, type RestCall, restCaller } from '#src/forge/hosted/rest-call.ts'

export interface GiteaOptions {
  /** API root: https://HOST/api/v1 */
  readonly baseUrl: string
  readonly owner: string
  readonly repo: string
  readonly access: AccountAccess
  /** Guarded: adds the token itself. */
  readonly fetch: Fetch
}

const labelWithId = z.object({ id: z.number(), name: z.string() })

/**
 * The calls we make to the REST API of Gitea (seen on 1.27) and Forgejo, which kept it. What differs from GitHub is settled
 * here: labels by number, lists without a filter by branch, pages by `limit`.
 */
export class GiteaApi implements ForgeApi {
  readonly type = 'gitea'
  readonly longestTitle = 255
  readonly name: string
  /** Below the API's root, and below the repository. */
  readonly #root: RestCall
  readonly #call: RestCall
  readonly #access: AccountAccess
  #self: { readonly token: string; readonly account: Promise<payloads.Account> } | undefined

  constructor({ baseUrl, owner, repo, access, fetch }: GiteaOptions) {
    this.name = `${owner}/${repo}`
    const root = baseUrl.replace(/\/$/, '')
    this.#root = restCaller(root, fetch)
    this.#call = restCaller(`${root}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}`, fetch)
    this.#access = access
  }

  #act(doing: string): Asked {
    return { object: `repository ${this.name}`, doing }
  }

  /** All items of a list that is read page by page. */
  #list<T>(doing: string, shape: z.ZodType<T>, path: string, query: CallBody['query'] = {}) {
    return listAll(this.#act(doing), shape, ({ page, per_page: limit }) =>
      this.#call('GET', path, { query: { ...query, page, limit } }),
    )
  }

  async self(): Promise<payloads.Account> {
    const token = await this.#access.token()
    if (this.#self?.token !== token) {
      const account = askFor(this.#act('reading whose token it is'), payloads.accountPayload, () =>
        this.#root('GET', '/user'),
      )
      this.#self = { token, account }
      account.catch(() => {
        this.#self = undefined
      })
    }
    return this.#self.account
  }

  async repositoryId(): Promise<number> {
    const { id } = await askFor(this.#act('reading the repository'), payloads.repositoryPayload, () =>
      this.#call('GET', ''),
    )
    return id
  }

  /**
   * Gitea's lists have no filter by head. `pulls/BASE/HEAD` answers with any one of a base and head, in any state: where it
   * has none, only one that was pointed at another base can exist, and matters only while it is open. Else ours in any
   * state are asked for too (`poster`; an older server answers with everybody's).
   */
  async pullsFrom(branch: string, base: string): Promise<readonly payloads.PullPayload[]> {
    const place = `/pulls/${encodeURIComponent(base)}/${encodeURIComponent(branch)}`
    const any = await findOne(this.#act('looking for a pull request'), payloads.pullPayload, () =>
      this.#call('GET', place),
    )
    const [open, ours] = await Promise.all([
      this.#list('listing open pull requests', payloads.pullPayload, '/pulls', { state: 'open' }),
      any === undefined ? [] : this.#ours(),
    ])
    const found = new Map([...open, ...ours, ...(any ? [any] : [])].map((pull) => [pull.number, pull]))
    return [...found.values()].filter((pull) => headBranchOf(pull) === branch).toSorted(byNumber)
  }

  async #ours(): Promise<readonly payloads.PullPayload[]> {
    const { login: poster } = await this.self()
    const query = { state: 'all', sort: 'recentupdate', poster }
    return this.#list('listing our pull requests', payloads.pullPayload, '/pulls', query)
  }

  pull(number: number): Promise<payloads.PullPayload | undefined> {
    return findOne(this.#act(`reading pull request #${number}`), payloads.pullPayload, () =>
      this.#call('GET', `/pulls/${number}`),
    )
  }

  createPull(request: NewPull): Promise<payloads.PullPayload> {
    return askFor(this.#act('opening a pull request'), payloads.pullPayload, () =>
      this.#call('POST', '/pulls', { json: request }),
    )
  }

  updatePull(number: number, change: PullChange): Promise<payloads.PullPayload> {
    return askFor(this.#act(`updating pull request #${number}`), payloads.pullPayload, () =>
      this.#call('PATCH', `/pulls/${number}`, { json: change }),
    )
  }

  /** Gitea does not tell. */
  async closedBy(): Promise<undefined> {
    return undefined
  }

  /** All of them come in one answer. */
  async comments(number: number): Promise<readonly payloads.CommentPayload[]> {
    return askFor(this.#act(`listing comments of #${number}`), z.array(payloads.commentPayload), () =>
      this.#call('GET', `/issues/${number}/comments`),
    )
  }

  async addComment(number: number, body: string): Promise<void> {
    await askFor(this.#act(`commenting on #${number}`), payloads.commentPayload, () =>
      this.#call('POST', `/issues/${number}/comments`, { json: { body } }),
    )
  }

  /** By number: a name that the repository and its organisation do not know is left out without a word. */
  async addLabels(number: number, labels: readonly string[]): Promise<void> {
    const known = await this.#list('listing labels', labelWithId, '/labels')
    const ids: number[] = []
    for (const name of labels) {
      const found = known.find((label) => label.name === name) ?? (await this.#createLabel(name))
      ids.push(found.id)
    }
    await this.#must(`labelling #${number}`, 'POST', `/issues/${number}/labels`, { json: { labels: ids } })
  }

  #createLabel(name: string): Promise<z.infer<typeof labelWithId>> {
    return askFor(this.#act(`creating the label ${name}`), labelWithId, () =>
      this.#call('POST', '/labels', { json: { name, color: `#${payloads.LABEL_COLOUR}` } }),
    )
  }

  requestReviewers(number: number, reviewers: readonly string[]): Promise<void> {
    const place = `/pulls/${number}/requested_reviewers`
    return this.#must(`asking for reviews of #${number}`, 'POST', place, { json: { reviewers } })
  }

  assign(number: number, assignees: readonly string[]): Promise<void> {
    return this.#must(`assigning #${number}`, 'PATCH', `/issues/${number}`, { json: { assignees } })
  }

  openPulls(base: string): Promise<readonly payloads.PullPayload[]> {
    return this.#list('listing open pull requests', payloads.pullPayload, '/pulls', {
      state: 'open',
      // An older server answers with those into other bases too.
      base_branch: base,
    }).then((pulls) => pulls.filter((pull) => pull.base.ref === base))
  }

  /** Gitea has no merge queue. */
  async queued(): Promise<readonly []> {
    return []
  }

  commentsSince(time: Date): Promise<readonly payloads.CommentPayload[]> {
    const since = time.toISOString()
    return this.#list('listing comments', payloads.commentPayload, '/issues/comments', { since })
  }

  /**
   * Gitea tells permissions to administrators of the repository only. To others it tells who may be assigned: those with
   * write access.
   */
  async mayWrite(login: string): Promise<boolean> {
    const place = `/collaborators/${encodeURIComponent(login)}/permission`
    const doing = `reading the permission of ${login}`
    try {
      const told = await findOne(this.#act(doing), payloads.permissionPayload, () => this.#call('GET', place))
      return told !== undefined && ['write', 'admin', 'owner'].includes(told.permission)
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code !== 'ForgeAuth') throw error
    }
    const may = await askFor(this.#act(doing), z.array(payloads.accountPayload), () =>
      this.#call('GET', '/assignees'),
    )
    return may.some((each) => each.login.toLowerCase() === login.toLowerCase())
  }

  ensureCheck(sha: string, report: CheckReport): Promise<void> {
    return ensureStatus(
      this.#act(`reporting on commit ${sha.slice(0, 12)}`),
      report,
      () => this.#call('GET', `/commits/${sha}/statuses`, { query: { sort: 'recentupdate', limit: 50 } }),
      (json) => this.#call('POST', `/statuses/${sha}`, { json }),
    )
  }

  /** For calls whose answer says nothing that we need. */
  async #must(doing: string, ...call: Parameters<RestCall>): Promise<void> {
    await askFor(this.#act(doing), z.unknown(), () => this.#call(...call))
  }
}

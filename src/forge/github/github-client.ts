import { Octokit } from '@octokit/rest'
import { z } from 'zod'
import type { Log } from '#src/runtime/log.ts'
import { type Asked, askFor, findOne, listAll } from './answers.ts'
import { type Fetch, guardedFetch } from './guarded-fetch.ts'
import * as payloads from './payloads.ts'

export interface GitHubOptions {
  /** API root: https://api.github.com, https://HOST/api/v3 … */
  readonly baseUrl: string
  readonly owner: string
  readonly repo: string
  readonly baseBranch: string
  readonly token: () => Promise<string>
  readonly log: Log
  /** For proxies, private certificate authorities, and tests. */
  readonly fetch?: Fetch
  /** Milliseconds for one request and its answer; 30 s unless given. */
  readonly timeoutMs?: number
}

/**
 * The calls we make to GitHub's REST API, answers parsed, failures translated. Nothing is retried here: a POST that timed
 * out may have happened, so callers look before they create. `undefined` is a 404 about one numbered thing.
 */
export class GitHubClient {
  readonly #octokit: Octokit
  readonly #where: { readonly owner: string; readonly repo: string }
  readonly #token: () => Promise<string>
  #self: { readonly token: string; readonly account: Promise<payloads.Account> } | undefined

  constructor(options: GitHubOptions) {
    const { baseUrl, owner, repo, token, log } = options
    const fetch = guardedFetch({
      baseUrl,
      token,
      fetch: options.fetch ?? globalThis.fetch,
      timeoutMs: options.timeoutMs ?? 30_000,
    })
    const silent = () => {}
    const debug = (message: string) => log.debug(message)
    this.#octokit = new Octokit({
      baseUrl: baseUrl.replace(/\/$/, ''),
      userAgent: 'aiops-operator',
      request: { fetch },
      // Octokit's `debug` lines hold whole requests; the others hold method, path and status.
      log: { debug: silent, info: debug, warn: debug, error: debug },
    })
    this.#where = { owner, repo }
    this.#token = token
  }

  /** `owner/repo`, as errors name it. */
  get name(): string {
    return `${this.#where.owner}/${this.#where.repo}`
  }

  /** What is asked of whom, for errors. */
  #act(doing: string): Asked {
    return { object: `repository ${this.name}`, doing }
  }

  /** Who the token belongs to: asked once per token. */
  async self(): Promise<payloads.Account> {
    const token = await this.#token()
    if (this.#self?.token !== token) {
      const account = askFor(this.#act('reading whose token it is'), payloads.accountPayload, () =>
        this.#octokit.users.getAuthenticated(),
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
      this.#octokit.repos.get(this.#where),
    )
    return id
  }

  /** Pull requests in any state whose head is this branch of an owner of that name, oldest first. */
  async pullsFrom(branch: string): Promise<readonly payloads.PullPayload[]> {
    const pulls = await listAll(this.#act('listing pull requests'), payloads.pullPayload, (page) =>
      this.#octokit.pulls.list({
        ...this.#where,
        ...page,
        head: `${this.#where.owner}:${branch}`,
        state: 'all',
        sort: 'created',
        direction: 'desc',
      }),
    )
    return pulls.toSorted((a, b) => a.number - b.number)
  }

  pull(number: number): Promise<payloads.PullPayload | undefined> {
    return findOne(this.#act(`reading pull request #${number}`), payloads.pullPayload, () =>
      this.#octokit.pulls.get({ ...this.#where, pull_number: number }),
    )
  }

  createPull(request: {
    head: string
    base: string
    title: string
    body: string
  }): Promise<payloads.PullPayload> {
    return askFor(this.#act('opening a pull request'), payloads.pullPayload, () =>
      this.#octokit.pulls.create({ ...this.#where, ...request }),
    )
  }

  updatePull(
    number: number,
    change: { title?: string; body?: string; state?: 'closed' },
  ): Promise<payloads.PullPayload> {
    return askFor(this.#act(`updating pull request #${number}`), payloads.pullPayload, () =>
      this.#octokit.pulls.update({ ...this.#where, ...change, pull_number: number }),
    )
  }

  /** GitHub tells who closed a pull request on its issue; Gitea does not tell. */
  async closedBy(number: number): Promise<string | undefined> {
    const issue = await findOne(this.#act(`reading issue #${number}`), payloads.issuePayload, () =>
      this.#octokit.issues.get({ ...this.#where, issue_number: number }),
    )
    return issue?.closed_by?.login
  }

  comments(number: number): Promise<readonly payloads.CommentPayload[]> {
    return listAll(this.#act(`listing comments of #${number}`), payloads.commentPayload, (page) =>
      this.#octokit.issues.listComments({ ...this.#where, ...page, issue_number: number }),
    )
  }

  async addComment(number: number, body: string): Promise<void> {
    await askFor(this.#act(`commenting on #${number}`), payloads.commentPayload, () =>
      this.#octokit.issues.createComment({ ...this.#where, issue_number: number, body }),
    )
  }

  /** Returns the names that it has now: GitHub creates unknown labels, Gitea leaves them out without a word. */
  async addLabels(number: number, labels: readonly string[]): Promise<readonly string[]> {
    const now = await askFor(this.#act(`labelling #${number}`), z.array(payloads.labelPayload), () =>
      this.#octokit.issues.addLabels({ ...this.#where, issue_number: number, labels: [...labels] }),
    )
    return now.map(({ name }) => name)
  }

  async createLabel(name: string): Promise<void> {
    await askFor(this.#act(`creating the label ${name}`), payloads.labelPayload, () =>
      this.#octokit.issues.createLabel({ ...this.#where, name, color: '5319e7' }),
    )
  }
}

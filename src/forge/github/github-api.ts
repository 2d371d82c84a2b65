import { Octokit } from '@octokit/rest'
import { z } from 'zod'
import { digest } from '#src/domain/digest.ts'
import type { CheckReport } from '#src/forge/checks.ts'
import type { AccountAccess } from '#src/forge/hosted/account-access.ts'
import { type Asked, askFor, findOne, listAll } from '#src/forge/hosted/answers.ts'
import { ensureStatus } from '#src/forge/hosted/commit-status.ts'
import type { ForgeApi, NewPull, PullChange, QueuedHead } from '#src/forge/hosted/forge-api.ts'
import type { Fetch } from '#src/forge/hosted/guarded-fetch.ts'
import * as payloads from '#src/forge/hosted/payloads.ts'
import { byNumber } from '#src/forge/hosted/pull-facts.ts'
import type { Log } from '#src/runtime/log.ts'

export interface GitHubOptions {
  /** API root: https://api.github.com, https://HOST/api/v3 … */
  readonly baseUrl: string
  readonly owner: string
  readonly repo: string
  readonly access: AccountAccess
  /** Guarded: adds the token itself. */
  readonly fetch: Fetch
  readonly log: Log
}

/** `gh-readonly-queue/main/pr-7-SHA`: GitHub's branch for what a merge queue is about to merge. */
const QUEUED = /\/pr-([1-9]\d{0,14})-[0-9a-f]{40,64}$/

/** The calls we make to GitHub's REST API (2022-11-28), also of GitHub Enterprise Server. */
export class GitHubApi implements ForgeApi {
  readonly type = 'github'
  readonly longestTitle = 256
  readonly #octokit: Octokit
  readonly #where: { readonly owner: string; readonly repo: string }
  readonly #access: AccountAccess
  #self: { readonly token: string; readonly account: Promise<payloads.Account> } | undefined

  constructor(options: GitHubOptions) {
    const { baseUrl, owner, repo, access, fetch, log } = options
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
    this.#access = access
  }

  get name(): string {
    return `${this.#where.owner}/${this.#where.repo}`
  }

  /** What is asked of whom, for errors. */
  #act(doing: string): Asked {
    return { object: `repository ${this.name}`, doing }
  }

  async self(): Promise<payloads.Account> {
    if (this.#access.self) return this.#access.self()
    const token = await this.#access.token()
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
    return pulls.toSorted(byNumber)
  }

  pull(number: number): Promise<payloads.PullPayload | undefined> {
    return findOne(this.#act(`reading pull request #${number}`), payloads.pullPayload, () =>
      this.#octokit.pulls.get({ ...this.#where, pull_number: number }),
    )
  }

  createPull(request: NewPull): Promise<payloads.PullPayload> {
    return askFor(this.#act('opening a pull request'), payloads.pullPayload, () =>
      this.#octokit.pulls.create({ ...this.#where, ...request }),
    )
  }

  updatePull(number: number, change: PullChange): Promise<payloads.PullPayload> {
    return askFor(this.#act(`updating pull request #${number}`), payloads.pullPayload, () =>
      this.#octokit.pulls.update({ ...this.#where, ...change, pull_number: number }),
    )
  }

  /** GitHub tells it on the pull request's issue. */
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

  /** GitHub creates unknown labels itself; a server that only speaks its API may leave them out without a word. */
  async addLabels(number: number, labels: readonly string[]): Promise<void> {
    const add = (names: readonly string[]) =>
      askFor(this.#act(`labelling #${number}`), z.array(payloads.labelPayload), () =>
        this.#octokit.issues.addLabels({ ...this.#where, issue_number: number, labels: [...names] }),
      )
    const now = await add(labels)
    const missing = labels.filter((name) => !now.some((each) => each.name === name))
    if (missing.length === 0) return
    for (const name of missing) {
      await askFor(this.#act(`creating the label ${name}`), payloads.labelPayload, () =>
        this.#octokit.issues.createLabel({ ...this.#where, name, color: payloads.LABEL_COLOUR }),
      )
    }
    await add(missing)
  }

  async requestReviewers(number: number, logins: readonly string[]): Promise<void> {
    await askFor(this.#act(`asking for reviews of #${number}`), z.unknown(), () =>
      this.#octokit.pulls.requestReviewers({ ...this.#where, pull_number: number, reviewers: [...logins] }),
    )
  }

  async assign(number: number, logins: readonly string[]): Promise<void> {
    await askFor(this.#act(`assigning #${number}`), z.unknown(), () =>
      this.#octokit.issues.addAssignees({ ...this.#where, issue_number: number, assignees: [...logins] }),
    )
  }

  openPulls(base: string): Promise<readonly payloads.PullPayload[]> {
    return listAll(this.#act('listing open pull requests'), payloads.pullPayload, (page) =>
      this.#octokit.pulls.list({ ...this.#where, ...page, base, state: 'open' }),
    )
  }

  async queued(base: string): Promise<readonly QueuedHead[]> {
    const refs = await findOne(this.#act('looking for a merge queue'), z.array(payloads.refPayload), () =>
      this.#octokit.git.listMatchingRefs({ ...this.#where, ref: `heads/gh-readonly-queue/${base}/` }),
    )
    return (refs ?? []).flatMap(({ ref, object: { sha } }) => {
      const [, number] = QUEUED.exec(ref) ?? []
      return number === undefined ? [] : [{ sha, number: Number(number) }]
    })
  }

  commentsSince(time: Date): Promise<readonly payloads.CommentPayload[]> {
    return listAll(this.#act('listing comments'), payloads.commentPayload, (page) =>
      this.#octokit.issues.listCommentsForRepo({
        ...this.#where,
        ...page,
        since: time.toISOString(),
        sort: 'updated',
        direction: 'asc',
      }),
    )
  }

  /** Never by `author_association`, which misjudges private members. */
  async mayWrite(login: string): Promise<boolean> {
    const told = await findOne(
      this.#act(`reading the permission of ${login}`),
      payloads.permissionPayload,
      () => this.#octokit.repos.getCollaboratorPermissionLevel({ ...this.#where, username: login }),
    )
    return told !== undefined && ['write', 'admin'].includes(told.permission)
  }

  /** Check runs are an App's; with a token there are commit statuses. */
  async ensureCheck(sha: string, report: CheckReport): Promise<void> {
    const asked = this.#act(`reporting on commit ${sha.slice(0, 12)}`)
    if (this.#access.self) return this.#ensureCheckRun(asked, sha, report)
    await ensureStatus(
      asked,
      report,
      () => this.#octokit.repos.listCommitStatusesForRef({ ...this.#where, ref: sha, per_page: 100 }),
      (status) => this.#octokit.repos.createCommitStatus({ ...this.#where, sha, ...status }),
    )
  }

  /** `external_id` tells what a run says, so that the same is not said twice; what says otherwise is brought up to date. */
  async #ensureCheckRun(asked: Asked, sha: string, report: CheckReport): Promise<void> {
    const { name, conclusion, title, details } = report
    const said = digest(conclusion, title, details).slice(0, 16)
    const { check_runs } = await askFor(asked, payloads.checkRunsPayload, () =>
      this.#octokit.checks.listForRef({ ...this.#where, ref: sha, check_name: name, filter: 'latest' }),
    )
    const now = check_runs.find((run) => run.name === name)
    if (now?.external_id === said) return
    const run = {
      ...this.#where,
      name,
      conclusion,
      external_id: said,
      status: 'completed',
      output: { title, summary: details },
    } as const
    await askFor(asked, z.unknown(), () =>
      now === undefined
        ? this.#octokit.checks.create({ ...run, head_sha: sha })
        : this.#octokit.checks.update({ ...run, check_run_id: now.id }),
    )
  }
}

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after } from 'node:test'
import type { Head, PullRequest, PullRequests } from '#src/forge/forge.ts'
import { tokenAccess } from '#src/forge/hosted/account-access.ts'
import type { ForgeApi } from '#src/forge/hosted/forge-api.ts'
import type { Fetch } from '#src/forge/hosted/guarded-fetch.ts'
import { hostedPullRequests } from '#src/forge/hosted/hosted-pull-requests.ts'
import { openForgeApi, paceOf } from '#src/forge/open-forge.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import type { Gitea, GiteaUser } from '../../servers/gitea.ts'
import { eventually, type ForgeRig, type MergeStyle } from '../contract.ts'
import { commitsOfBase, fixMessage } from '../git/git-rig.ts'
import { giteaAsGitHub } from '../github/gitea-as-github.ts'
import { recordingLog } from '../recording-log.ts'
import { openWorkTree, type WorkTree } from '../work-tree.ts'

type Server = Omit<Gitea, 'stop'>
type Call = (method: string, path: string, body?: unknown) => Promise<unknown>

/** Which of our adapters talks to Gitea: its own, or GitHub's through a translation of what Gitea says otherwise. */
export type Speaks = 'gitea' | 'github'

interface ApiOptions {
  readonly baseUrl: string
  readonly repo: string
  readonly token: () => Promise<string>
  readonly fetch: Fetch
}

export interface GiteaRig extends ForgeRig {
  readonly api: ForgeApi
  /** The adapter with other options than the usual ones. */
  forgeWith(options: Partial<ApiOptions>): PullRequests
  /** What takes requests to the server for this adapter. */
  readonly fetch: Fetch
  /** Gitea's own API below the repository, as the maintainer or as the operator's account. */
  readonly asMaintainer: Call
  readonly asOperator: Call
  readonly server: Server
  readonly repo: string
  readonly operator: WorkTree
  readonly logged: readonly string[]
}

/** A repository of the maintainer's, in which the bot is a collaborator with write access. */
export async function openGiteaRig(server: Server, speaks: Speaks = 'gitea'): Promise<GiteaRig> {
  const { api, maintainer, bot } = server
  const repo = `infra-${randomBytes(6).toString('hex')}`
  const where = `/repos/${maintainer.name}/${repo}`
  await call(api, maintainer, 'POST', '/user/repos', { name: repo, default_branch: 'main' })
  await call(api, maintainer, 'PUT', `${where}/collaborators/${bot.name}`, { permission: 'write' })
  const asMaintainer: Call = (method, path, body) => call(api, maintainer, method, where + path, body)
  const asOperator: Call = (method, path, body) => call(api, bot, method, where + path, body)

  const operator = await cloneOf(server, bot, repo)
  const person = await cloneOf(server, maintainer, repo)
  after(() => Promise.all([operator.remove(), person.remove()]))
  await person.commit('base-0.yaml', 'kind: List\n', 'Start')
  await person.git('push', '--quiet', 'origin', 'main')

  const { log, lines } = recordingLog()
  const fetch = speaks === 'github' ? giteaAsGitHub : globalThis.fetch
  const usual: ApiOptions = { baseUrl: api, repo, token: async () => bot.token, fetch }
  const apiWith = (options: Partial<ApiOptions>) => {
    const { baseUrl, repo, token, fetch } = { ...usual, ...options }
    const spec = { type: speaks, baseUrl, owner: maintainer.name, repo, approval: 'merged' } as const
    return openForgeApi(spec, { access: tokenAccess(token), log, fetch, pace: paceOf(speaks, systemClock) })
  }
  const forgeWith = (options: Partial<ApiOptions>) => hostedPullRequests(apiWith(options), 'main', log)
  const merge = (as: Call) => async (pull: PullRequest, style: MergeStyle) => {
    // Gitea checks for conflicts in the background, and asks to try again until it has.
    await eventually(async () => {
      const request = { Do: style, head_commit_id: pull.headSha }
      const answer = await as('POST', `/pulls/${pull.id}/merge`, request).catch((error: Error) => error)
      if (answer instanceof Error && !answer.message.includes('try again later')) throw answer
      return !(answer instanceof Error)
    })
  }
  const pushFix = async (head: Head) => {
    await operator.git('checkout', '--quiet', '-B', head.branch, head.base)
    const sha = await operator.commit(fixedFile(head), 'fixed: true\n', fixMessage(head))
    await operator.git('push', '--quiet', 'origin', head.branch)
    return { ...head, sha }
  }
  let serial = 0
  return {
    server,
    repo,
    operator,
    logged: lines,
    asMaintainer,
    asOperator,
    api: apiWith({}),
    fetch,
    forge: forgeWith({}),
    forgeWith,
    unreachable: forgeWith({ baseUrl: 'http://127.0.0.1:9/api/v1' }),
    person: /^maintainer$/,
    fixedFile,
    async planFix() {
      await operator.checkOut('main')
      serial += 1
      const key = serial.toString(16).padStart(16, '0')
      const base = await operator.git('rev-parse', 'HEAD')
      return { branch: `aiops-operator/${key}-1`, sha: undefined, base, fix: `${key}/1` }
    },
    pushFix,
    async pushOnto(branch) {
      await person.checkOut(branch)
      const sha = await person.commit('edited.yaml', 'edited: true\n', 'Better')
      await person.git('push', '--quiet', 'origin', branch)
      return sha
    },
    async moveBase() {
      await person.checkOut('main')
      serial += 1
      await person.commit(`base-${serial}.yaml`, 'kind: List\n', 'Something else')
      await person.git('push', '--quiet', 'origin', 'main')
    },
    merge: merge(asMaintainer),
    mergeAsOperator: (pull) => merge(asOperator)(pull, 'merge'),
    close: async ({ id }) => void (await asMaintainer('PATCH', `/pulls/${id}`, { state: 'closed' })),
    reopen: async ({ id }) => void (await asMaintainer('PATCH', `/pulls/${id}`, { state: 'open' })),
    deleteBranch: async (branch) => void (await person.git('push', '--quiet', 'origin', '--delete', branch)),
    async plant(head) {
      await pushFix(head)
      // Gitea learns of a pushed branch in the background.
      await eventually(() =>
        asMaintainer('POST', '/pulls', { head: head.branch, base: 'main', title: 'Planted' }).then(
          () => true,
          (error: unknown) => {
            if (String(error).includes('/pulls: 404')) return false
            throw error
          },
        ),
      )
    },
    base: () => commitsOfBase(person),
  }
}

async function cloneOf({ url }: Server, user: GiteaUser, repo: string): Promise<WorkTree> {
  const login = new URL(`${url}/maintainer/${repo}.git`)
  login.username = user.name
  login.password = user.password
  return openWorkTree(login.href, { name: user.name, email: `${user.name}@forge.test` })
}

function fixedFile({ branch }: Head): string {
  return `${branch.replaceAll('/', '-')}.yaml`
}

export async function call(
  api: string,
  user: GiteaUser,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const answer = await fetch(api + path, {
    method,
    headers: { authorization: `token ${user.token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`)
  return answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text
}

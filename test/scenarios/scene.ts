import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { connectToCluster } from '#src/cluster/connect.ts'
import type { KubeApi } from '#src/cluster/kube-api.ts'
import { RemediationStore } from '#src/cluster/remediation-store.ts'
import { type Config, parseConfig } from '#src/config/config.ts'
import { asJson, type KubeObject, member } from '#src/domain/kube-object.ts'
import type { Phase } from '#src/domain/phase.ts'
import type { Remediation, RemediationState } from '#src/domain/remediation.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { findServer } from '#src/embedded/provision.ts'
import { type Operator, startOperator } from '#src/operator.ts'
import type { World } from '#src/reconcile/world.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { recordingLog } from '../forge/recording-log.ts'
import { openWorkTree, type WorkTree } from '../forge/work-tree.ts'
import { applyCrds } from '../servers/crds.ts'
import { sharedControlPlane, sharedGitea, sharedGitServer } from '../servers/shared.ts'

/** How long a test waits for the world before it says what it saw instead. Milliseconds. */
const PATIENCE = 120_000

export const DEVELOPER = { name: 'Dana Developer', email: 'dana@shop.example' }
export const REVIEWER = { name: 'Robin Reviewer', email: 'robin@shop.example' }

export interface SceneOptions {
  readonly forge: 'git' | 'gitea'
  /** Manifest files by path; `{{namespace}}` stands for the scene's own. */
  readonly files: Readonly<Record<string, string>>
  /** Further settings of the configuration. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly repository?: Readonly<Record<string, unknown>>
  /** Where it happens; the shared control plane without it. */
  readonly cluster?: ClusterAccess
  /** How long the scene waits for the world; PATIENCE without it. Milliseconds. */
  readonly patience?: number
  readonly namespaceLabels?: Readonly<Record<string, string>>
}

export interface ClusterAccess {
  readonly kubeconfig: string
  readonly kubectl: string
}

type RecordingLog = ReturnType<typeof recordingLog>

interface Cleanup {
  after(work: () => Promise<void>): void
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly around?: (world: World) => World
  /** Differs from the scene's configuration; `none`: its file names no repository. */
  readonly repository?: Partial<RepositorySpec> | 'none'
}

/**
 * One namespace, one repository, one operator in this process: the whole product on real servers, and people who break
 * and merge.
 */
export class Scene {
  readonly namespace: string
  readonly api: KubeApi
  readonly store: RemediationStore
  readonly settings: Readonly<Record<string, unknown>>
  readonly config: Config
  readonly developer: WorkTree
  readonly reviewer: WorkTree
  readonly logged: RecordingLog
  readonly #kubectl: string
  readonly #kubeconfig: string
  readonly #kubectlHome: string
  readonly #bareRepository: string | undefined
  readonly #patience: number
  readonly gitea: GiteaPeople | undefined
  #operator: Operator | undefined

  constructor(made: Made) {
    this.namespace = made.namespace
    this.api = made.api
    this.store = made.store
    this.settings = made.settings
    this.config = configOf(made.settings)
    this.developer = made.developer
    this.reviewer = made.reviewer
    this.logged = made.logged
    this.#kubectl = made.kubectl
    this.#kubeconfig = made.kubeconfig
    this.#kubectlHome = made.kubectlHome
    this.#bareRepository = made.bareRepository
    this.#patience = made.patience
    this.gitea = made.gitea
  }

  /** Starts the operator; again after `stop`, as a new process would. */
  async start(options: StartOptions = {}): Promise<Operator> {
    const { repository = {} } = options
    const repositories =
      repository === 'none' ? [] : this.config.repositories.map((each) => ({ ...each, ...repository }))
    this.#operator = await startOperator({
      config: { ...this.config, repositories },
      log: this.logged.log,
      env: options.env ?? process.env,
      recheckMs: 200,
      ...(options.around && { around: options.around }),
    })
    await this.#operator.synced
    return this.#operator
  }

  /** Where the running operator serves its metrics. */
  get httpPort(): number {
    if (this.#operator === undefined) throw new Error('the operator is not running')
    return this.#operator.ports.http
  }

  async stop(): Promise<void> {
    await this.#operator?.stop()
    this.#operator = undefined
  }

  /** The process is gone: what it was doing is never finished, and nobody waits for it. */
  async abandon(): Promise<void> {
    await this.#operator?.stop(0)
    this.#operator = undefined
  }

  /** Commits files to the base branch as the developer, and applies the folder as kubectl does. */
  async commitAndApply(files: Readonly<Record<string, string>>, message: string): Promise<string> {
    const sha = await this.commit(files, message)
    await this.applyFromGit()
    return sha
  }

  async commit(files: Readonly<Record<string, string>>, message: string): Promise<string> {
    await this.developer.checkOut('main').catch(() => undefined)
    let sha = ''
    for (const [file, text] of Object.entries(files)) {
      sha = await this.developer.commit(file, text.replaceAll('{{namespace}}', this.namespace), message)
    }
    await this.developer.git('push', '--quiet', 'origin', 'HEAD:main')
    return sha
  }

  /** What a pipeline does after a push: `kubectl apply` of every manifest of the base branch. */
  async applyFromGit(): Promise<void> {
    await this.developer.checkOut('main')
    const folder = await this.developer.git('rev-parse', '--show-toplevel')
    const kustomized = await readFile(join(folder, 'kustomization.yaml')).then(
      () => true,
      () => false,
    )
    await this.kubectl('apply', ...(kustomized ? ['-k'] : ['-R', '-f']), folder)
  }

  async kubectl(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(this.#kubectl, ['-n', this.namespace, ...args], {
      // Without a home kubectl keeps its cache in the working folder; one home for all scenes asks the server once.
      env: { PATH: process.env['PATH'], HOME: this.#kubectlHome, KUBECONFIG: this.#kubeconfig },
    })
    return stdout
  }

  async workload(name = 'web', kind = 'Deployment'): Promise<KubeObject> {
    const found = await this.api.get({ apiVersion: 'apps/v1', kind, namespace: this.namespace, name })
    if (found === undefined) throw new Error(`${kind} ${name} does not exist`)
    return found
  }

  /** The Deployment runs what it says, on every replica, and nothing else. */
  async rolledOut(name = 'web'): Promise<void> {
    await this.eventually(`rollout of ${name}`, async () => {
      const workload = await this.workload(name)
      const { spec, status } = asJson(workload)
      const count = (field: string) => Number(member(status, field) ?? 0)
      const isSeen = count('observedGeneration') === workload.metadata.generation
      const wanted = member(spec, 'replicas') ?? 1
      const counts = ['replicas', 'updatedReplicas', 'availableReplicas'].map(count)
      return (isSeen && counts.every((each) => each === wanted)) || undefined
    })
  }

  /** The only Remediation once it fulfils the condition. */
  async remediation(what: string, condition: (remediation: Remediation) => boolean): Promise<Remediation> {
    return this.eventually(what, async () => {
      const all = await this.store.list(this.namespace)
      if (all.length > 1)
        throw new Error(`${all.length} Remediations: ${all.map(({ name }) => name).join(', ')}`)
      const [only] = all
      return only !== undefined && condition(only) ? only : undefined
    })
  }

  async inPhase<P extends Phase>(
    phase: P,
  ): Promise<Remediation & { readonly state: Extract<RemediationState, { phase: P }> }> {
    const found = await this.remediation(`phase ${phase}`, ({ state }) => state.phase === phase)
    return found as Remediation & { readonly state: Extract<RemediationState, { phase: P }> }
  }

  recovered(): Promise<Remediation> {
    return this.remediation('recovered', ({ state }) => state.phase === 'Applied' && state.recovered)
  }

  /** The answer of `look` once it has one; else an error that shows the Remediations and the last of the log. */
  async eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const deadline = performance.now() + this.#patience
    for (;;) {
      const found = await look()
      if (found !== undefined) return found
      if (performance.now() > deadline) throw new Error(`no ${what}\n${await this.#picture()}`)
      await delay(120)
    }
  }

  async #picture(): Promise<string> {
    const all = await this.store.list(this.namespace)
    const lines = all.map(({ name, state, problem }) => {
      const why = 'ended' in state ? `${state.reason}: ${state.message}` : (problem?.message ?? '')
      return `${name} is ${state.phase} ${why}`
    })
    const pods = await this.kubectl('get', 'deployments,pods').catch(String)
    return [...lines, pods, ...this.logged.lines.slice(-15)].join('\n')
  }

  /** Posts a webhook delivery as a forge would; returns the status of the answer. */
  async deliver(body: string, signature: string): Promise<number> {
    const answer = await fetch(this.webhookUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'pull_request',
        'x-github-delivery': 'delivery-of-the-test',
        'x-hub-signature-256': signature,
      },
      body,
    })
    await answer.arrayBuffer()
    return answer.status
  }

  get webhookUrl(): string {
    return `http://127.0.0.1:${this.#operator?.ports.webhook}/webhook`
  }

  /** A person merges the pull request: on plain Git with git, on Gitea by its API. */
  async merge(branch: string, style: 'merge' | 'squash' | 'rebase' = 'merge'): Promise<void> {
    if (this.gitea !== undefined) return this.gitea.merge(this, branch, style)
    const { git, checkOut } = this.reviewer
    await checkOut('main')
    const theirs = `origin/${branch}`
    if (style === 'merge') await git('merge', '--quiet', '--no-ff', '-m', `Merge ${branch}`, theirs)
    if (style === 'rebase') await git('cherry-pick', `main..${theirs}`)
    if (style === 'squash') {
      await git('merge', '--quiet', '--squash', theirs)
      await git('commit', '--quiet', '-F', '.git/SQUASH_MSG')
    }
    await git('push', '--quiet', 'origin', 'HEAD:main')
    if (style !== 'merge') await git('push', '--quiet', 'origin', '--delete', branch)
  }

  /** A person closes the pull request without a merge. */
  async reject(branch: string): Promise<void> {
    if (this.gitea !== undefined) return this.gitea.reject(this, branch)
    await this.reviewer.git('push', '--quiet', 'origin', '--delete', branch)
  }

  /** A person adds a commit to our branch. */
  async editBranch(branch: string, file: string, edit: (text: string) => string): Promise<string> {
    const { git, checkOut } = this.reviewer
    await checkOut(branch)
    const folder = await git('rev-parse', '--show-toplevel')
    const text = edit(await readFile(join(folder, file), 'utf8'))
    await writeFile(join(folder, file), text)
    await git('commit', '--quiet', '-am', 'Better so')
    await git('push', '--quiet', 'origin', branch)
    return git('rev-parse', 'HEAD')
  }

  async file(path: string, revision = 'origin/main'): Promise<string> {
    await this.developer.git('fetch', '--quiet', '--prune', 'origin')
    return this.developer.git('show', `${revision}:${path}`)
  }

  /** Branches of the operator's on the remote. */
  async branches(): Promise<readonly string[]> {
    const listed =
      this.#bareRepository === undefined
        ? await this.developer.git('ls-remote', '--heads', 'origin', 'aiops-operator/*')
        : // One process instead of the half dozen of a conversation: this is asked again and again.
          await this.developer.git(
            `--git-dir=${this.#bareRepository}`,
            'for-each-ref',
            '--format=%(refname)',
            'refs/heads/aiops-operator/',
          )
    return listed === '' ? [] : listed.split('\n').map((line) => line.replace(/^.*refs\/heads\//, ''))
  }
}

interface Made {
  readonly namespace: string
  readonly api: KubeApi
  readonly store: RemediationStore
  readonly settings: Readonly<Record<string, unknown>>
  readonly developer: WorkTree
  readonly reviewer: WorkTree
  readonly logged: RecordingLog
  readonly kubectl: string
  readonly kubeconfig: string
  readonly kubectlHome: string
  /** Where the Git server keeps it, if that is at hand. */
  readonly bareRepository: string | undefined
  readonly patience: number
  readonly gitea: GiteaPeople | undefined
}

export async function openScene(t: Cleanup, options: SceneOptions): Promise<Scene> {
  const access = options.cluster ?? (await sharedControlPlane())
  // The shared one has them from its start.
  if (options.cluster !== undefined) await applyCrds(access)
  const cluster = connectToCluster({ kubeconfig: access.kubeconfig }, systemClock)
  const { api } = cluster
  const namespace = `scene-${randomBytes(4).toString('hex')}`
  await api.create({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels: options.namespaceLabels ?? {} },
  })
  const home = await openHome(options, namespace)
  const [developer, reviewer] = await Promise.all([
    openWorkTree(home.loginUrl, DEVELOPER),
    openWorkTree(home.loginUrl, REVIEWER),
  ])
  const stateDir = await mkdtemp(join(tmpdir(), 'aiops-operator-state-'))
  const settings = settingsFor(options, {
    ...home,
    namespace,
    stateDir,
    kubeconfig: access.kubeconfig,
    kustomize: await findServer('kustomize', { progress: () => undefined }),
  })
  const scene = new Scene({
    namespace,
    api,
    store: new RemediationStore(api, systemClock),
    settings,
    developer,
    reviewer,
    logged: recordingLog(),
    kubectl: access.kubectl,
    kubeconfig: access.kubeconfig,
    kubectlHome: options.cluster === undefined ? dirname(access.kubeconfig) : stateDir,
    bareRepository: home.bareRepository,
    patience: options.patience ?? PATIENCE,
    gitea: home.gitea,
  })
  t.after(async () => {
    await scene.stop()
    await api.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespace }).catch(() => undefined)
    await cluster.close()
    await Promise.all([developer.remove(), reviewer.remove(), rm(stateDir, { recursive: true, force: true })])
  })
  await scene.commit(options.files, 'Start')
  await scene.eventually('ServiceAccount', () =>
    api.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'default' }),
  )
  await scene.applyFromGit()
  return scene
}

interface Home {
  readonly url: string
  /** With a person's login, for people's clones. */
  readonly loginUrl: string
  readonly forge: Readonly<Record<string, unknown>>
  readonly credentials: Readonly<Record<string, unknown>> | undefined
  readonly gitea: GiteaPeople | undefined
  readonly bareRepository: string | undefined
}

async function openHome({ forge }: SceneOptions, name: string): Promise<Home> {
  if (forge === 'git') {
    const server = await sharedGitServer()
    const url = await server.createRepository(name)
    return {
      bareRepository: join(server.root, `${name}.git`),
      url,
      loginUrl: url,
      forge: { type: 'git', allowUnreviewed: true },
      credentials: undefined,
      gitea: undefined,
    }
  }
  const server = await sharedGitea()
  const { maintainer, bot } = server
  const gitea = new GiteaPeople(server.api, maintainer.token, `${maintainer.name}/${name}`)
  await gitea.call('POST', '/user/repos', { name, default_branch: 'main' })
  await gitea.call('PUT', `/repos/${gitea.repository}/collaborators/${bot.name}`, { permission: 'write' })
  const url = `${server.url}/${gitea.repository}.git`
  const login = new URL(url)
  login.username = maintainer.name
  login.password = maintainer.password
  const tokenFile = join(await mkdtemp(join(tmpdir(), 'aiops-operator-token-')), 'token')
  await writeFile(tokenFile, bot.token, { mode: 0o600 })
  return {
    url,
    loginUrl: login.href,
    forge: { type: 'gitea' },
    credentials: { username: bot.name, tokenFile },
    gitea,
    bareRepository: undefined,
  }
}

/** The maintainer at Gitea's API. */
export class GiteaPeople {
  readonly repository: string
  readonly #api: string
  readonly #token: string

  constructor(api: string, token: string, repository: string) {
    this.#api = api
    this.#token = token
    this.repository = repository
  }

  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.#api}${path}`, {
      method,
      headers: { authorization: `token ${this.#token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  async pullRequests(state = 'all'): Promise<readonly GiteaPull[]> {
    return (await this.call('GET', `/repos/${this.repository}/pulls?state=${state}`)) as readonly GiteaPull[]
  }

  /** Somebody says something on a pull request: the maintainer, unless another's token is given. */
  async comment(pullRequest: string, body: string, token = this.#token): Promise<void> {
    const people = new GiteaPeople(this.#api, token, this.repository)
    await people.call('POST', `/repos/${this.repository}/issues/${pullRequest}/comments`, { body })
  }

  async comments(pullRequest: string): Promise<readonly string[]> {
    const path = `/repos/${this.repository}/issues/${pullRequest}/comments`
    return ((await this.call('GET', path)) as readonly { body: string }[]).map(({ body }) => body)
  }

  /** An account without any right on the repository; returns its token. */
  async stranger(): Promise<string> {
    const username = `stranger-${randomBytes(4).toString('hex')}`
    const password = randomBytes(16).toString('hex')
    const account = { username, password, email: `${username}@forge.test`, must_change_password: false }
    await this.call('POST', '/admin/users', account)
    const answer = await fetch(`${this.#api}/users/${username}/tokens`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ name: 'all', scopes: ['all'] }),
    })
    return ((await answer.json()) as { sha1: string }).sha1
  }

  /** The newest status of each context on a commit. */
  async statuses(sha: string): Promise<ReadonlyMap<string, string>> {
    const path = `/repos/${this.repository}/commits/${sha}/statuses?sort=recentupdate`
    const listed = (await this.call('GET', path)) as readonly GiteaStatus[]
    return new Map(listed.toReversed().map((each) => [each.context, `${each.status}: ${each.description}`]))
  }

  async #open(branch: string): Promise<GiteaPull> {
    const found = (await this.pullRequests('open')).find(
      ({ head }) => head.label === branch || head.ref === branch,
    )
    if (found === undefined) throw new Error(`no open pull request from ${branch}`)
    return found
  }

  /** Gitea looks for conflicts in the background, and asks to try again until it has. */
  async merge(scene: Scene, branch: string, style: string): Promise<void> {
    await scene.eventually('merge', async () => {
      const { number } = await this.#open(branch)
      try {
        await this.call('POST', `/repos/${this.repository}/pulls/${number}/merge`, { Do: style })
        return true
      } catch (error) {
        if (error instanceof Error && error.message.includes('try again later')) return undefined
        throw error
      }
    })
  }

  async reject(_: Scene, branch: string): Promise<void> {
    const { number } = await this.#open(branch)
    await this.call('PATCH', `/repos/${this.repository}/pulls/${number}`, { state: 'closed' })
  }
}

interface GiteaStatus {
  readonly context: string
  readonly status: string
  readonly description: string
}

export interface GiteaPull {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly merged: boolean
  readonly state: string
  readonly head: { readonly ref: string; readonly label: string }
}

interface Where extends Home {
  readonly namespace: string
  readonly stateDir: string
  readonly kubeconfig: string
  readonly kustomize: string
}

/** What a configuration file of the scene would say. */
function settingsFor(options: SceneOptions, where: Where): Readonly<Record<string, unknown>> {
  const { url, forge, credentials, namespace, stateDir, kubeconfig, kustomize } = where
  const repository = {
    name: 'infra',
    url,
    branch: 'main',
    forge,
    ...(credentials && { credentials }),
    paths: [{ path: '.', namespace }],
    namespaces: [namespace],
    ...options.repository,
  }
  return {
    kubeconfig,
    stateDir,
    settle: '200ms',
    settleRecovered: '500ms',
    pollInterval: '1s',
    recoveryTimeout: '30s',
    proposers: ['playbooks'],
    watch: { namespaces: [namespace] },
    http: { listen: '127.0.0.1:0' },
    renderer: { kustomize },
    // The cluster is shared: each scene's operator looks after its own.
    manifestRepositories: { labelSelector: `scene=${namespace}` },
    ...options.settings,
    repositories: [repository],
  }
}

function configOf(settings: Readonly<Record<string, unknown>>): Config {
  const parsed = parseConfig({ file: JSON.stringify(settings) })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 2))
  return parsed.config
}

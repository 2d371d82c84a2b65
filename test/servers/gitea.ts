import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '#src/embedded/free-port.ts'
import type { Progress } from '#src/embedded/progress.ts'
import { findServer } from '#src/embedded/provision.ts'
import { runCommand } from '#src/embedded/run-command.ts'
import { endOfLog, superviseServers } from '#src/embedded/server-processes.ts'

export interface GiteaUser {
  readonly name: string
  readonly password: string
  /** A token with every scope. */
  readonly token: string
}

export interface Gitea {
  readonly url: string
  /** `url/api/v1` */
  readonly api: string
  /** An administrator: owns the repositories, reviews and merges. */
  readonly maintainer: GiteaUser
  /** An ordinary account, as the operator has; give it access to a repository as a collaborator. */
  readonly bot: GiteaUser
  stop(): Promise<void>
}

/** A real forge on loopback with SQLite, two accounts and their tokens. Webhooks may go to loopback. */
export async function startGitea(options: { readonly progress: Progress }): Promise<Gitea> {
  const program = await findServer('gitea', options)
  const dir = await mkdtemp(join(tmpdir(), 'aiops-operator-gitea-'))
  await mkdir(join(dir, 'log'))
  const processes = superviseServers(join(dir, 'log'), dir)
  const stop = async () => {
    await processes.stopAll()
    await rm(dir, { recursive: true, force: true })
  }
  try {
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort()
      const command = await configure(program, dir, port)
      const server = await processes.start('gitea', program, ['web', '-c', command.config], command.env)
      const url = `http://127.0.0.1:${port}`
      if (await becomesHealthy(url, () => server.alive())) {
        const api = `${url}/api/v1`
        const maintainer = await createMaintainer(command, api)
        const bot = await createBot(api, maintainer)
        return { url, api, maintainer, bot, stop }
      }
      const end = endOfLog(server.log)
      await server.stop()
      if (attempt === 3) throw new Error(`Gitea did not start:\n${end}`)
    }
  } catch (error) {
    await stop()
    throw error
  }
}

interface GiteaCommand {
  readonly program: string
  readonly config: string
  readonly env: NodeJS.ProcessEnv
}

async function configure(program: string, dir: string, port: number): Promise<GiteaCommand> {
  const home = join(dir, 'home')
  await mkdir(home, { recursive: true })
  const config = join(dir, 'app.ini')
  const user = userInfo().username
  await writeFile(config, appIni(program, dir, port, user), { mode: 0o600 })
  // An environment of its own: HOME's .gitconfig and GITEA__ variables of the person's would change it.
  const env = { PATH: process.env['PATH'], HOME: home, USER: user, GITEA_WORK_DIR: dir }
  return { program, config, env }
}

function appIni(program: string, dir: string, port: number, user: string): string {
  const secret = () => randomBytes(32).toString('hex')
  // A binary that we built reads its templates from beside itself; a release has them inside.
  const options = existsSync(join(dirname(program), 'options'))
    ? `STATIC_ROOT_PATH = ${dirname(program)}`
    : ''
  return `APP_NAME = forge
RUN_MODE = prod
RUN_USER = ${user}
; root must say that it knows, and nobody else may
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = ${process.getuid?.() === 0}
WORK_PATH = ${dir}

[server]
PROTOCOL = http
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
DOMAIN = 127.0.0.1
ROOT_URL = http://127.0.0.1:${port}/
${options}
DISABLE_SSH = true
OFFLINE_MODE = true
LFS_START_SERVER = false

[database]
DB_TYPE = sqlite3
PATH = ${dir}/data/gitea.db
SQLITE_JOURNAL_MODE = WAL

[security]
INSTALL_LOCK = true
SECRET_KEY = ${secret()}
INTERNAL_TOKEN = ${secret()}
; cheap on purpose: every Basic login hashes the password
PASSWORD_HASH_ALGO = argon2$2$8192$1$32
DISABLE_GIT_HOOKS = true
ALLOWED_HOST_LIST = loopback

[service]
DISABLE_REGISTRATION = true

[webhook]
ALLOWED_HOST_LIST = loopback
DELIVER_TIMEOUT = 5

[repository]
DEFAULT_BRANCH = main
ROOT = ${dir}/data/repos

[queue]
TYPE = channel

[session]
PROVIDER = memory

[cache]
ADAPTER = memory

[indexer]
ISSUE_INDEXER_TYPE = db
REPO_INDEXER_ENABLED = false

[cron]
ENABLED = false

[cron.update_checker]
ENABLED = false

[mailer]
ENABLED = false

[packages]
ENABLED = false

[actions]
ENABLED = false

[log]
MODE = console
LEVEL = Warn
`
}

async function becomesHealthy(url: string, alive: () => boolean): Promise<boolean> {
  const deadline = performance.now() + 60_000
  while (alive() && performance.now() < deadline) {
    const answer = await fetch(`${url}/api/healthz`).catch(() => undefined)
    if (answer?.ok) return true
    await delay(50)
  }
  return false
}

async function createMaintainer(command: GiteaCommand, api: string): Promise<GiteaUser> {
  const name = 'maintainer'
  const password = randomBytes(16).toString('hex')
  const account = ['--username', name, '--password', password, '--email', `${name}@forge.test`]
  const args = [
    'admin',
    'user',
    'create',
    '--admin',
    ...account,
    '--must-change-password=false',
    '-c',
    command.config,
  ]
  const result = await runCommand(command.program, args, { cwd: dirname(command.config), env: command.env })
  if (result.code !== 0) throw new Error(`gitea admin user create failed: ${result.stdout}${result.stderr}`)
  return { name, password, token: await createToken(api, name, password) }
}

async function createBot(api: string, maintainer: GiteaUser): Promise<GiteaUser> {
  const name = 'aiops-bot'
  const password = randomBytes(16).toString('hex')
  await post(`${api}/admin/users`, `token ${maintainer.token}`, {
    username: name,
    password,
    email: `${name}@forge.test`,
    must_change_password: false,
  })
  return { name, password, token: await createToken(api, name, password) }
}

async function createToken(api: string, name: string, password: string): Promise<string> {
  const login = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
  const answer = await post(`${api}/users/${name}/tokens`, login, { name: 'tests', scopes: ['all'] })
  return (answer as { sha1: string }).sha1
}

async function post(url: string, authorization: string, body: object): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`POST ${url} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

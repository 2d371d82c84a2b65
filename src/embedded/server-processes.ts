import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'

export interface RunningServer {
  readonly name: string
  readonly pid: number
  readonly log: string
  /** True until the process has ended. */
  alive(): boolean
  /** SIGTERM, SIGKILL after `graceMs`, then the rest of its process group. Repeatable. */
  stop(graceMs?: number): Promise<void>
}

export interface ServerProcesses {
  /** Starts a server in a process group of its own, with its output in `folder/NAME.log`. */
  start(
    name: string,
    command: string,
    args: readonly string[],
    env?: NodeJS.ProcessEnv,
  ): Promise<RunningServer>
  /** The error that says which server died and how its log ends, if one of ours died unasked. */
  firstDeath(): OperatorError | undefined
  pids(): number[]
  /** Ends all at once, and the watchdog: their state goes with them, so nobody is given time to save it. Repeatable. */
  stopAll(): Promise<void>
  /** Lets the servers live on after this process; gives their pids, newest first. */
  leaveRunning(): number[]
}

/**
 * Child processes that never outlive us, not even after SIGKILL. They lead process groups of their own, so that
 * Ctrl-C in a terminal reaches us alone and we stop them in order. A watchdog holds the read end of a pipe of ours:
 * when we die, however we die, the kernel closes the pipe, and the watchdog kills the groups it was told of and
 * removes `scratch`. (A parent-death signal would need Linux's setpriv, and knows no groups.)
 */
export function superviseServers(folder: string, scratch?: string): ServerProcesses {
  const watchdog = startWatchdog(scratch)
  const servers: Server[] = []
  return {
    async start(name, command, args, env) {
      const server = await launch(name, command, args, join(folder, `${name}.log`), env)
      watchdog.add(server.pid)
      server.ended.then(() => watchdog.remove(server.pid))
      servers.push(server)
      return server
    },
    firstDeath() {
      const dead = servers.find((each) => !each.alive() && !each.stopping)
      return dead && serverDied(dead)
    },
    pids: () => servers.filter((each) => each.alive()).map((each) => each.pid),
    async stopAll() {
      await Promise.all(servers.splice(0).map((server) => server.stop(0)))
      watchdog.end()
    },
    leaveRunning() {
      watchdog.end()
      const pids = servers.filter((each) => each.alive()).map((each) => each.pid)
      for (const server of servers.splice(0)) server.child.unref()
      return pids.reverse()
    },
  }
}

interface Server extends RunningServer {
  readonly child: ChildProcess
  readonly ended: Promise<void>
  stopping: boolean
}

async function launch(
  name: string,
  command: string,
  args: readonly string[],
  log: string,
  env: NodeJS.ProcessEnv | undefined,
): Promise<Server> {
  const output = openSync(log, 'a', 0o600)
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', output, output],
    env: env ?? process.env,
    cwd: '/',
  })
  closeSync(output)
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0))
    child.once('error', (cause) =>
      reject(new OperatorError('ServerFailed', `${command} cannot be started: ${cause.message}`, { cause })),
    )
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const server: Server = {
    name,
    pid,
    log,
    child,
    ended,
    stopping: false,
    alive: () => child.exitCode === null && child.signalCode === null,
    async stop(graceMs = 8_000) {
      server.stopping = true
      if (server.alive()) {
        signalProcess(pid, 'SIGTERM')
        const timer = setTimeout(() => signalProcess(pid, 'SIGKILL'), graceMs)
        await ended
        clearTimeout(timer)
      }
      signalProcess(-pid, 'SIGKILL') // what it left in its group, if anything
    },
  }
  return server
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone already, which is what was wanted.
  }
}

function serverDied(server: Server): OperatorError {
  const ending = server.child.signalCode ?? `exit code ${server.child.exitCode}`
  return new OperatorError(
    'ServerFailed',
    `${server.name} ended with ${ending}; the end of ${server.log}:\n${endOfLog(server.log)}`,
  )
}

export function endOfLog(log: string): string {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
  return lines
    .slice(-8)
    .map((line) => line.slice(0, 400))
    .join('\n')
}

interface Watchdog {
  add(pid: number): void
  remove(pid: number): void
  end(): void
}

/** Reads "+ PID", "- PID" and ". 0" (all is well, leave); at the end of input it does its duty. */
const WATCHDOG_SCRIPT = `
pids=' '
while read -r operation pid; do
  case $operation in
    +) pids="$pids$pid " ;;
    -) pids=$(printf %s "$pids" | sed "s/ $pid / /") ;;
    .) exit 0 ;;
  esac
done
for pid in $pids; do kill -s KILL -- "-$pid" 2>/dev/null; done
[ -z "$1" ] || rm -rf -- "$1"
`

function startWatchdog(scratch: string | undefined): Watchdog {
  const child = spawn('/bin/sh', ['-c', WATCHDOG_SCRIPT, 'aiops-operator-watchdog', scratch ?? ''], {
    detached: true, // out of reach of the terminal's Ctrl-C
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  })
  child.unref()
  const pipe = child.stdin
  pipe.on('error', () => {}) // it was killed: nothing to be done, and nothing lost but its service
  const unrefPipe = pipe as unknown as { unref?: () => void }
  unrefPipe.unref?.()
  const tell = (line: string) => {
    if (pipe.writable) pipe.write(`${line}\n`)
  }
  return {
    add: (pid) => tell(`+ ${pid}`),
    remove: (pid) => tell(`- ${pid}`),
    end: () => {
      tell('. 0')
      pipe.end()
    },
  }
}

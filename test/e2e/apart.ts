import { spawn } from 'node:child_process'

/**
 * Runs a command to its end in a process group of its own: the terminal's Ctrl-C does not hit it in the middle of its
 * cleaning up. The signal, where there is one, ends the whole group. Rejects when the command fails.
 */
export function runApart(
  command: string,
  args: readonly string[],
  signal?: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  return new Promise((done, reject) => {
    const child = spawn(command, args, { detached: true, stdio: ['ignore', 'ignore', 'inherit'], env })
    const interrupt = () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    }
    signal?.addEventListener('abort', interrupt)
    child.once('error', reject)
    child.once('exit', (code) => {
      signal?.removeEventListener('abort', interrupt)
      if (code === 0) done()
      else reject(new Error(`${command} ${args.join(' ')} failed`))
    })
  })
}

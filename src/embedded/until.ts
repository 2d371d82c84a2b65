import { OperatorError } from '#src/domain/errors.ts'
import { endOfLog, type RunningServer } from './server-processes.ts'

/** Polls until it is true; ends early with the log's end when the server that it is about has died. */
export async function until(
  what: string,
  timeoutMs: number,
  server: RunningServer | undefined,
  check: () => Promise<boolean | undefined>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await check())) {
    if (server && !server.alive()) {
      await server.stop() // its end is known now, and no longer a surprise
      throw new OperatorError('ServerFailed', `${server.name} ended before ${what}:\n${endOfLog(server.log)}`)
    }
    if (performance.now() > deadline) {
      const end = server ? `:\n${endOfLog(server.log)}` : ''
      throw new OperatorError(
        'ServerFailed',
        `gave up waiting until ${what}, after ${timeoutMs / 1000} s${end}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Somebody else may take a free port before our server does: then it says so and ends, and we take another. */
export async function withFreshPorts<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start()
    } catch (error) {
      const lostRace = error instanceof Error && /address already in use/.test(error.message)
      if (!lostRace || attempt === 5) throw error
    }
  }
}

import { asOperatorError } from '#src/domain/errors.ts'
import type { Clock } from '#src/runtime/clock.ts'
import { readOnly } from './read-only.ts'
import type { Handler } from './webhook.ts'

/** Resolves when all is well, rejects when it is not. */
export type Check = () => Promise<void>

export interface HealthOptions {
  readonly clock: Pick<Clock, 'sleep'>
  /** A check that takes longer has failed. Milliseconds. */
  readonly timeoutMs: number
}

/** Named checks behind one endpoint, in the manner of the API server: a line for each, 503 when one failed. */
export class HealthChecks {
  readonly #options: HealthOptions
  readonly #checks = new Map<string, Check>()

  constructor(options: HealthOptions) {
    this.#options = options
  }

  /** Adds a check or replaces the one of that name. */
  register(name: string, check: Check): void {
    this.#checks.set(name, check)
  }

  readonly handler: Handler = readOnly(async (_, response) => {
    const results = await Promise.all([...this.#checks].map(([name, check]) => this.#run(name, check)))
    const well = results.every(({ failed }) => failed === undefined)
    const lines = results.map(({ name, failed }) =>
      failed ? `[-]${name} failed: ${failed}` : `[+]${name} ok`,
    )
    response.writeHead(well ? 200 : 503, {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
    })
    response.end(`${[...lines, well ? 'ok' : 'not ok'].join('\n')}\n`)
  })

  /** Only the code is shown: the endpoint is open to whoever reaches it. */
  async #run(name: string, check: Check): Promise<{ name: string; failed: string | undefined }> {
    const done = new AbortController()
    const late = this.#options.clock.sleep(this.#options.timeoutMs, done.signal).then(() => 'Timeout')
    try {
      return { name, failed: await Promise.race([check().then(() => undefined), late]) }
    } catch (error) {
      return { name, failed: asOperatorError(error).code }
    } finally {
      done.abort()
    }
  }
}

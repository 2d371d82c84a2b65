import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { CatFileAnswers, type GitObject } from './cat-file-answers.ts'
import type { Environment } from './git-environment.ts'

/**
 * Reads one object by its id or the full name of a ref. Undefined when the store has none of that name. A blob beyond
 * the size limit comes without its content. `once`: undefined also when git could not answer, perhaps because of another
 * object; for whoever looks for what is missing anyway.
 */
export type ReadObject = (name: string, once?: 'once') => Promise<GitObject | undefined>

/** A process that nobody asks anything is ended after so long. Milliseconds. */
const IDLE = 10_000
/** One that does not answer is given up after so many times as long. */
const SILENT = 12

/**
 * One `git cat-file --batch` for all reads: started by the first question, ended when nobody asks any more, and started
 * anew after it died. It holds nothing that a crash could lose, and never keeps our own process alive. Git looks at the
 * store anew for every name that it does not know, so what a fetch brought is seen.
 */
export function gitCatFile(
  environment: Environment,
  cwd: string,
  blobLimit: number,
  stop?: AbortSignal,
): ReadObject {
  let running: CatFile | undefined
  stop?.addEventListener('abort', () => running?.end(), { once: true })
  const ask = (name: string) => {
    if (running === undefined || running.ended) running = new CatFile(environment, cwd, blobLimit)
    return running.read(name)
  }
  return async (name, once) => {
    if (/[\s\0]/.test(name)) return undefined
    // In a partial clone git dies of an object that it lacks: only who asks alone knows that it was his.
    const first = await ask(name)
    if (first !== 'died') return first
    if (once) return undefined
    const again = await ask(name)
    if (again !== 'died') return again
    const alone = new CatFile(environment, cwd, blobLimit)
    const last = await alone.read(name)
    alone.end()
    return last === 'died' ? undefined : last
  }
}

class CatFile {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #answers: CatFileAnswers
  readonly #idle: NodeJS.Timeout
  #waiting = 0
  #silent = 0
  ended = false

  constructor(environment: Environment, cwd: string, blobLimit: number) {
    this.#answers = new CatFileAnswers(blobLimit)
    this.#child = spawn('git', ['cat-file', '--batch'], { cwd, env: environment, stdio: 'pipe' })
    this.#idle = setTimeout(() => this.#tooLong(), IDLE)
    this.#child.stdout.on('data', (chunk: Buffer) => this.#answers.take(chunk))
    // What it says there it also says by its exit.
    this.#child.stderr.resume()
    this.#child.stdin.on('error', () => {})
    this.#child.once('error', () => this.#died())
    this.#child.once('close', () => this.#died())
    this.#keepAlive(false)
  }

  async read(name: string): Promise<GitObject | undefined | 'died'> {
    if (this.#waiting++ === 0) this.#keepAlive(true)
    try {
      const answer = this.#answers.next()
      this.#child.stdin.write(`${name}\n`)
      return await answer
    } finally {
      this.#waiting -= 1
      this.#silent = 0
      this.#idle.refresh()
      if (this.#waiting === 0) this.#keepAlive(false)
    }
  }

  end(): void {
    this.ended = true
    clearTimeout(this.#idle)
    this.#child.stdin.end()
  }

  #died(): void {
    this.ended = true
    clearTimeout(this.#idle)
    this.#answers.end()
  }

  #tooLong(): void {
    this.#silent += 1
    if (this.#waiting === 0) this.end()
    else if (this.#silent >= SILENT) this.#child.kill('SIGKILL')
    else this.#idle.refresh()
  }

  #keepAlive(alive: boolean): void {
    const { stdin, stdout, stderr } = this.#child
    const name = alive ? 'ref' : 'unref'
    this.#child[name]()
    for (const stream of [stdin, stdout, stderr]) (stream as unknown as Socket)[name]()
    this.#idle[name]()
  }
}

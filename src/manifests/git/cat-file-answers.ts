export interface GitObject {
  readonly id: string
  readonly type: string
  readonly size: number
  /** Undefined for an object beyond the size limit. */
  readonly content: Buffer | undefined
}

/** Of a folder, a commit or a tag: a million files in one folder. */
const OTHERS_LIMIT = 64 * 2 ** 20

type Answer = GitObject | undefined | 'died'

/** The answers of `git cat-file --batch`, in the order of the questions: a line, and after it the content. */
export class CatFileAnswers {
  readonly #blobLimit: number
  readonly #asking: ((answer: Answer) => void)[] = []
  #head = Buffer.alloc(0)
  #ended = false
  #body:
    | {
        readonly id: string
        readonly type: string
        readonly size: number
        left: number
        readonly parts: Buffer[]
      }
    | undefined

  constructor(blobLimit: number) {
    this.#blobLimit = blobLimit
  }

  /** To be called for each question: its answer; `died` when the process ended without one. */
  next(): Promise<Answer> {
    if (this.#ended) return Promise.resolve('died')
    return new Promise((resolve) => this.#asking.push(resolve))
  }

  take(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0) rest = this.#body === undefined ? this.#takeHead(rest) : this.#takeBody(rest)
  }

  end(): void {
    this.#ended = true
    for (const answer of this.#asking.splice(0)) answer('died')
  }

  #takeHead(chunk: Buffer): Buffer {
    const end = chunk.indexOf(10)
    this.#head = Buffer.concat([this.#head, end < 0 ? chunk : chunk.subarray(0, end)])
    if (end < 0) return Buffer.alloc(0)
    const words = this.#head.toString('utf8').split(' ')
    this.#head = Buffer.alloc(0)
    const [id = '', type = '', size] = words
    // `NAME missing`, or `ambiguous`: nothing follows.
    if (words.length !== 3) this.#asking.shift()?.(undefined)
    else this.#body = { id, type, size: Number(size), left: Number(size) + 1, parts: [] }
    return chunk.subarray(end + 1)
  }

  #takeBody(chunk: Buffer): Buffer {
    const body = this.#body
    if (body === undefined) return chunk
    const { id, type, size, parts } = body
    const isKept = size <= (type === 'blob' ? this.#blobLimit : OTHERS_LIMIT)
    const part = chunk.subarray(0, body.left)
    if (isKept) parts.push(part)
    body.left -= part.length
    if (body.left === 0) {
      this.#body = undefined
      // A copy, and without the line feed at its end.
      const content = isKept ? Buffer.concat(parts, size) : undefined
      this.#asking.shift()?.({ id, type, size, content })
    }
    return chunk.subarray(part.length)
  }
}

import { z } from 'zod'
import { OperatorError } from '#src/domain/errors.ts'
import { failureOf, forgeError } from './failures.ts'

/** What is asked of whom, as errors tell it. */
export interface Asked {
  readonly object: string
  /** `reading pull request #7` */
  readonly doing: string
}

/** As Octokit returns it, nothing of it checked. */
export interface Answer {
  readonly data: unknown
  readonly headers: { readonly link?: string | undefined }
}

export interface Page {
  readonly page: number
  readonly per_page: number
}

const PER_PAGE = 100
const MOST_PAGES = 20

export async function askFor<T>(asked: Asked, shape: z.ZodType<T>, call: () => Promise<Answer>): Promise<T> {
  const answer = await call().catch((error: unknown) => {
    throw translated(asked, error)
  })
  return parsed(asked, shape, answer.data)
}

/** Undefined where the forge answers 404. */
export async function findOne<T>(
  asked: Asked,
  shape: z.ZodType<T>,
  call: () => Promise<Answer>,
): Promise<T | undefined> {
  const answer = await call().catch((error: unknown) => {
    const failure = failureOf(error)
    if ('status' in failure && failure.status === 404) return undefined
    throw translated(asked, error)
  })
  return answer && parsed(asked, shape, answer.data)
}

/**
 * All items, of 20 pages at most. Counts pages itself: the URL in a Link header is the forge's word, and a request to it
 * would carry our token.
 */
export async function listAll<T>(
  asked: Asked,
  shape: z.ZodType<T>,
  call: (page: Page) => Promise<Answer>,
): Promise<readonly T[]> {
  const all: T[] = []
  for (let page = 1; page <= MOST_PAGES; page++) {
    const answer = await call({ page, per_page: PER_PAGE }).catch((error: unknown) => {
      throw translated(asked, error)
    })
    all.push(...parsed(asked, z.array(shape), answer.data))
    if (!answer.headers.link?.includes('rel="next"')) break
  }
  return all
}

function translated({ object, doing }: Asked, error: unknown): OperatorError {
  const failure = failureOf(error)
  return failure instanceof OperatorError ? failure : forgeError(failure, object, doing)
}

function parsed<T>({ object, doing }: Asked, shape: z.ZodType<T>, data: unknown): T {
  const result = shape.safeParse(data)
  if (result.success) return result.data
  const where = result.error.issues[0]?.path.join('.') || 'the whole answer'
  throw new OperatorError(
    'ForgeUnreachable',
    `the answer while ${doing} is not what GitHub's REST API promises (${where})`,
    { object },
  )
}

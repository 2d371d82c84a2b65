import { OperatorError } from '#src/domain/errors.ts'
import { isObject } from '#src/domain/json.ts'
import type { Answer } from './answers.ts'
import type { Fetch } from './guarded-fetch.ts'

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

export interface CallBody {
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly json?: object
}

/** One request; `path` is below the root that the caller was made for. Rejects with what `failureOf` reads. */
export type RestCall = (method: Method, path: string, body?: CallBody) => Promise<Answer>

/** An answer other than success, in the shape that `failureOf` reads. */
class Refusal extends Error {
  readonly response: { readonly status: number; readonly headers: Readonly<Record<string, string>> }

  constructor(message: string, status: number, headers: Readonly<Record<string, string>>) {
    super(message)
    this.response = { status, headers }
  }
}

/** JSON over a guarded fetch, for what Octokit does not speak. */
export function restCaller(root: string, fetch: Fetch): RestCall {
  return async (method, path, { query = {}, json } = {}) => {
    const url = new URL(root.replace(/\/$/, '') + path)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    const response = await fetch(url, {
      method,
      headers: { accept: 'application/json', ...(json && { 'content-type': 'application/json' }) },
      ...(json && { body: JSON.stringify(json) }),
    })
    const text = await response.text()
    const headers = Object.fromEntries(response.headers)
    if (!response.ok) throw new Refusal(messageIn(text), response.status, headers)
    return { data: dataIn(text, url.origin), headers: { link: headers['link'] } }
  }
}

/** Forges answer `{ "message": … }`, and a proxy in front of them may answer anything. */
function messageIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text)
    if (isObject(body) && typeof body['message'] === 'string') return body['message']
  } catch {}
  return 'no JSON'
}

function dataIn(text: string, origin: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new OperatorError('ForgeUnreachable', 'what answers there is no forge: no JSON', { object: origin })
  }
}

import { OperatorError } from '#src/domain/errors.ts'
import { isArray, isObject, type JsonObject } from '#src/domain/json.ts'
import { isKubeObject, type KubeObject } from '#src/domain/kube-object.ts'
import type { ApiTransport } from './api-transport.ts'
import type { Discovery } from './discovery.ts'
import type { ListOptions } from './kube-api.ts'

export interface Page {
  readonly items: readonly KubeObject[]
  /** Of the whole list; a watch may start from the last page's. */
  readonly resourceVersion: string
}

const PAGE_SIZE = 500
/** client-go's pager: once the continue token has expired, the rest of the list comes in one answer. */
const RESTARTS = 2

/**
 * The pages of a list. When the API server compacts history between two pages (410 on `continue`), listing starts
 * over: `restart` is called first, and whoever kept earlier pages drops them. After two restarts, one page holds all.
 */
export async function* listPages(
  { transport, discovery }: { readonly transport: ApiTransport; readonly discovery: Discovery },
  kind: { readonly apiVersion: string; readonly kind: string },
  options: ListOptions & { readonly signal?: AbortSignal },
  restart: () => void,
): AsyncGenerator<Page> {
  const path = await discovery.path({ ...kind, namespace: options.namespace })
  const { labelSelector, fieldSelector, signal } = options
  const about = `${kind.kind} list${options.namespace === undefined ? '' : ` in ${options.namespace}`}`
  let restarts = 0
  let token: string | undefined
  for (;;) {
    const limit = restarts > RESTARTS ? undefined : PAGE_SIZE
    const query = { limit, continue: token, labelSelector, fieldSelector }
    const list = await transport
      .json({ method: 'GET', path, query, about, timeoutMs: 60_000, signal })
      .catch((error: unknown) => {
        if (error instanceof OperatorError && error.code === 'ApiGone' && token !== undefined)
          return undefined
        throw error
      })
    if (list === undefined) {
      restarts += 1
      token = undefined
      restart()
      continue
    }
    const metadata = isObject(list['metadata']) ? list['metadata'] : {}
    yield { items: itemsOf(list, kind), resourceVersion: nonEmpty(metadata['resourceVersion']) ?? '' }
    token = nonEmpty(metadata['continue'])
    if (token === undefined) return
  }
}

/** Items of a list carry neither apiVersion nor kind. */
function itemsOf(
  list: JsonObject,
  kind: { readonly apiVersion: string; readonly kind: string },
): KubeObject[] {
  const items = isArray(list['items']) ? list['items'] : []
  return items.flatMap((item) => {
    const whole = isObject(item) ? { apiVersion: kind.apiVersion, kind: kind.kind, ...item } : item
    return isKubeObject(whole) ? [whole] : []
  })
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

import { OperatorError } from '#src/domain/errors.ts'
import { isArray, isObject, type JsonObject } from '#src/domain/json.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { ApiTransport } from './api-transport.ts'

export interface ApiResource {
  /** As in the path: `deployments`. */
  readonly plural: string
  readonly namespaced: boolean
}

type Kinds = ReadonlyMap<string, ApiResource>

/** API versions remembered at once. Owner references name any: a stranger must not fill our memory with them. */
const REMEMBERED = 100
/** A kind that was not there is not looked for again sooner. */
const LOOK_AGAIN_MS = 1_000

const API_VERSION = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?v[0-9][a-z0-9]{0,30}$/

/** Plural names and scopes, asked of the API server once per API version, and again when a kind is missing. */
export class Discovery {
  readonly #transport: ApiTransport
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #known = new Map<string, { readonly at: number; readonly kinds: Promise<Kinds> }>()

  constructor(transport: ApiTransport, clock: Pick<Clock, 'monotonic'>) {
    this.#transport = transport
    this.#clock = clock
  }

  /** Throws ApiNotFound when this API server has no such kind. */
  async resource(apiVersion: string, kind: string): Promise<ApiResource> {
    const found = (await this.#kinds(apiVersion, false)).get(kind)
    const resource = found ?? (await this.#kinds(apiVersion, true)).get(kind)
    if (resource !== undefined) return resource
    throw new OperatorError('ApiNotFound', `this API server has no kind ${kind} in ${apiVersion}`)
  }

  /** The path of a kind's collection, or of one object in it. Throws ApiRejected for what cannot be a name. */
  async path(at: Location): Promise<string> {
    const { plural, namespaced } = await this.resource(at.apiVersion, at.kind)
    const names = [
      ...(namespaced && at.namespace !== undefined ? ['namespaces', at.namespace] : []),
      plural,
      ...(at.name === undefined ? [] : [at.name]),
      ...(at.subresource === undefined ? [] : [at.subresource]),
    ]
    if (namespaced && at.namespace === undefined && at.name !== undefined) {
      throw new OperatorError('ApiRejected', `a ${at.kind} needs a namespace`, { object: at.name })
    }
    return `${root(at.apiVersion)}/${names.map(segment).join('/')}`
  }

  async #kinds(apiVersion: string, again: boolean): Promise<Kinds> {
    const known = this.#known.get(apiVersion)
    const now = this.#clock.monotonic()
    if (known !== undefined && (!again || now - known.at < LOOK_AGAIN_MS)) return known.kinds
    const kinds = this.#ask(apiVersion)
    this.#known.set(apiVersion, { at: now, kinds })
    kinds.catch(() => this.#known.delete(apiVersion))
    const [oldest] = this.#known.keys()
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest)
    return kinds
  }

  async #ask(apiVersion: string): Promise<Kinds> {
    if (!API_VERSION.test(apiVersion)) {
      throw new OperatorError('ApiNotFound', `"${apiVersion.slice(0, 100)}" is no API version`)
    }
    try {
      return kindsOf(await this.#transport.json({ method: 'GET', path: root(apiVersion), about: apiVersion }))
    } catch (error) {
      if (error instanceof OperatorError && error.code === 'ApiNotFound') return new Map()
      throw error
    }
  }
}

export interface Location {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly subresource?: string | undefined
}

function root(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
}

/** A path segment. `.` and `..` would walk up the path, and an empty name would mean the whole collection. */
function segment(name: string): string {
  if (name === '' || name === '.' || name === '..') {
    throw new OperatorError('ApiRejected', `"${name}" cannot be the name of an object`)
  }
  return encodeURIComponent(name)
}

function kindsOf(list: JsonObject): Kinds {
  const resources = isArray(list['resources']) ? list['resources'].filter(isObject) : []
  const kinds = new Map<string, ApiResource>()
  for (const { kind, name, namespaced } of resources) {
    const isSubresource = typeof name !== 'string' || name.includes('/')
    if (isSubresource || typeof kind !== 'string' || kinds.has(kind)) continue
    kinds.set(kind, { plural: name, namespaced: namespaced === true })
  }
  return kinds
}

import { isObject } from '#src/domain/json.ts'
import { type ObjectType, typeOf } from '#src/domain/object-type.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { ApiTransport } from './api-transport.ts'

/** An API server that was upgraded is noticed after so long. Milliseconds. */
const FRESH = 3_600_000
/** A core document has a megabyte. */
const REMEMBERED = 8

/** What the API server says its kinds look like (OpenAPI v3), one document per group and version, kept for an hour. */
export class ObjectTypes {
  readonly #transport: ApiTransport
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #known = new Map<
    string,
    { readonly at: number; readonly types: Map<string, ObjectType | undefined> }
  >()

  constructor(transport: ApiTransport, clock: Pick<Clock, 'monotonic'>) {
    this.#transport = transport
    this.#clock = clock
  }

  /** Undefined where the server does not say it, or cannot be asked: types only narrow what is tried anyway. */
  async of({
    apiVersion,
    kind,
  }: {
    readonly apiVersion: string
    readonly kind: string
  }): Promise<ObjectType | undefined> {
    const now = this.#clock.monotonic()
    const known = this.#known.get(apiVersion)
    if (known !== undefined && now - known.at < FRESH && known.types.has(kind)) return known.types.get(kind)
    const type = await this.#ask(apiVersion, kind).catch(() => undefined)
    const types = known !== undefined && now - known.at < FRESH ? known.types : new Map()
    this.#known.set(apiVersion, { at: now, types: types.set(kind, type) })
    const [oldest] = this.#known.keys()
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest)
    return type
  }

  async #ask(apiVersion: string, kind: string): Promise<ObjectType | undefined> {
    const path = `/openapi/v3/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}`
    const { components } = await this.#transport.json({
      method: 'GET',
      path,
      about: `the types of ${apiVersion}`,
    })
    const schemas = isObject(components) ? components['schemas'] : undefined
    return isObject(schemas) ? typeOf(schemas, apiVersion, kind) : undefined
  }
}

import { OperatorError } from '#src/domain/errors.ts'
import type { Json, JsonObject } from '#src/domain/json.ts'
import { isKubeObject, type KubeObject } from '#src/domain/kube-object.ts'
import { FIELD_MANAGER } from '#src/domain/remediation.ts'
import type { ApiRequest, ApiTransport } from './api-transport.ts'
import type { Discovery } from './discovery.ts'
import type { KubeApi, ListOptions, LogOptions, ObjectRef, PatchOptions, WriteOptions } from './kube-api.ts'
import { listPages } from './list-pages.ts'
import { podLog } from './pod-log.ts'

const APPLY = 'application/apply-patch+yaml'
const JSON_PATCH = 'application/json-patch+json'
const MERGE_PATCH = 'application/merge-patch+json'

export class FetchKubeApi implements KubeApi {
  readonly #transport: ApiTransport
  readonly #discovery: Discovery

  constructor(transport: ApiTransport, discovery: Discovery) {
    this.#transport = transport
    this.#discovery = discovery
  }

  async get(ref: ObjectRef): Promise<KubeObject | undefined> {
    const path = await this.#discovery.path(ref)
    return unlessNotFound(this.#object({ method: 'GET', path, about: describe(ref) }))
  }

  async list(apiVersion: string, kind: string, options: ListOptions = {}): Promise<readonly KubeObject[]> {
    let all: KubeObject[] = []
    const pages = listPages(
      { transport: this.#transport, discovery: this.#discovery },
      { apiVersion, kind },
      options,
      () => {
        all = []
      },
    )
    for await (const page of pages) all.push(...page.items)
    return all
  }

  async create(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const ref = refOf(object)
    const path = await this.#discovery.path({ ...ref, name: undefined })
    return this.#object({
      method: 'POST',
      path,
      body: object as unknown as JsonObject,
      query: query(options),
      about: describe(ref),
    })
  }

  async replace(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    return this.#write('PUT', refOf(object), object as unknown as JsonObject, undefined, options)
  }

  async apply(object: JsonObject, options: PatchOptions): Promise<KubeObject> {
    if (!isKubeObject(object)) {
      throw new OperatorError('Internal', 'server-side apply needs apiVersion, kind and metadata.name')
    }
    const force = options.force === true ? { force: true } : {}
    return this.#write('PATCH', refOf(object), object, APPLY, options, force)
  }

  async jsonPatch(
    ref: ObjectRef,
    patch: readonly JsonObject[],
    options: PatchOptions = {},
  ): Promise<KubeObject> {
    return this.#write('PATCH', ref, patch, JSON_PATCH, options)
  }

  async mergePatch(ref: ObjectRef, patch: Json, options: PatchOptions = {}): Promise<KubeObject> {
    return this.#write('PATCH', ref, patch, MERGE_PATCH, options)
  }

  async remove(ref: ObjectRef): Promise<void> {
    const path = await this.#discovery.path(ref)
    const request: ApiRequest = {
      method: 'DELETE',
      path,
      query: { propagationPolicy: 'Background' },
      about: describe(ref),
    }
    await unlessNotFound(this.#transport.json(request))
  }

  async log(
    pod: { readonly namespace: string; readonly name: string },
    options: LogOptions,
  ): Promise<string | undefined> {
    return podLog(this.#transport, await this.#discovery.path(logLocation(pod)), pod, options)
  }

  async #write(
    method: 'PUT' | 'PATCH',
    ref: ObjectRef,
    body: Json,
    contentType: string | undefined,
    options: WriteOptions,
    more: ApiRequest['query'] = {},
  ): Promise<KubeObject> {
    const path = await this.#discovery.path({ ...ref, subresource: options.subresource })
    const about = describe(ref)
    return this.#object({ method, path, body, contentType, query: { ...query(options), ...more }, about })
  }

  async #object(request: ApiRequest): Promise<KubeObject> {
    const object = await this.#transport.json(request)
    if (isKubeObject(object)) return object
    throw new OperatorError('ApiUnreachable', 'what the API server answered is no object', {
      object: request.about,
    })
  }
}

function query({ dryRun, fieldManager, fieldValidation }: WriteOptions): ApiRequest['query'] & object {
  return {
    fieldManager: fieldManager ?? FIELD_MANAGER,
    fieldValidation: fieldValidation ?? 'Strict',
    dryRun: dryRun === true ? 'All' : undefined,
  }
}

function refOf({ apiVersion, kind, metadata: { namespace, name } }: KubeObject): ObjectRef {
  return { apiVersion, kind, namespace, name }
}

function describe({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}

function logLocation({ namespace, name }: { readonly namespace: string; readonly name: string }) {
  return { apiVersion: 'v1', kind: 'Pod', namespace, name, subresource: 'log' }
}

async function unlessNotFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'ApiNotFound') return undefined
    throw error
  }
}

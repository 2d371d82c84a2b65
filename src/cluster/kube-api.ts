import type { Json, JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'

/** Names one object: the plural resource comes from discovery. Namespace undefined for cluster-scoped kinds. */
export interface ObjectRef {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string | undefined
  readonly name: string
}

export interface WriteOptions {
  /** Persist nothing (`dryRun=All`). */
  readonly dryRun?: boolean
  /** Default: aiops-operator. */
  readonly fieldManager?: string
  /** Default Strict: unknown and duplicate fields are an error. */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore'
  readonly subresource?: 'status'
}

export interface PatchOptions extends WriteOptions {
  /** Only for server-side apply. */
  readonly force?: boolean
}

export interface ListOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

/**
 * The Kubernetes API in raw JSON. Throws OperatorError: ApiUnreachable, ApiUnauthorized, ApiForbidden, ApiConflict,
 * ApiNotFound, ApiGone, ApiRejected, CredentialsMissing; `cause` carries the API server's Status object where there was one (ApiStatusError).
 */
export interface KubeApi {
  /** Undefined when there is no such object; ApiNotFound when the API server has no such kind. */
  get(ref: ObjectRef): Promise<KubeObject | undefined>
  /** All pages. */
  list(apiVersion: string, kind: string, options?: ListOptions): Promise<readonly KubeObject[]>
  /** ApiConflict when the name is taken (reason AlreadyExists). */
  create(object: KubeObject, options?: WriteOptions): Promise<KubeObject>
  /** The whole object, or its whole status. With a resourceVersion in it, ApiConflict when that is not the latest. */
  replace(object: KubeObject, options?: WriteOptions): Promise<KubeObject>
  /** Server-side apply of exactly these fields. `force` takes fields from other managers; else ApiConflict names them. */
  apply(object: JsonObject, options: PatchOptions): Promise<KubeObject>
  jsonPatch(ref: ObjectRef, patch: readonly JsonObject[], options?: PatchOptions): Promise<KubeObject>
  mergePatch(ref: ObjectRef, patch: Json, options?: PatchOptions): Promise<KubeObject>
  /** Deletes in the background; an object that is already gone is no error. */
  remove(ref: ObjectRef): Promise<void>
  /**
   * The last whole lines of one container's log that fit into `limitBytes` (of a longer last line its beginning);
   * bytes that are no UTF-8 become U+FFFD. Undefined when there is no log to be had: no such pod, container or
   * earlier run, or a node that does not answer.
   */
  log(
    pod: { readonly namespace: string; readonly name: string },
    options: LogOptions,
  ): Promise<string | undefined>
}

export interface LogOptions {
  readonly container: string
  readonly previous?: boolean
  readonly tailLines: number
  readonly limitBytes: number
}

/** A value of more than 120 characters: decoding errors of a JSON Patch quote the whole object, which may hold anything. */
const LONG_QUOTE = /Invalid value: "(?:[^"\\]|\\.){121,}"/g

export function withoutLongQuotes(message: string): string {
  return message.replace(LONG_QUOTE, 'Invalid value')
}

/**
 * The API server's own words about a refusal (metav1.Status), as the cause of an OperatorError. `body` is as it came;
 * the message quotes no objects.
 */
export class ApiStatusError extends Error {
  override readonly name = 'ApiStatusError'
  readonly status: number
  readonly body: JsonObject

  constructor(status: number, body: JsonObject) {
    super(typeof body['message'] === 'string' ? withoutLongQuotes(body['message']) : `HTTP ${status}`)
    this.status = status
    this.body = body
  }
}

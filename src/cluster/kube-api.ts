import type { Json, JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'

/** Names one object: the plural resource comes from discovery. Namespace undefined for cluster-scoped kinds. */
export interface ObjectRef {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string | undefined
  readonly name: string
}

export interface PatchOptions {
  /** Persist nothing (`dryRun=All`). */
  readonly dryRun?: boolean
  readonly fieldManager?: string
  readonly force?: boolean
  /** Default Strict: unknown and duplicate fields are an error. */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore'
  readonly subresource?: 'status'
}

export interface ListOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

/**
 * The Kubernetes API in raw JSON. Throws OperatorError: ApiUnreachable, ApiForbidden, ApiConflict, ApiNotFound, ApiGone,
 * ApiRejected; `cause` carries the API server's Status object where there was one (ApiStatusError).
 */
export interface KubeApi {
  get(ref: ObjectRef): Promise<KubeObject | undefined>
  /** All pages. */
  list(apiVersion: string, kind: string, options?: ListOptions): Promise<readonly KubeObject[]>
  create(
    object: KubeObject,
    options?: { readonly dryRun?: boolean; readonly fieldManager?: string },
  ): Promise<KubeObject>
  apply(object: JsonObject, options: PatchOptions): Promise<KubeObject>
  jsonPatch(ref: ObjectRef, patch: readonly JsonObject[], options?: PatchOptions): Promise<KubeObject>
  mergePatch(ref: ObjectRef, patch: Json, options?: PatchOptions): Promise<KubeObject>
  remove(ref: ObjectRef): Promise<void>
  /** Last lines of one container's log; undefined when there is none. At most `limitBytes`. */
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

/** The API server's own words about a refusal (metav1.Status), as the cause of an OperatorError. */
export class ApiStatusError extends Error {
  override readonly name = 'ApiStatusError'
  readonly status: number
  readonly body: JsonObject

  constructor(status: number, body: JsonObject) {
    super(typeof body['message'] === 'string' ? body['message'] : `HTTP ${status}`)
    this.status = status
    this.body = body
  }
}

import type { Json, JsonObject } from '#src/domain/json.ts'

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the server's own address, every segment escaped: `/apis/apps/v1/namespaces/shop/deployments/web`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: Json | undefined
  /** Default `application/json`. */
  readonly contentType?: string | undefined
  readonly accept?: string | undefined
  /** What it is about, for people: `Deployment shop/web`. */
  readonly about: string
  /** From the first byte sent to the last received. Default 30 s. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * One API server, spoken to over one set of kept connections. Throws the OperatorErrors that KubeApi names, and
 * CredentialsMissing where none can be had; no error carries a header or a body that we sent.
 */
export interface ApiTransport {
  /** The answer's body, of a 2xx only. */
  bytes(request: ApiRequest): Promise<Buffer>
  json(request: ApiRequest): Promise<JsonObject>
  /**
   * A watch: the lines of an answer that goes on. `idleMs` without a byte ends it with ApiUnreachable (a dead
   * connection says nothing). `timeoutMs` does not apply. Ends without an error when the signal aborts.
   */
  lines(request: ApiRequest & { readonly idleMs: number }): AsyncIterable<string>
  /** Waits for what is under way, then drops the connections. */
  close(): Promise<void>
}

import { OperatorError } from '#src/domain/errors.ts'
import type { ApiTransport } from './api-transport.ts'
import { ApiStatusError, type LogOptions } from './kube-api.ts'

/**
 * No such pod or container (404), no earlier run or a container that never started (400), and what the API server says
 * when the kubelet does not answer it (500).
 */
const NO_LOG: readonly number[] = [400, 404, 500]

/** All that a kubelet sends, with status 200, when the container was removed between the question and the answer. */
const GONE = /^unable to retrieve container logs for [a-z0-9.-]+:\/\/[0-9a-f]+\s*$/

/**
 * The end of a container's log. The API server's `limitBytes` keeps the beginning of the asked lines, so where it cut,
 * half as many lines are asked for: the last lines tell why a container died.
 */
export async function podLog(
  transport: ApiTransport,
  path: string,
  pod: { readonly namespace: string; readonly name: string },
  options: LogOptions,
): Promise<string | undefined> {
  for (let tailLines = options.tailLines; ; tailLines = Math.floor(tailLines / 2)) {
    const bytes = await unlessMissing(
      transport.bytes({
        method: 'GET',
        path,
        query: {
          container: options.container,
          previous: options.previous === true ? true : undefined,
          tailLines,
          limitBytes: options.limitBytes,
        },
        accept: 'text/plain, application/json',
        about: `log of Pod ${pod.namespace}/${pod.name}, container ${options.container}`,
      }),
    )
    if (bytes === undefined) return undefined
    const cut = bytes.length >= options.limitBytes
    // A kubelet may send a little more than asked for.
    if (cut && tailLines > 1) continue
    const text = new TextDecoder().decode(bytes.subarray(0, options.limitBytes))
    return GONE.test(text) ? undefined : text
  }
}

async function unlessMissing(bytes: Promise<Buffer>): Promise<Buffer | undefined> {
  try {
    return await bytes
  } catch (error) {
    const cause = error instanceof OperatorError ? error.cause : undefined
    if (cause instanceof ApiStatusError && NO_LOG.includes(cause.status)) return undefined
    throw error
  }
}

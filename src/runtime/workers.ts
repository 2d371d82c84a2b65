import type { WorkQueue } from './work-queue.ts'

/** When to look at a key again: when something about it changes, or after so many milliseconds at the latest. */
export type Again = 'on-change' | { readonly afterMs: number }

/** What a failure asks for. `never`: nothing more until the key changes. */
export type RetryDecision = 'never' | 'backoff' | { readonly afterMs: number }

export interface WorkersOptions {
  /** Keys worked on at the same time. */
  readonly concurrency: number
  /** Works from the state of the world, never from an event. Resolves or throws, never both. */
  readonly work: (key: string) => Promise<Again>
  readonly retryOf: (error: unknown) => RetryDecision
  /** Told every failure, before it is retried. */
  readonly onError: (key: string, error: unknown) => void
}

/** Works off the queue until it is shut down; resolves when the last work has ended. Never rejects. */
export async function runWorkers(queue: WorkQueue, options: WorkersOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.concurrency }, () => worker(queue, options)))
}

async function worker(queue: WorkQueue, options: WorkersOptions): Promise<void> {
  for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
    await workOnce(queue, key, options)
    queue.done(key)
  }
}

async function workOnce(queue: WorkQueue, key: string, options: WorkersOptions): Promise<void> {
  try {
    const again = await options.work(key)
    queue.forget(key)
    if (again !== 'on-change') queue.addAfter(key, again.afterMs)
  } catch (error) {
    const decision = options.retryOf(error)
    options.onError(key, error)
    if (decision === 'backoff') {
      queue.addRateLimited(key)
      return
    }
    queue.forget(key)
    if (decision !== 'never') queue.addAfter(key, decision.afterMs)
  }
}

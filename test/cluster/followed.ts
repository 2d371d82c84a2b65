import { after } from 'node:test'
import type { Cluster } from '#src/cluster/connect.ts'
import { keyOf } from '#src/cluster/held-objects.ts'
import { Reflector } from '#src/cluster/reflector.ts'
import type { ReflectorOptions } from '#src/cluster/reflector-options.ts'
import type { LogFields } from '#src/runtime/log.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { memoryLog } from './memory-log.ts'

export interface Followed {
  readonly reflector: Reflector<string>
  /** `+ key=data.a`, `- key` and `synced`, in the order in which handlers were told. */
  readonly told: readonly string[]
  readonly logged: readonly { readonly message: string; readonly fields: LogFields }[]
  /** Resolves as soon as handlers were told all that is asked for. */
  until(condition: () => boolean): Promise<void>
  stop(): Promise<void>
}

const QUICK = { backoff: { baseMs: 5, maxMs: 20, jitter: 0.5 }, watchSeconds: 60, idleMs: 30_000 }

/** A reflector of ConfigMaps that keeps `namespace/name=data.a`, running until the test file ends. */
export function follow(
  cluster: Pick<Cluster, 'transport' | 'discovery'>,
  options: Partial<ReflectorOptions<string>> = {},
): Followed {
  const told: string[] = []
  const logged: { message: string; fields: LogFields }[] = []
  const waiting: { condition: () => boolean; resolve: () => void }[] = []
  const tell = (text: string) => {
    told.push(text)
    for (const each of waiting) if (each.condition()) each.resolve()
  }
  const reflector = new Reflector<string>({
    cluster,
    clock: systemClock,
    random: Math.random,
    log: memoryLog(logged),
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespaces: 'all',
    project: (object) => `${keyOf(object)}=${(object['data'] as { a?: string } | undefined)?.a ?? ''}`,
    handlers: {
      onUpsert: (projected) => tell(`+ ${projected}`),
      onDelete: (projected) => tell(`- ${projected}`),
      onSynced: () => tell('synced'),
    },
    timing: QUICK,
    ...options,
  })
  const controller = new AbortController()
  const running = reflector.run(controller.signal)
  const stop = async () => {
    controller.abort()
    await running
  }
  after(stop)
  const until = (condition: () => boolean) => {
    if (condition()) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting.push({ condition, resolve })
    return promise
  }
  return { reflector, told, logged, until, stop }
}

import { type Shell, untilStopped } from '#src/cli/shell.ts'
import { findServer } from '#src/embedded/provision.ts'
import { type Checkout, openCheckout } from '#src/manifests/checkout/open-checkout.ts'

/** The checkout of a command; a renderer is looked for, and got, once one is needed. Progress goes to standard error. */
export function openForCommand(
  folder: string,
  { env, stderr, stop }: Pick<Shell, 'env' | 'stderr'> & Partial<Pick<Shell, 'stop'>>,
): Promise<Checkout> {
  const progress = (text: string) => void stderr.write(`${text}\n`)
  return openCheckout(folder, {
    inherited: env,
    kustomize: () => findServer('kustomize', { env, progress }),
    helm: () => findServer('helm', { env, progress }),
    ...(stop !== undefined && { stop }),
  })
}

/** Work that stops being waited for when the process is asked to end; undefined then. */
export async function unlessStopped<T>(stop: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  const stopped = untilStopped(stop).then(() => undefined)
  return Promise.race([work, stopped])
}

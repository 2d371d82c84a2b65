import type { Shell } from '#src/cli/shell.ts'
import { findServer } from '#src/embedded/provision.ts'
import { type Checkout, openCheckout } from '#src/manifests/open-checkout.ts'

/** The checkout of a command; a renderer is looked for, and got, once one is needed. Progress goes to standard error. */
export function openForCommand(
  folder: string,
  { env, stderr }: Pick<Shell, 'env' | 'stderr'>,
): Promise<Checkout> {
  const progress = (text: string) => void stderr.write(`${text}\n`)
  return openCheckout(folder, {
    inherited: env,
    kustomize: () => findServer('kustomize', { env, progress }),
    helm: () => findServer('helm', { env, progress }),
  })
}

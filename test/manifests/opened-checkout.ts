import { findServer } from '#src/embedded/provision.ts'
import { type Checkout, openCheckout } from '#src/manifests/checkout/open-checkout.ts'

/** The part of node:test's context that is needed. */
interface Cleanup {
  after(work: () => Promise<void>): void
}

export async function openedCheckout(t: Cleanup, folder: string): Promise<Checkout> {
  const checkout = await openCheckout(folder, {
    inherited: process.env,
    kustomize: () => findServer('kustomize', { progress: () => {} }),
    helm: () => findServer('helm', { progress: () => {} }),
  })
  t.after(() => checkout.close())
  return checkout
}

import { openCheckout } from '#src/manifests/checkout/open-checkout.ts'
import type { Place } from './place.ts'
import type { Stopwatch } from './stopwatch.ts'
import { ANOTHER, build, FIELD, ONE, overlayOf, overlayTarget, twoBuilds } from './targets.ts'

const OPENINGS = 5

/** A person's way: `aiops-operator edit` in a folder, once, and what more of it would cost in the same process. */
export async function checkoutSide(place: Place, { time }: Stopwatch): Promise<void> {
  for (let app = 1; app <= Math.min(place.repeats, OPENINGS); app++) {
    await time('floor: build', () => build(place, app))
    await time('floor: two builds', () => twoBuilds(place, app))
    const checkout = await time('open, find, edit and proof', async () => {
      const opened = await openCheckout(place.tree, {
        inherited: process.env,
        kustomize: () => Promise.resolve(place.kustomize),
        helm: () => Promise.resolve(place.helm),
      })
      const found = await opened.find({ folder: overlayOf(app) }, wanted(app, ONE))
      await opened.edit(found, [FIELD], 'refuse')
      return opened
    })
    const found = await time('find another', () =>
      checkout.find({ folder: overlayOf(app) }, wanted(app, ANOTHER)),
    )
    await time('edit and proof of another', () => checkout.edit(found, [FIELD], 'refuse'))
    await checkout.close()
  }
}

function wanted(app: number, i: number) {
  const { kind, namespace, name } = overlayTarget(app, i)
  return { kind, group: undefined, namespace, name }
}

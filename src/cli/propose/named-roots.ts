import { rootArgument } from '#src/cli/edit/root-argument.ts'
import type { Root } from '#src/domain/root.ts'
import type { Checkout } from '#src/manifests/checkout/open-checkout.ts'
import type { ConfiguredRoot } from './offline-settings.ts'

/** Roots that somebody named. ConfigInvalid where there is no such folder or file. */
export function namedRoots(checkout: Checkout, named: readonly ConfiguredRoot[]): readonly Root[] {
  return named.map((each) =>
    typeof each === 'string'
      ? rootArgument(checkout, { root: each, values: [], release: undefined, namespace: undefined })
      : rootArgument(checkout, {
          root: each.chart,
          values: each.values,
          release: each.release,
          namespace: each.namespace,
        }),
  )
}

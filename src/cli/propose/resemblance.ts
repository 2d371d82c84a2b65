import { isArray, isObject, type Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { quantity } from '#src/domain/quantity.ts'

/**
 * How many values that Git gives an object are others in the cluster: 0 for the object that was applied, whatever the API
 * server filled in. The namespace does not count: it may come from where the object is applied.
 */
export function unlikeness(live: KubeObject, rendered: KubeObject): number {
  const { metadata, status: _status, ...rest } = asJson(rendered)
  const { labels, annotations } = isObject(metadata) ? metadata : {}
  return otherValues(asJson(live), {
    ...rest,
    metadata: { labels: labels ?? {}, annotations: annotations ?? {} },
  })
}

/** How many of the values that Git names are others in the cluster; what Git does not name may have been filled in. */
export function otherValues(live: Json | undefined, git: Json | undefined): number {
  if (git === undefined || git === null) return 0
  if (isObject(git)) {
    const own = isObject(live) ? live : {}
    return Object.entries(git).reduce((sum, [key, value]) => sum + otherValues(own[key], value), 0)
  }
  if (isArray(git)) {
    const own = isArray(live) ? live : []
    const more = Math.max(0, own.length - git.length)
    return git.reduce<number>((sum, item, i) => sum + otherValues(own[i], item), more)
  }
  return isSame(live, git) ? 0 : 1
}

/** `1024Mi` is `1Gi`, and `0.5` is `500m`: the API server writes quantities in its own form. */
function isSame(live: Json | undefined, git: Json): boolean {
  if (live === git) return true
  const [a, b] = [quantity(live), quantity(git)]
  return a !== undefined && a === b
}

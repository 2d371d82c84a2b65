import { isObject, type Json, ownMember } from '#src/domain/json.ts'
import { groupOf, type KubeObject } from '#src/domain/kube-object.ts'

/** What a kustomization knows of an object when it transforms it: what it is now, and the names it had. */
export interface Known {
  readonly rendered: KubeObject
  readonly names: ReadonlySet<string>
}

export type Likelihood = 'no' | 'unlikely' | 'yes'

/**
 * Whether a `target:` selects the object. Its texts are anchored regular expressions of somebody else's: they are not
 * run here (only a plain text is compared), so a `yes` may be wrong, and building tells.
 */
export function selects(selector: Json | undefined, { rendered, names }: Known): Likelihood {
  if (!isObject(selector)) return 'yes'
  const version = rendered.apiVersion.split('/').at(-1) ?? ''
  const is = (field: string, ...values: readonly string[]) => {
    const pattern = selector[field]
    return typeof pattern !== 'string' || pattern === '' || values.some((value) => mayMatch(pattern, value))
  }
  if (!is('kind', rendered.kind) || !is('group', groupOf(rendered.apiVersion)) || !is('version', version))
    return 'no'
  if (!is('name', ...names)) return 'no'
  const { labels, annotations } = rendered.metadata
  return hasAll(selector['labelSelector'], labels) && hasAll(selector['annotationSelector'], annotations)
    ? 'yes'
    : 'unlikely'
}

/** False only where an anchored pattern without any operator but the point cannot match. */
export function mayMatch(pattern: string, value: string): boolean {
  const plain = pattern.replace(/^\^/, '').replace(/\$$/, '')
  if (/[^\w./@: -]/.test(plain)) return true
  return plain.length === value.length && [...plain].every((char, i) => char === '.' || char === value[i])
}

/** The equalities of a label selector; its other operators may hold. */
function hasAll(selector: Json | undefined, labels: Readonly<Record<string, string>> | undefined): boolean {
  if (typeof selector !== 'string') return true
  return selector.split(',').every((term) => {
    const equality = /^\s*([\w./-]+)\s*==?\s*([\w.-]*)\s*$/.exec(term)
    return equality === null || ownMember(labels, equality[1] ?? '') === equality[2]
  })
}

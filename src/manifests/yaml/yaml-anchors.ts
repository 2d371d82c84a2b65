import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, type Pair } from 'yaml'
import { formatFieldPath } from '#src/domain/field-path.ts'
import type { JsonPlace } from './json-operations.ts'
import { isMergePair, keyText } from './yaml-json.ts'
import { nodeOf, type Way } from './yaml-nodes.ts'

interface Use {
  readonly anchor: string
  /** Where the alias stands; for a merge key the map that it fills. */
  readonly at: JsonPlace
  readonly offset: number
  readonly holder: string | undefined
}

/**
 * Which anchors stand in the way of a change, as a sentence: the field is in one, or holds one, that is used elsewhere.
 * `target` is the place of the object that may change. Undefined where no anchor is shared.
 */
export function sharedAnchor(
  document: Document,
  way: Way,
  target: JsonPlace,
  text: string,
): string | undefined {
  const node = way.step === undefined ? document.contents : nodeOf(way.step)
  const around = [...way.through, node].flatMap(anchorOf)
  const within = anchorsIn(node)
  const uses = usesIn(document).filter(({ anchor }) => around.includes(anchor) || within.has(anchor))
  const outer = uses.filter(({ at }) => !startsWith(at, way.at))
  const [use] = outer.filter(({ at }) => !startsWith(at, target)).concat(outer)
  if (use === undefined) return undefined
  const line = text.slice(0, use.offset).split('\n').length
  const field = around.includes(use.anchor) ? 'is inside' : 'holds'
  const where =
    !startsWith(use.at, target) && use.holder !== undefined
      ? `${use.holder} uses too (line ${line})`
      : `is also used for ${placeText(use.at)} (line ${line})`
  return `the field ${field} the anchor &${use.anchor}, which ${where}`
}

export function placeText(at: JsonPlace): string {
  return formatFieldPath(
    at.map((segment) => (typeof segment === 'number' ? { index: segment } : { member: segment })),
  )
}

function anchorOf(node: unknown): string[] {
  return (isScalar(node) || isCollection(node)) && node.anchor !== undefined ? [node.anchor] : []
}

function anchorsIn(node: unknown): ReadonlySet<string> {
  const found = new Set<string>(anchorOf(node))
  if (isMap(node)) for (const { value } of node.items) for (const each of anchorsIn(value)) found.add(each)
  if (isSeq(node)) for (const item of node.items) for (const each of anchorsIn(item)) found.add(each)
  return found
}

function usesIn(document: Document): readonly Use[] {
  const uses: Use[] = []
  const visit = (node: unknown, at: JsonPlace, holder: string | undefined): void => {
    if (isAlias(node)) {
      uses.push({ anchor: node.source, at, offset: node.range?.[0] ?? 0, holder })
    } else if (isMap(node)) {
      const here = objectName(node.items as Pair[]) ?? holder
      for (const pair of node.items as Pair[]) {
        const key = isScalar(pair.key) ? keyText(pair.key.value) : ''
        visit(pair.value, isMergePair(pair) ? at : [...at, key], here)
      }
    } else if (isSeq(node)) {
      for (const [i, item] of node.items.entries()) visit(item, [...at, i], holder)
    }
  }
  visit(document.contents, [], undefined)
  return uses
}

/** `Deployment shop/web` of a map that looks like an object. */
function objectName(items: readonly Pair[]): string | undefined {
  const kind = textOf(items, 'kind')
  const metadata = items.find(({ key }) => isScalar(key) && key.value === 'metadata')?.value
  const name = isMap(metadata) ? textOf(metadata.items as Pair[], 'name') : undefined
  if (kind === undefined || name === undefined || !isMap(metadata)) return undefined
  const namespace = textOf(metadata.items as Pair[], 'namespace')
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}

function textOf(items: readonly Pair[], name: string): string | undefined {
  const value = items.find(({ key }) => isScalar(key) && key.value === name)?.value
  return isScalar(value) && typeof value.value === 'string' ? value.value : undefined
}

function startsWith(at: JsonPlace, beginning: JsonPlace): boolean {
  return beginning.every((segment, i) => at[i] === segment)
}

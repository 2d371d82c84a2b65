import { type Document, isMap, isScalar, isSeq, type Pair, Scalar, type YAMLMap, type YAMLSeq } from 'yaml'
import type { EmitStyle } from './yaml-emit.ts'
import { keyText } from './yaml-json.ts'
import { columnOf, dashOf, isBlockCollection, lineEndAt, rangeOf } from './yaml-nodes.ts'
import type { ScalarStyle } from './yaml-scalar.ts'

/** Where nothing stands yet. */
export const PLAIN_STYLE: EmitStyle = {
  strings: () => 'plain',
  keys: 'plain',
  lineEnd: '\n',
  step: 2,
  indentLists: true,
  dash: 2,
  json: false,
  padding: '',
  colon: ': ',
  comma: ', ',
  unit: undefined,
}

/** The style to write new nodes in, in the given collection or in its place. */
export function styleBeside(
  document: Document,
  text: string,
  collection: YAMLMap | YAMLSeq | undefined,
): EmitStyle {
  const seen = surveyOf(document, text)
  const json = isJson(document, text)
  const at = collection === undefined ? 0 : rangeOf(collection)[0]
  const siblings = json ? 'json' : stringStyle(collection)
  return {
    strings: (key) => (json ? 'json' : ((key === undefined ? undefined : seen.styles.get(key)) ?? siblings)),
    keys: json ? 'json' : keyStyle(collection),
    lineEnd: lineEndAt(text, at),
    step: seen.step ?? 2,
    indentLists: seen.indentLists ?? true,
    dash: dashWidth(collection, text),
    json,
    ...flowStyle(text, collection, seen, json),
  }
}

/** True when the document is JSON: only double quotes and flow collections may be written into it. An empty one is not. */
function isJson(document: Document, text: string): boolean {
  const { contents } = document
  if (!(isMap(contents) || isSeq(contents)) || !contents.flow || contents.items.length === 0) return false
  try {
    JSON.parse(text.slice(...rangeOf(contents)))
    return true
  } catch {
    return false
  }
}

interface Survey {
  step: number | undefined
  indentLists: boolean | undefined
  /** How the strings under a key are mostly written. */
  readonly styles: ReadonlyMap<string, ScalarStyle>
  /** The first flow map with a member. */
  flow: YAMLMap | undefined
  /** The first flow collection with two members. */
  pair: YAMLMap | YAMLSeq | undefined
}

type Counts = Record<'plain' | 'single' | 'double', number>

function surveyOf(document: Document, text: string): Survey {
  const counts = new Map<string, Counts>()
  const steps: Record<number, number> = {}
  let lists = 0
  const survey: Omit<Survey, 'styles'> = {
    step: undefined,
    indentLists: undefined,
    flow: undefined,
    pair: undefined,
  }
  const visit = (node: unknown): void => {
    if (!isMap(node) && !isSeq(node)) return
    if (node.flow === true && node.items.length > 0) {
      if (isMap(node)) survey.flow ??= node
      if (node.items.length > 1) survey.pair ??= node
    }
    if (isSeq(node)) {
      for (const item of node.items) visit(item)
      return
    }
    for (const pair of node.items as Pair[]) {
      if (isScalar(pair.key) && isScalar(pair.value)) count(counts, keyText(pair.key.value), pair.value)
      if (isScalar(pair.key) && isBlockCollection(pair.value)) {
        const deeper = columnOf(text, rangeOf(pair.value)[0]) - columnOf(text, rangeOf(pair.key)[0])
        if (isSeq(pair.value)) lists += deeper > 0 ? 1 : -1
        else if (deeper > 0) steps[deeper] = (steps[deeper] ?? 0) + 1
      }
      visit(pair.value)
    }
  }
  visit(document.contents)
  const [step] = Object.entries(steps).toSorted(([, a], [, b]) => b - a)
  return {
    ...survey,
    step: step === undefined ? undefined : Number(step[0]),
    indentLists: lists === 0 ? undefined : lists > 0,
    styles: new Map([...counts].map(([key, each]) => [key, majority(each)])),
  }
}

function count(counts: Map<string, Counts>, key: string, value: Scalar): void {
  const style = typeof value.value === 'string' ? scalarStyle(value) : undefined
  if (style === undefined || style === 'json') return
  const each = counts.get(key) ?? { plain: 0, single: 0, double: 0 }
  counts.set(key, { ...each, [style]: each[style] + 1 })
}

function majority({ plain, single, double }: Counts): ScalarStyle {
  if (double > plain && double >= single) return 'double'
  return single > plain ? 'single' : 'plain'
}

/** How most strings of a collection are written; plain where there are none. */
function stringStyle(collection: YAMLMap | YAMLSeq | undefined): ScalarStyle {
  const counts = new Map<string, Counts>()
  const values = isMap(collection) ? collection.items.map(({ value }) => value) : (collection?.items ?? [])
  for (const value of values) if (isScalar(value)) count(counts, '', value)
  const all = counts.get('')
  return all === undefined ? 'plain' : majority(all)
}

/** Keys get quotes where all of their siblings have them. */
function keyStyle(collection: YAMLMap | YAMLSeq | undefined): ScalarStyle {
  if (!isMap(collection)) return 'plain'
  const styles = collection.items.map(({ key }) => (isScalar(key) ? scalarStyle(key) : undefined))
  const [first] = styles
  return first !== undefined && styles.every((style) => style === first) ? first : 'plain'
}

/** The style a scalar stands in; undefined for block scalars. */
export function scalarStyle(scalar: Scalar): ScalarStyle | undefined {
  if (scalar.type === Scalar.QUOTE_DOUBLE) return 'double'
  if (scalar.type === Scalar.QUOTE_SINGLE) return 'single'
  return scalar.type === Scalar.BLOCK_LITERAL || scalar.type === Scalar.BLOCK_FOLDED ? undefined : 'plain'
}

/** From a dash to what follows it, `- ` being 2. */
function dashWidth(collection: YAMLMap | YAMLSeq | undefined, text: string): number {
  const first = isSeq(collection) && isBlockCollection(collection) ? collection.items[0] : undefined
  if (first === undefined || !isSeq(collection)) return 2
  const dash = dashOf(collection, 0)
  const between = text.slice(dash + 1, rangeOf(first)[0])
  return /^ +$/.test(between) ? between.length + 1 : 2
}

function flowStyle(
  text: string,
  collection: YAMLMap | YAMLSeq | undefined,
  { flow, pair }: Survey,
  json: boolean,
): Pick<EmitStyle, 'padding' | 'colon' | 'comma' | 'unit'> {
  const own = collection?.flow === true ? collection : undefined
  const padded = own !== undefined && /^.[ \t]/.test(text.slice(rangeOf(own)[0], rangeOf(own)[0] + 2))
  if (!json) return { padding: padded ? ' ' : '', colon: ': ', comma: ', ', unit: undefined }
  const [key] = flow?.items ?? []
  const colon = key === undefined ? ': ' : /^\s*:[ \t]*/.exec(text.slice(rangeOf(key.key)[1]))?.[0]
  const between = pair === undefined ? undefined : /,[ \t]*/.exec(text.slice(rangeOf(pair)[0]))?.[0]
  const unit = flow === undefined ? undefined : /^\{\r?\n([ \t]+)/.exec(text.slice(rangeOf(flow)[0]))?.[1]
  const above = flow === undefined ? '' : (/^[ \t]*/.exec(lineOf(text, rangeOf(flow)[0]))?.[0] ?? '')
  const minified = (colon ?? '').endsWith(' ') === false
  return {
    padding: padded ? ' ' : '',
    colon: colon ?? ': ',
    comma: minified || (between ?? ', ') === ',' ? (minified ? ',' : ', ') : ', ',
    unit: unit?.startsWith(above) ? unit.slice(above.length) : unit,
  }
}

function lineOf(text: string, offset: number): string {
  return text.slice(text.lastIndexOf('\n', offset - 1) + 1)
}

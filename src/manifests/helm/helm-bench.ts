import { OperatorError } from '#src/domain/errors.ts'
import { canonicalJson, equalJson, isObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { describeTarget, type TargetRef } from '#src/domain/target.ts'
import { identityOf, isTarget } from '#src/manifests/target-match.ts'
import { type Mark, seenIn } from './helm-marks.ts'
import { objectsPrinted, type PrintedDocument, printedDocuments } from './helm-output.ts'
import { placements, type ValuesModel, withSets } from './helm-placement.ts'
import type { ChartRender, OtherValues } from './helm-render.ts'
import { overlayOf, type ValueSet } from './helm-values.ts'

/** What one rendering with other values shows of the target. */
export interface Outcome {
  readonly documents: readonly PrintedDocument[]
  readonly target: KubeObject | undefined
  /** What helm said instead of rendering; or, when the target is gone, the names of those of its kind. */
  readonly told: string
}

/** A chart rendered with other values, again and again, and what that does to one object. */
export interface ValuesBench {
  readonly before: KubeObject
  /** The template that prints the target, as helm names it. */
  readonly source: string
  /** Renderings so far. */
  readonly runs: () => number
  /** With changes where they would be written first of all. */
  try(sets: readonly ValueSet[]): Promise<Outcome>
  /**
   * Renders with all marks at once where that works, and with fewer where a mark breaks the chart or hides the target:
   * the marks that still could be tried, in groups that were tried together, each with the target as it came out.
   */
  observe(marks: readonly Mark[]): Promise<readonly Observation[]>
  /** Other objects that differ in an outcome, and whether some came or went. */
  others(outcome: Outcome): readonly string[]
}

export interface Observation {
  readonly marks: readonly Mark[]
  readonly target: KubeObject
}

/** Renderings for one field; a chart of a hundred values needs a tenth of it. */
const MAX_RUNS = 80

export async function valuesBench(
  render: ChartRender,
  model: ValuesModel,
  target: TargetRef,
  namespace: string,
): Promise<ValuesBench> {
  const outcomes = new Map<string, Promise<Outcome>>()
  let runs = 1
  const first = printedDocuments(await render())
  const found = findTarget(first, target, namespace)
  if (found === undefined) {
    throw new OperatorError('NotInGit', 'the chart does not render it', { object: describeTarget(target) })
  }
  const { source, object: before } = found
  const likely = (documents: readonly PrintedDocument[]) => documents.filter((each) => each.source === source)

  async function run(other: OtherValues): Promise<Outcome> {
    if (++runs > MAX_RUNS) {
      throw new OperatorError(
        'EditRefused',
        `${MAX_RUNS} renderings did not tell which value feeds the field`,
        {
          object: describeTarget(target),
        },
      )
    }
    try {
      const documents = printedDocuments(await render(other))
      const now = findTarget(likely(documents), target, namespace)
      const objects = now === undefined ? objectsPrinted(likely(documents)) : []
      const names =
        'error' in objects ? objects.error : objects.map(({ object }) => identityOf(object)).join(' ')
      return { documents, target: now?.object, told: names }
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code !== 'RenderFailed') throw error
      return { documents: [], target: undefined, told: error.message }
    }
  }

  function attempt(other: OtherValues): Promise<Outcome> {
    const key = canonicalJson({ ...other })
    const outcome = outcomes.get(key) ?? run(other)
    outcomes.set(key, outcome)
    return outcome
  }

  const onTop = (sets: readonly ValueSet[]): OtherValues => ({
    kind: 'overlay',
    values: overlayOf(model.effective, sets),
  })

  function placed(sets: readonly ValueSet[]): OtherValues {
    const [edit] = placements(model, sets)
    if (edit === undefined || edit.layer === 'chart') return onTop(sets)
    const values = withSets(model.layers[edit.layer]?.values ?? {}, edit.sets)
    return { kind: 'layer', index: edit.layer, values: isObject(values) ? values : {} }
  }

  async function observe(marks: readonly Mark[]): Promise<readonly Observation[]> {
    if (marks.length === 0) return []
    const outcome = await attempt(onTop(marks))
    if (outcome.target !== undefined) return [{ marks, target: outcome.target }]
    const guilty = new Set([
      ...seenIn(outcome.told, marks),
      ...marks.filter((mark) => isNamed(mark, outcome.told)),
    ])
    if (guilty.size > 0) return observe(marks.filter((mark) => !guilty.has(mark)))
    if (marks.length === 1) return []
    const middle = Math.ceil(marks.length / 2)
    return [...(await observe(marks.slice(0, middle))), ...(await observe(marks.slice(middle)))]
  }

  return {
    before,
    source,
    runs: () => runs,
    try: (sets) => attempt(placed(sets)),
    observe,
    others: ({ documents }) => othersThatDiffer(first, documents, identityOf(before)),
  }
}

/** The target among printed objects; most templates leave the namespace to the release. */
function findTarget(documents: readonly PrintedDocument[], target: TargetRef, namespace: string) {
  const telling = documents.filter(({ text }) => text.includes(target.name))
  const objects = objectsPrinted(telling)
  if ('error' in objects) return undefined
  return (
    objects.find(({ object }) => isTarget(object, target, namespace)) ??
    objects.find(({ object }) => isTarget(object, target, target.namespace))
  )
}

/** A schema's complaint names the place of a value: `at '/image/tag'`. */
function isNamed({ path }: Mark, told: string): boolean {
  const pointer = path.map((segment) =>
    'member' in segment ? segment.member : 'index' in segment ? segment.index : '',
  )
  return told.includes(`'/${pointer.join('/')}'`)
}

function othersThatDiffer(
  before: readonly PrintedDocument[],
  after: readonly PrintedDocument[],
  target: string,
): readonly string[] {
  const texts = new Set(before.map(({ text }) => text.trim()))
  const later = new Set(after.map(({ text }) => text.trim()))
  const was = byIdentity(before.filter(({ text }) => !later.has(text.trim())))
  const is = byIdentity(after.filter(({ text }) => !texts.has(text.trim())))
  return [...new Set([...was.keys(), ...is.keys()])].filter((identity) => {
    const [old, present] = [was.get(identity), is.get(identity)]
    if (identity === target) return false
    return old === undefined || present === undefined || !equalJson(asJson(old), asJson(present))
  })
}

function byIdentity(documents: readonly PrintedDocument[]): ReadonlyMap<string, KubeObject> {
  const objects = objectsPrinted(documents)
  return new Map('error' in objects ? [] : objects.map(({ object }) => [identityOf(object), object]))
}

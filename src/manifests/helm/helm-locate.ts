import { applyChanges, type FieldChange } from '#src/domain/change.ts'
import { differences } from '#src/domain/difference.ts'
import { type FieldPath, formatFieldPath, isWithin, parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { equalJson, isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { Observation, Outcome, ValuesBench } from './helm-bench.ts'
import {
  byLikeness,
  collectionsOf,
  emptyKeys,
  insertionsByName,
  isScalar,
  resemblingLeaves,
  siblingKeys,
} from './helm-candidates.ts'
import { type Mark, markOf, seenIn } from './helm-marks.ts'
import { solve } from './helm-solve.ts'
import { leavesOf, pathKey, type ValueSet, type ValuesLeaf } from './helm-values.ts'

/** Values that make the change, as rendering with them has shown. */
export interface LocatedValues {
  readonly sets: readonly ValueSet[]
  /** Other fields of the target, and other objects, that change with them. None: exactly what was asked for. */
  readonly also: readonly string[]
}

/** What is known of a chart's values before anything is tried. */
export interface ValuesFacts {
  readonly effective: JsonObject
  /** Keys that templates name. */
  readonly referenced: readonly FieldPath[]
  /** Names that templates read of any map. */
  readonly names: ReadonlySet<string>
}

const MARKS_AT_ONCE = 40
const MAX_TRIALS = 12
const MAX_SIBLINGS = 60

/**
 * The values that feed one field of a rendered object, found by rendering with marked values: first those that look like
 * the field, then keys that nobody sets, and at last all. Every answer was rendered and has the wanted effect on the
 * field; the exact ones come first. Empty when no value feeds the field: then it stands in a template.
 */
export async function locateValues(
  bench: ValuesBench,
  facts: ValuesFacts,
  change: FieldChange,
): Promise<readonly LocatedValues[]> {
  const search = new Search(bench, facts, change)
  const found = await search.run()
  if (found.length > 0 || change.op === 'remove') return found
  const present = valueAt(asJson(bench.before), parseFieldPath(change.field))
  return present === undefined || isScalar(present) ? [] : inParts(bench, facts, change, present)
}

/** A change of a collection that no single value feeds: each differing part is located by itself. */
async function inParts(
  bench: ValuesBench,
  facts: ValuesFacts,
  change: FieldChange & { op: 'set' },
  present: Json,
): Promise<readonly LocatedValues[]> {
  const parts = differences(present, change.value, parseFieldPath(change.field))
  const own = change.field
  if (parts.length === 0 || parts.some(({ path }) => formatFieldPath(path) === own)) return []
  const sets: ValueSet[] = []
  for (const { path, after } of parts) {
    const field = formatFieldPath(path)
    const part: FieldChange =
      after === undefined ? { op: 'remove', field } : { op: 'set', field, value: after }
    const [first] = await locateValues(bench, facts, part)
    if (first === undefined) return []
    sets.push(...first.sets)
  }
  return new Search(bench, facts, change).confirm([sets])
}

class Search {
  readonly #bench: ValuesBench
  readonly #facts: ValuesFacts
  readonly #change: FieldChange
  readonly #field: FieldPath
  readonly #present: Json | undefined
  /** Keys that were seen in the field. */
  readonly #fed = new Map<string, Mark>()
  readonly #marked = new Set<string>()
  #marks = 0

  constructor(bench: ValuesBench, facts: ValuesFacts, change: FieldChange) {
    this.#bench = bench
    this.#facts = facts
    this.#change = change
    this.#field = parseFieldPath(change.field)
    this.#present = valueAt(asJson(bench.before), this.#field)
  }

  async run(): Promise<readonly LocatedValues[]> {
    const present = this.#present
    const tiers =
      present === undefined
        ? [this.#byName, this.#unset, this.#belowMaps, this.#anyLeaf, this.#toggles]
        : [this.#resembling, this.#besideFed, this.#unset, this.#anyLeaf, this.#toggles]
    for (const tier of tiers) {
      const found = await tier.call(this)
      if (found.length > 0) return found
    }
    return []
  }

  /** Renders each way and keeps those with which the field is as wanted; the exact ones first. */
  async confirm(ways: readonly (readonly ValueSet[])[]): Promise<readonly LocatedValues[]> {
    const found: LocatedValues[] = []
    for (const sets of distinct(ways).slice(0, MAX_TRIALS)) {
      const outcome = await this.#bench.try(sets)
      if (outcome.target === undefined || !this.#isWanted(outcome.target)) continue
      found.push({ sets, also: this.#also(outcome, outcome.target) })
      if (found.at(-1)?.also.length === 0) break
    }
    return found.toSorted((a, b) => a.also.length - b.also.length)
  }

  #isWanted(target: KubeObject): boolean {
    const wanted = this.#change.op === 'set' ? this.#change.value : undefined
    return equalJson(valueAt(asJson(target), this.#field), wanted)
  }

  #also(outcome: Outcome, target: KubeObject): readonly string[] {
    const expected = applyChanges(asJson(this.#bench.before), [this.#change])
    const fields = differences(expected, asJson(target)).map(({ path }) => formatFieldPath(path))
    return [...fields, ...this.#bench.others(outcome)]
  }

  /** Values that look like the field, or like something in it. */
  async #resembling(): Promise<readonly LocatedValues[]> {
    const leaves = resemblingLeaves(this.#facts.effective, this.#present ?? null)
    const observed = await this.#observe(leaves)
    const found = await this.confirm(observed.flatMap((each) => this.#waysFrom(each)))
    if (found.length > 0) return found
    // A schema or a template may refuse marks; the wanted value itself may do.
    const seen = leaves.filter(({ path }) => this.#fed.has(pathKey(path)))
    const likely = byLikeness(seen.length > 0 ? seen : leaves, this.#field)
    return this.confirm(likely.flatMap((leaf) => this.#waysAsItStands(leaf)))
  }

  /** Keys beside those that were seen in the field: the tag that a chart takes from its version while nobody sets it. */
  async #besideFed(): Promise<readonly LocatedValues[]> {
    const fed = [...this.#fed.values()]
    const { effective, names } = this.#facts
    const keys = siblingKeys(
      effective,
      fed.map(({ path }) => path),
      names,
    )
    const leaves = byLikeness(
      keys.map((path) => ({ path, value: null })),
      [...this.#field, { member: 'tag' }],
    )
    return this.#peel(leaves.slice(0, MAX_SIBLINGS), fed)
  }

  async #unset(): Promise<readonly LocatedValues[]> {
    const { effective, referenced } = this.#facts
    const leaves = byLikeness(emptyKeys(effective, referenced), this.#field)
    for (const some of chunks(leaves, MARKS_AT_ONCE)) {
      const found = await this.#peel(some, [...this.#fed.values()])
      if (found.length > 0) return found
    }
    return []
  }

  /** Tries keys together, then without those that were seen: one may hide another (a digest hides the tag). */
  async #peel(leaves: readonly ValuesLeaf[], fed: readonly Mark[]): Promise<readonly LocatedValues[]> {
    let rest = leaves
    for (let round = 0; round < 4 && rest.length > 0; round++) {
      const observed = await this.#observe(rest)
      const seen = observed.flatMap((each) => seenIn(this.#valueIn(each), each.marks))
      if (seen.length === 0) return []
      const found = await this.confirm(observed.flatMap((each) => this.#waysFrom(each)))
      if (found.length > 0) return found
      const together = await this.#bench.observe([...fed, ...seen])
      const both = await this.confirm(together.flatMap((each) => this.#waysFrom(each)))
      if (both.length > 0) return both
      const gone = new Set(seen.map(({ path }) => pathKey(path)))
      rest = rest.filter(({ path }) => !gone.has(pathKey(path)))
    }
    return []
  }

  /** A field that is not there: keys below maps and lists that are named like a part of its path. */
  async #byName(): Promise<readonly LocatedValues[]> {
    if (this.#change.op === 'remove') return []
    const { effective, referenced } = this.#facts
    const { value } = this.#change
    const paths = insertionsByName(effective, referenced, this.#field)
    return this.confirm(paths.map((path) => [{ path, value }]))
  }

  /** A key of our own in every map: where it comes out, other keys do too. */
  async #belowMaps(): Promise<readonly LocatedValues[]> {
    if (this.#change.op === 'remove') return []
    const { value } = this.#change
    const { effective, referenced } = this.#facts
    const maps = collectionsOf(effective).filter((path) => isObject(valueAt(effective, path)))
    const inside = (path: FieldPath) => path.every((segment) => 'member' in segment)
    const holders = [
      ...maps.filter(inside),
      ...emptyKeys(effective, referenced)
        .filter((each) => each.value === null)
        .map(({ path }) => path),
    ]
    const marks = holders.map((path) => {
      const index = this.#marks++
      return markOf(index, [...path, { member: `zq${index}z` }], undefined)
    })
    const ways: ValueSet[][] = []
    for (const some of chunks(marks, MARKS_AT_ONCE)) {
      for (const { target, marks: tried } of await this.#bench.observe(some)) {
        for (const mark of seenIn(asJson(target), tried)) {
          const at = leavesOf(asJson(target)).find(({ path }) =>
            path.some((segment) => 'member' in segment && segment.member === mark.value),
          )
          const above = at === undefined ? undefined : toKeys(asJson(target), at.path.slice(0, -1))
          if (above === undefined || !isWithin(this.#field, above)) continue
          ways.push([{ path: [...mark.path.slice(0, -1), ...this.#field.slice(above.length)], value }])
        }
      }
    }
    return this.confirm(ways)
  }

  /** Everything that was not tried yet, in groups; where the field changes, one by one. */
  async #anyLeaf(): Promise<readonly LocatedValues[]> {
    const leaves = leavesOf(this.#facts.effective).filter(
      ({ path, value }) =>
        !this.#marked.has(pathKey(path)) && (typeof value === 'number' || typeof value === 'string'),
    )
    for (const some of chunks(byLikeness(leaves, this.#field), MARKS_AT_ONCE)) {
      const observed = await this.#observe(some)
      const ways = observed.flatMap((each) => this.#waysFrom(each))
      const found = await this.confirm(ways)
      if (found.length > 0) return found
    }
    return []
  }

  /** Switches: the other value of each boolean that is named like the field. */
  async #toggles(): Promise<readonly LocatedValues[]> {
    const switches = leavesOf(this.#facts.effective).filter(({ value }) => typeof value === 'boolean')
    const likely = byLikeness(switches, this.#field)
    return this.confirm(likely.map(({ path, value }) => [{ path, value: value !== true }]))
  }

  async #observe(leaves: readonly ValuesLeaf[]): Promise<readonly Observation[]> {
    const marks = leaves.map(({ path, value }) => {
      this.#marked.add(pathKey(path))
      return markOf(this.#marks++, path, value)
    })
    const observed = await this.#bench.observe(marks)
    for (const each of observed) {
      for (const mark of seenIn(this.#valueIn(each), each.marks)) this.#fed.set(pathKey(mark.path), mark)
    }
    return observed
  }

  #valueIn({ target }: Observation): Json | undefined {
    return valueAt(asJson(target), this.#field)
  }

  /** What the marks that came out in the field would have to be. */
  #waysFrom(observed: Observation): readonly (readonly ValueSet[])[] {
    const marked = this.#valueIn(observed)
    const seen = seenIn(marked, observed.marks)
    if (seen.length === 0) return []
    const block = this.#blockOf(marked, seen)
    if (this.#change.op === 'remove') {
      const whole = seen.filter((mark) => String(mark.value) === String(marked))
      return [...(block === undefined ? [] : [[{ path: block, value: undefined }]]), ...whole.map(removed)]
    }
    const { value } = this.#change
    if (block === undefined) return solve(marked, seen, value)
    const parts = differences(valueAt(this.#facts.effective, block), value, block)
    return [parts.map(({ path, after }) => ({ path, value: after }))]
  }

  /** The value that the field is as a whole, as `toYaml` prints one: told by where the marks in it came out. */
  #blockOf(marked: Json | undefined, seen: readonly Mark[]): FieldPath | undefined {
    if (marked === undefined || (!isObject(marked) && !isArray(marked))) return undefined
    for (const { path, value } of leavesOf(marked)) {
      const mark = seen.find((each) => String(each.value) === String(value))
      const above = mark?.path.slice(0, mark.path.length - path.length)
      if (mark === undefined || above === undefined || above.length === 0) continue
      if (pathKey(mark.path.slice(above.length)) !== pathKey(path)) continue
      if (equalJson(valueAt(this.#facts.effective, above), this.#present)) return above
    }
    return undefined
  }

  /** The wanted value in the place of a leaf that equals the field, or of the leaf's part of the field's text. */
  #waysAsItStands({ path, value }: ValuesLeaf): readonly (readonly ValueSet[])[] {
    if (this.#change.op === 'remove')
      return String(value) === String(this.#present) ? [removed({ path })] : []
    const asMark: Mark = { path, present: value, value, token: String(value) }
    return solve(this.#present, [asMark], this.#change.value)
  }
}

function removed({ path }: { readonly path: FieldPath }): readonly ValueSet[] {
  return [{ path, value: undefined }]
}

/** A path of positions with list items told by their name where they have one. */
function toKeys(root: Json, path: FieldPath): FieldPath {
  return path.map((segment, i) => {
    if (!('index' in segment)) return segment
    const item = valueAt(root, path.slice(0, i + 1))
    const name = isObject(item) ? item['name'] : undefined
    return typeof name === 'string' ? { by: 'name', is: name } : segment
  })
}

function distinct(ways: readonly (readonly ValueSet[])[]): readonly (readonly ValueSet[])[] {
  const keyed = ways.map(
    (sets) =>
      [JSON.stringify(sets.map(({ path, value }) => [pathKey(path), value ?? 'removed'])), sets] as const,
  )
  return [...new Map(keyed).values()]
}

function chunks<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}

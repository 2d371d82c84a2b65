import { describeChange, type FieldChange } from '#src/domain/change.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { formatFieldPath, parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { InlineSite, Root } from '#src/domain/root.ts'
import { describeTarget, type TargetRef } from '#src/domain/target.ts'
import type { EditCandidate } from '#src/manifests/edit-candidates.ts'
import type { RepositoryFiles } from '#src/manifests/repository-files.ts'
import type { RepositoryReader } from '#src/manifests/repository-reader.ts'
import type { Scratch } from '#src/manifests/scratch.ts'
import { isUnparsable } from '#src/manifests/yaml/yaml-text.ts'
import { valuesBench } from './helm-bench.ts'
import { type ChartClosure, chartClosureOf } from './helm-chart.ts'
import { archiveContents, type ChartContents, type ChartFile, chartContents } from './helm-contents.ts'
import { locateValues } from './helm-locate.ts'
import { type LayerEdit, placements, type ValuesModel, withSets } from './helm-placement.ts'
import type { Helm } from './helm-process.ts'
import { allTemplates, namesRead, referencedPaths } from './helm-references.ts'
import { withChart } from './helm-render.ts'
import { templatePlace } from './helm-template-line.ts'
import { defaultsBelow, effectiveValues } from './helm-values.ts'

/** One way to change a field of an object that a chart renders. */
export type HelmCandidate =
  | {
      readonly kind: 'file'
      readonly candidate: EditCandidate
      /** The keys in that file, for people. */
      readonly keys: readonly string[]
      /** What else of the rendering changes with it, by field of the target or by object. */
      readonly also: readonly string[]
    }
  | {
      readonly kind: 'inline'
      readonly site: InlineSite
      /**
       * What stands at `site.field` (read as YAML where `site.text` says so) as it has to become: all values of the layer,
       * or the one value of a parameter (`site.valueAt`).
       */
      readonly change: (present: Json) => Json | undefined
      readonly keys: readonly string[]
      readonly also: readonly string[]
    }

export interface HelmTools {
  readonly reader: RepositoryReader
  readonly helm: Helm
  readonly scratch: Scratch
}

export interface HelmEdits {
  /** The target as it is rendered now. */
  readonly before: KubeObject
  readonly candidates: readonly HelmCandidate[]
  /** Renderings that it took. */
  readonly runs: number
}

/**
 * The values to change so that a chart renders `change` into the target, best first; each was rendered, and the proof has
 * the last word. EditRefused when the field stands in a template, naming its file and line; NotInGit when the chart does
 * not render the target; RenderFailed, RendererMissing.
 */
export async function helmEditCandidates(
  tools: HelmTools,
  files: RepositoryFiles,
  root: Root,
  target: TargetRef,
  change: FieldChange,
): Promise<HelmEdits> {
  const closure = await chartClosureOf(tools.reader, files, root)
  return withChart(tools, files, root, closure, async (render) => {
    const chart = await contentsOf(tools.reader, files, closure, root.helm?.withoutOwnValues !== true)
    const model = await modelOf(tools.reader, files, root, closure, chart)
    const bench = await valuesBench(render, model, target, root.helm?.namespace ?? '')
    const templates = allTemplates(chart)
    const facts = {
      effective: model.effective,
      referenced: referencedPaths(chart),
      names: namesRead(templates),
    }
    const located = await locateValues(bench, facts, change)
    const candidates = located.flatMap(({ sets, also }) =>
      placements(model, sets).flatMap((edit) => asCandidate(root, closure, edit, also)),
    )
    if (candidates.length === 0) {
      const field = parseFieldPath(change.field)
      const present = valueAt(asJson(bench.before), field)
      const place = templatePlace(templates, bench.source, field, present) ?? bench.source
      const why =
        located.length > 0
          ? `the values that feed ${change.field} stand in a chart archive, and no values file is given`
          : noValue(change, place, present !== undefined)
      throw new OperatorError('EditRefused', why, {
        object: describeTarget(target),
      })
    }
    return { before: bench.before, candidates, runs: bench.runs() }
  })
}

function noValue(change: FieldChange, place: string, isThere: boolean): string {
  const wanted = describeChange(change).slice(0, 300)
  return isThere
    ? `no value of the chart makes ${wanted}: it is template text, ${place}`
    : `no value of the chart makes ${wanted}: its template has no place for it, ${place}`
}

async function contentsOf(
  reader: RepositoryReader,
  files: RepositoryFiles,
  { chart, placed }: ChartClosure,
  ownValues: boolean,
): Promise<ChartContents> {
  const counting = (all: ReadonlyMap<string, ChartFile>) =>
    chartContents(new Map([...all].filter(([path]) => ownValues || path !== 'values.yaml')))
  const contents = await reader.read(files, new Set(placed.values()))
  if (chart.endsWith('.tgz')) {
    const file = placed.get(chart) ?? chart
    return counting(archiveContents(file, contents.get(file) ?? new Uint8Array()))
  }
  const own = new Map<string, ChartFile>()
  for (const [place, file] of placed) {
    const content = contents.get(file)
    if (content !== undefined) own.set(place.slice(chart.length + 1), { file, content })
  }
  return counting(own)
}

async function modelOf(
  reader: RepositoryReader,
  files: RepositoryFiles,
  root: Root,
  closure: ChartClosure,
  chart: ChartContents,
): Promise<ValuesModel> {
  const parsed = await reader.parse(
    files,
    closure.layers.filter((path) => path !== undefined),
  )
  const layers = (root.helm?.values ?? []).map((layer, i): ValuesModel['layers'][number] => {
    if (layer.kind === 'inline') {
      // A parameter holds its one value and takes no other.
      const kind = layer.site.valueAt === undefined ? 'inline' : 'parameter'
      return { kind, values: layer.values }
    }
    const documents = parsed.get(closure.layers[i] ?? '')
    const json = documents === undefined || isUnparsable(documents) ? undefined : documents[0]
    return { kind: 'file', values: isObject(json) ? json : {} }
  })
  return {
    effective: effectiveValues(
      chart,
      layers.map(({ values }) => values),
    ),
    chart:
      valuesFileOf(closure) === undefined || root.helm?.withoutOwnValues === true ? undefined : chart.values,
    below: defaultsBelow(chart),
    layers,
  }
}

/** The chart's own values.yaml; none in an archive. */
function valuesFileOf({ chart, placed }: ChartClosure): string | undefined {
  return placed.get(`${chart}/values.yaml`)
}

function asCandidate(
  root: Root,
  closure: ChartClosure,
  { layer, sets }: LayerEdit,
  also: readonly string[],
): readonly HelmCandidate[] {
  const given = layer === 'chart' ? undefined : root.helm?.values[layer]
  const keys = sets.map(({ path }) => formatFieldPath(path))
  const change = (present: Json): Json | undefined => {
    const document: JsonObject | undefined = present === null ? {} : isObject(present) ? present : undefined
    return document === undefined ? undefined : withSets(document, sets)
  }
  if (given?.kind === 'inline') {
    const { site } = given
    if (site.valueAt === undefined) return [{ kind: 'inline', site, change, keys, also }]
    const [set, second] = sets
    const isParameter = set?.value !== undefined && second === undefined && keys[0] === site.valueAt
    return isParameter ? [{ kind: 'inline', site, change: () => set.value, keys, also }] : []
  }
  const file = layer === 'chart' ? valuesFileOf(closure) : closure.layers[layer]
  if (file === undefined) return []
  const candidate: EditCandidate = { file, place: { document: 0, at: [] }, change, kind: 'values' }
  return [{ kind: 'file', candidate, keys, also }]
}

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'
import type { JsonObject } from '#src/domain/json.ts'
import type { Root } from '#src/domain/root.ts'
import type { RepositoryFiles } from '#src/manifests/repository-files.ts'
import type { RepositoryReader } from '#src/manifests/repository-reader.ts'
import type { Scratch } from '#src/manifests/scratch.ts'
import { readChartArchive } from './helm-archive.ts'
import type { ChartClosure } from './helm-chart.ts'
import type { Helm } from './helm-process.ts'
import { schemaReachesOut } from './helm-schema.ts'

/** Other values for one rendering: on top of all layers, or in the place of one of them. */
export type OtherValues =
  | { readonly kind: 'overlay'; readonly values: JsonObject }
  | { readonly kind: 'layer'; readonly index: number; readonly values: JsonObject }

/** Renders one chart again and again, each time with other values. Gives what helm prints. */
export type ChartRender = (other?: OtherValues) => Promise<string>

/** All files of a chart together; a chart that people wrote has less than a hundredth of it. */
const MAX_BYTES = 64 * 2 ** 20

/**
 * Writes a chart and its values into a scratch folder, and calls `use` with a way to render them there. The folder is gone
 * afterwards. RenderFailed when the closure has a problem or a file is too large; then nothing is run.
 */
export async function withChart<Result>(
  { reader, helm, scratch }: { reader: RepositoryReader; helm: Helm; scratch: Scratch },
  files: RepositoryFiles,
  root: Root,
  closure: ChartClosure,
  use: (render: ChartRender) => Promise<Result>,
): Promise<Result> {
  const release = root.helm
  const object = `chart ${root.folder || '.'}`
  if (release === undefined) throw new OperatorError('Internal', 'the root is no chart', { object })
  if (closure.problem !== undefined) throw new OperatorError('RenderFailed', closure.problem, { object })
  const contents = await reader.read(files, closure.files)
  let size = 0
  for (const path of closure.files) {
    const bytes = contents.get(path)
    if (bytes === undefined)
      throw new OperatorError('RenderFailed', 'the file is too large', { object: path })
    size += bytes.length
  }
  if (size > MAX_BYTES) throw new OperatorError('RenderFailed', 'the chart is too large', { object })
  const contentOf = (path: string) => contents.get(path) ?? new Uint8Array()
  return scratch.use(async (home) => {
    const chart = release.withoutOwnValues === true ? withoutValues(closure, contents) : undefined
    if (chart === undefined)
      for (const [place, path] of closure.placed) await put(join(home, place), contentOf(path))
    else for (const [place, bytes] of chart) await put(join(home, 'chart', place), bytes)
    const values: string[] = []
    for (const [i, layer] of release.values.entries()) {
      const path = closure.layers[i]
      const place = `values/${i}.yaml`
      await put(
        join(home, place),
        layer.kind === 'inline' ? JSON.stringify(layer.values) : contentOf(path ?? ''),
      )
      values.push(place)
    }
    const placed = [...closure.placed].map(([place, path]) => [place, contentOf(path)] as const)
    const validate = !schemaReachesOut(placed)
    let runs = 0
    return use(async (other) => {
      const extra = `values/other-${runs++}.yaml`
      if (other !== undefined) await put(join(home, extra), JSON.stringify(other.values))
      const used = other?.kind === 'layer' ? values.with(other.index, extra) : values
      return helm({
        release,
        chart: chart === undefined ? closure.chart : 'chart',
        values: other?.kind === 'overlay' ? [...used, extra] : used,
        validate,
        home,
      }).catch((cause: unknown) => {
        if (!(cause instanceof OperatorError) || cause.code !== 'RenderFailed') throw cause
        throw new OperatorError('RenderFailed', cause.message, { object })
      })
    })
  })
}

/** The chart's files by their path in it, its own values.yaml left out; an archive unpacked. */
function withoutValues(
  { chart, placed }: ChartClosure,
  contents: ReadonlyMap<string, Uint8Array>,
): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  const contentOf = (path: string) => contents.get(path) ?? new Uint8Array()
  for (const [place, path] of placed) {
    if (place !== chart) files.set(place.slice(chart.length + 1), contentOf(path))
    else for (const [inside, bytes] of readChartArchive(contentOf(path)) ?? []) files.set(inside, bytes)
  }
  files.delete('values.yaml')
  return files
}

async function put(place: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(place), { recursive: true })
  await writeFile(place, content)
}

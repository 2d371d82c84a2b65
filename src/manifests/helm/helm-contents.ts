import { isObject, type Json, type JsonObject, ownMember } from '#src/domain/json.ts'
import { decodeManifest, isUnparsable, parseManifestText } from '#src/manifests/yaml/yaml-text.ts'
import { readChartArchive } from './helm-archive.ts'
import { dependenciesOf } from './helm-chart.ts'

/** A template's text, and the names that helm and people know it by. */
export interface TemplateFile {
  /** As helm prints it: `web/charts/redis/templates/master.yaml`. */
  readonly source: string
  /** The file of the repository; inside an archive, the archive and the path in it: `charts/a.tgz, templates/b.yaml`. */
  readonly file: string
  readonly text: string
}

/** What of a chart matters for its values. */
export interface ChartContents {
  readonly values: JsonObject
  /** Its own templates, `_helpers.tpl` and the like too. */
  readonly templates: readonly TemplateFile[]
  /** Its templates are used by the chart around it, with that chart's values. */
  readonly isLibrary: boolean
  /** By the key under which the chart around it holds their values: the alias, else the name. */
  readonly subcharts: readonly { readonly key: string; readonly chart: ChartContents }[]
}

export interface ChartFile {
  readonly file: string
  readonly content: Uint8Array
}

const MAX_DEPTH = 8

/** Reads a chart out of its files, given by their path below the chart's folder. */
export function chartContents(
  files: ReadonlyMap<string, ChartFile>,
  source?: string,
  depth = 0,
): ChartContents {
  const metadata = documentOf(files.get('Chart.yaml'))
  const name = source ?? textAt(metadata, 'name')
  const values = documentOf(files.get('values.yaml'))
  const templates = [...files].flatMap(([path, { file, content }]): TemplateFile[] => {
    const text = path.startsWith('templates/') ? decodeManifest(content) : undefined
    return text === undefined ? [] : [{ source: `${name}/${path}`, file, text }]
  })
  const vendored = depth < MAX_DEPTH ? vendoredIn(files) : []
  const dependencies = dependenciesOf(metadata)
  const subcharts = vendored.flatMap((each) => {
    const own = textAt(documentOf(each.get('Chart.yaml')), 'name')
    const named = dependencies.filter((dependency) => dependency.name === own)
    const keys = named.length > 0 ? named.map(({ alias }) => alias ?? own) : [own]
    return keys.map((key) => ({
      key,
      chart: chartContents(each, `${name}/charts/${key}`, depth + 1),
    }))
  })
  return {
    values: isObject(values) ? values : {},
    templates,
    isLibrary: textAt(metadata, 'type') === 'library',
    subcharts,
  }
}

/** An archive's files as those of a chart. */
export function archiveContents(file: string, content: Uint8Array): ReadonlyMap<string, ChartFile> {
  const files = readChartArchive(content) ?? new Map<string, Uint8Array>()
  return new Map([...files].map(([path, bytes]) => [path, { file: `${file}, ${path}`, content: bytes }]))
}

/** The charts in a chart's `charts/`: folders and archives. */
function vendoredIn(files: ReadonlyMap<string, ChartFile>): readonly ReadonlyMap<string, ChartFile>[] {
  const folders = new Map<string, Map<string, ChartFile>>()
  const archives: ReadonlyMap<string, ChartFile>[] = []
  for (const [path, file] of files) {
    const [top, first, ...rest] = path.split('/')
    if (top !== 'charts' || first === undefined || first.startsWith('_') || first.startsWith('.')) continue
    if (rest.length === 0) {
      if (first.endsWith('.tgz')) archives.push(archiveContents(file.file, file.content))
      continue
    }
    const folder = folders.get(first) ?? new Map<string, ChartFile>()
    folder.set(rest.join('/'), file)
    folders.set(first, folder)
  }
  return [...folders.values(), ...archives]
}

function documentOf(file: ChartFile | undefined): Json | undefined {
  const text = file === undefined ? undefined : decodeManifest(file.content)
  const parsed = text === undefined ? undefined : parseManifestText(text)
  return parsed === undefined || isUnparsable(parsed) ? undefined : parsed.documents[0]?.json
}

function textAt(json: Json | undefined, key: string): string {
  const value = ownMember(json, key)
  return typeof value === 'string' ? value : ''
}

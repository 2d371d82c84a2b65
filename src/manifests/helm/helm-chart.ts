import { isArray, isObject, type Json, ownMember } from '#src/domain/json.ts'
import type { Root } from '#src/domain/root.ts'
import type { Closure } from '#src/manifests/kustomize/kustomize-closure.ts'
import { isBelow, type RepositoryFiles } from '#src/manifests/repository-files.ts'
import type { RepositoryReader } from '#src/manifests/repository-reader.ts'
import { decodeManifest, isUnparsable } from '#src/manifests/yaml/yaml-text.ts'
import { type HelmIgnore, helmIgnore } from './helm-ignore.ts'

/** Everything that rendering a chart reads: `files` holds the chart, its local dependencies and its values files. */
export interface ChartClosure extends Closure {
  /** Where helm gets the chart: its own folder or archive, relative to the folder that `placed` is written to. */
  readonly chart: string
  /** Files to write for helm, by their place, with the file of the repository whose content each has. Links are followed. */
  readonly placed: ReadonlyMap<string, string>
  /** The file of each values layer, in the root's order; undefined for inline layers. */
  readonly layers: readonly (string | undefined)[]
}

/** A chart would have to be hostile to hold more. */
const MAX_FILES = 10_000
const MAX_DEPTH = 16
/** Folders that are placed as a whole: charts, and what links lead to. */
const MAX_FOLDERS = 200

/** Follows what a chart consists of through the repository. Nothing is run, and nothing outside is looked at. */
export async function chartClosureOf(
  reader: RepositoryReader,
  files: RepositoryFiles,
  root: Root,
): Promise<ChartClosure> {
  const walk = new ChartWalk(reader, files)
  const archive = root.helm?.archive
  const found = files.find(archive ?? root.folder)
  if (found.kind === 'outside') walk.fail(archive ?? root.folder, 'this chart lies outside the repository')
  else if (archive !== undefined && found.kind === 'file') walk.place('chart.tgz', found.path, found.links)
  else if (archive === undefined && found.kind === 'folder') await walk.chart(found.path, 'chart', 0)
  else walk.fail(archive ?? root.folder, `there is no chart ${archive === undefined ? 'folder' : 'archive'}`)
  const layers = (root.helm?.values ?? []).map((layer) =>
    layer.kind === 'inline' ? undefined : walk.valuesFile(layer.path),
  )
  return {
    folder: root.folder,
    folders: [root.folder],
    kustomizations: [],
    plugins: [],
    files: [...new Set([...walk.placed.values(), ...layers.filter((path) => path !== undefined)])].sort(),
    links: [...walk.links].sort(),
    problem: walk.problem,
    chart: archive === undefined ? 'chart' : 'chart.tgz',
    placed: walk.placed,
    layers,
  }
}

/** One entry of `dependencies` in Chart.yaml. */
export interface ChartDependency {
  readonly name: string
  readonly alias: string | undefined
  readonly repository: string
}

export function dependenciesOf(chartYaml: Json | undefined): readonly ChartDependency[] {
  const listed = ownMember(chartYaml, 'dependencies')
  if (!isArray(listed)) return []
  return listed.filter(isObject).flatMap((each) => {
    const { name, alias, repository } = each
    if (typeof name !== 'string') return []
    return [
      {
        name,
        alias: typeof alias === 'string' && alias !== '' ? alias : undefined,
        repository: typeof repository === 'string' ? repository : '',
      },
    ]
  })
}

class ChartWalk {
  readonly placed = new Map<string, string>()
  readonly links = new Set<string>()
  problem: string | undefined
  #folders = 0
  readonly #reader: RepositoryReader
  readonly #files: RepositoryFiles

  constructor(reader: RepositoryReader, files: RepositoryFiles) {
    this.#reader = reader
    this.#files = files
  }

  /** Places the chart of a folder, and below its `charts/` the dependencies that are named by `file://`. */
  async chart(folder: string, place: string, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) return this.fail(folder, 'charts depend on each other without an end')
    const yaml = this.#files.find('Chart.yaml', folder)
    if (yaml.kind !== 'file') return this.fail(folder, 'it holds no Chart.yaml')
    const ignored = await this.#ignoring(folder)
    this.#folder(folder, place, (at) => ignored(at.slice(place.length + 1)), [])
    if (this.problem !== undefined) return
    const documents = (await this.#reader.parse(this.#files, [yaml.path])).get(yaml.path)
    if (documents === undefined || isUnparsable(documents))
      return this.fail(yaml.path, documents?.error ?? 'it cannot be read')
    const vendored = await this.#vendored(place)
    for (const dependency of dependenciesOf(documents[0])) {
      if (vendored.some((name) => name === dependency.name || name.startsWith(`${dependency.name}-`)))
        continue
      await this.#dependency(folder, place, depth, dependency)
    }
  }

  valuesFile(path: string): string | undefined {
    const found = this.#files.find(path)
    const name = JSON.stringify(path.slice(0, 200))
    if (found.kind === 'outside') this.fail(name, 'this values file lies outside the repository')
    else if (found.kind !== 'file') this.fail(name, 'there is no such values file')
    else {
      for (const link of found.links) this.links.add(link)
      return found.path
    }
    return undefined
  }

  place(place: string, path: string, links: readonly string[]): void {
    this.placed.set(place, path)
    for (const link of links) this.links.add(link)
    if (this.placed.size > MAX_FILES) this.fail(path, `the chart holds more than ${MAX_FILES} files`)
  }

  fail(where: string, why: string): void {
    this.problem ??= `${where || 'the root folder'}: ${why}`
  }

  async #dependency(
    folder: string,
    place: string,
    depth: number,
    { name, repository }: ChartDependency,
  ): Promise<void> {
    const shown = JSON.stringify(name.slice(0, 100))
    const isNested = depth > 0
    if (!repository.startsWith('file://')) {
      // Helm itself asks for the dependencies of the outermost chart only.
      if (isNested) return
      return this.fail(
        folder,
        `its dependency ${shown} is not in charts/; run helm dependency build and commit what it downloads`,
      )
    }
    const found = this.#files.find(repository.slice('file://'.length), folder)
    if (found.kind === 'outside')
      return this.fail(folder, `its dependency ${shown} lies outside the repository`)
    if (found.kind !== 'folder' || !/^[A-Za-z0-9._-]+$/.test(name) || /^\.+$/.test(name))
      return this.fail(folder, `its dependency ${shown} is no chart folder of the repository`)
    for (const link of found.links) this.links.add(link)
    await this.chart(found.path, `${place}/charts/${name}`, depth + 1)
  }

  /** The names of what stands in a placed chart's `charts/`: charts by their own name, archives by their file name. */
  async #vendored(place: string): Promise<readonly string[]> {
    const prefix = `${place}/charts/`
    const names: string[] = []
    const charts: string[] = []
    for (const [at, path] of this.placed) {
      if (!at.startsWith(prefix)) continue
      const [first, second, ...more] = at.slice(prefix.length).split('/')
      if (second === undefined && first?.endsWith('.tgz')) names.push(first)
      if (second === 'Chart.yaml' && more.length === 0) charts.push(path)
    }
    for (const documents of (await this.#reader.parse(this.#files, charts)).values()) {
      const name = isUnparsable(documents) ? undefined : ownMember(documents[0], 'name')
      if (typeof name === 'string') names.push(name)
    }
    return names
  }

  /** Places all files of a folder; what a link leads to stands in the link's place. */
  #folder(folder: string, place: string, ignored: HelmIgnore, above: readonly string[]): void {
    if (++this.#folders > MAX_FOLDERS) this.fail(folder, 'its links multiply without an end')
    const inside = folder === '' ? '' : `${folder}/`
    for (const path of this.#files.paths()) {
      if (this.problem !== undefined) break
      if (!path.startsWith(inside)) continue
      const at = `${place}/${path.slice(inside.length)}`
      if (path.split('/').includes('..')) this.fail(path, 'a file has an impossible name')
      else if (ignored(at)) continue
      else if (this.#files.linkTarget(path) === undefined) this.place(at, path, [])
      else this.#link(path, at, ignored, [...above, folder])
    }
  }

  #link(path: string, at: string, ignored: HelmIgnore, above: readonly string[]): void {
    const found = this.#files.find(path)
    if (found.kind === 'outside') this.fail(path, 'this link leads out of the repository')
    else if (found.kind === 'missing') this.fail(path, 'this link leads nowhere')
    else if (found.kind === 'file') this.place(at, found.path, found.links)
    else if (isBelow(path, found.path) || above.some((each) => isBelow(each, found.path)))
      this.fail(path, 'this link leads to a folder around it')
    else {
      for (const link of found.links) this.links.add(link)
      this.#folder(found.path, at, ignored, above)
    }
  }

  async #ignoring(folder: string): Promise<HelmIgnore> {
    const found = this.#files.find('.helmignore', folder)
    if (found.kind !== 'file') return () => false
    const bytes = (await this.#reader.read(this.#files, [found.path])).get(found.path)
    const text = bytes === undefined ? undefined : decodeManifest(bytes)
    return text === undefined ? () => false : helmIgnore(text)
  }
}

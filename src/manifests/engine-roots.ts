import { OperatorError } from '#src/domain/errors.ts'
import { groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import { type Root, rootId } from '#src/domain/root.ts'
import { describeTarget, type TargetRef, targetKey, targetOf } from '#src/domain/target.ts'
import { isUnparsable } from '#src/manifests/yaml/yaml-text.ts'
import { ARGO, FLUX_HELM, FLUX_KUSTOMIZE, FLUX_SOURCE } from './engines/engine-objects.ts'
import { type EngineSource, isRenderable } from './engines/engine-source.ts'
import { engineSources } from './engines/engine-sources.ts'
import { repositoryUrl as normalUrl } from './engines/repository-url.ts'
import { loadedTree } from './loaded-tree.ts'
import { mapLimit } from './map-limit.ts'
import type { RootRenderer } from './render-root.ts'
import { folderOf, isBelow, type RepositoryFiles } from './repository-files.ts'
import { kustomizationRoots, plainManifests } from './repository-map.ts'
import type { RepositoryReader } from './repository-reader.ts'
import { objectsOf } from './target-match.ts'
import type { Origin } from './trace.ts'

/** A root that an engine's object in the repository asks for. */
export interface EngineRoot {
  /** For people, and to tell the same one at another commit: `charts/web by HelmRelease shop/web in apps/prod`. */
  readonly key: string
  readonly source: EngineSource
  readonly root: Root
  /** Where the engine's object itself comes from. */
  readonly origin: Origin
  /** The engines' sources that render that object, outermost first. */
  readonly parents: readonly EngineSource[]
}

export interface EngineMap {
  /** Files that decided about the roots: without a change in one of them they stay the same. */
  readonly decidedBy: ReadonlySet<string>
  readonly roots: readonly EngineRoot[]
  /** Sources of which nothing is rendered here, and those whose root cannot be rendered, with a sentence each. */
  readonly problems: readonly {
    readonly object: TargetRef
    readonly problem: string
    readonly folder?: string
  }[]
}

/** Engine objects that render engine objects that …: more levels than people build. */
const MAX_DEPTH = 6
const MAX_ROOTS = 2000
const RENDERS_AT_ONCE = 3

interface Keyed {
  readonly key: string
  readonly root: Root
}

interface Placed {
  readonly object: KubeObject
  readonly origin: Origin
}

/**
 * Follows the engines' objects of a repository, as Argo CD and Flux would: those in plain manifests and kustomizations,
 * then those that they render in turn. `url` tells which sources mean this repository; without one, every address does.
 */
export async function engineRoots(
  reader: RepositoryReader,
  renderer: RootRenderer,
  files: RepositoryFiles,
  url: string | undefined,
): Promise<EngineMap> {
  const roots = new Map<string, EngineRoot>()
  const problems = new Map<string, EngineMap['problems'][number]>()
  const decidedBy = new Set<string>()

  async function visit(
    placed: readonly Placed[],
    context: readonly KubeObject[],
    parents: readonly EngineSource[],
  ) {
    const own = new Map(placed.map((each) => [targetKey(targetOf(each.object)), each.origin]))
    const objects = [...placed.map(({ object }) => object), ...context]
    for (const source of await sourcesOf(reader, files, url, objects, decidedBy)) {
      const definedBy = targetKey(source.generatedBy ?? source.object)
      const origin = own.get(definedBy)
      if (origin === undefined) continue
      const key = keyOf(source, origin)
      const about = `${targetKey(source.object)} ${source.field}`
      if (roots.has(key) || roots.size >= MAX_ROOTS) continue
      if (!isRenderable(source.root)) {
        const { problem, folder } = source.root
        problems.set(about, { object: source.object, problem, ...(folder !== undefined && { folder }) })
        continue
      }
      const { root } = source
      if (parents.some((parent) => isSame(parent, source))) continue
      if (files.find(root.folder).kind !== 'folder') {
        problems.set(about, {
          object: source.object,
          problem: 'its folder is not in the repository',
          folder: root.folder,
        })
        continue
      }
      roots.set(key, { key, source, root, origin, parents })
      if (parents.length + 1 >= MAX_DEPTH || root.helm !== undefined) continue
      const inner = await placedBy({ key, root }, (why) =>
        problems.set(about, { object: source.object, problem: why }),
      )
      if (inner.length > 0) await visit(inner, objects, [...parents, source])
    }
  }

  /** The engines' objects that a root renders. Nothing is rendered where no file of it speaks of engines. */
  async function placedBy({ key, root }: Keyed, report: (why: string) => void): Promise<readonly Placed[]> {
    try {
      const closure = await renderer.closure(files, root)
      if ((await speaking(reader, files, closure.files)).length === 0) return []
      for (const path of closure.files) decidedBy.add(path)
      const objects = await renderer.render(files, root)
      return objects
        .filter(isEngineObject)
        .map((object) => ({ object, origin: { kind: 'rendered', key, root, object } as const }))
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code === 'Internal') throw error
      report(error.message)
      return []
    }
  }

  for (const placed of await plainByFolder(reader, files)) {
    for (const { origin } of placed) if (origin.kind === 'plain') decidedBy.add(origin.file)
    await visit(placed, [], [])
  }
  const kustomized = await mapLimit(await kustomizationRoots(reader, files), RENDERS_AT_ONCE, (root) =>
    placedBy({ key: root.folder, root }, () => {}),
  )
  for (const placed of kustomized) if (placed.length > 0) await visit(placed, [], [])
  return { roots: joined([...roots.values()]), problems: unsolved(problems, roots), decidedBy }
}

/** A manifest that was come upon by itself may lack what stands beside it once its engine's root renders it. */
function unsolved(
  problems: ReadonlyMap<string, EngineMap['problems'][number]>,
  roots: ReadonlyMap<string, EngineRoot>,
): EngineMap['problems'] {
  const solved = new Set(
    [...roots.values()].map(
      ({ source, root }) => `${targetKey(source.object)} ${source.field} ${root.folder}`,
    ),
  )
  return [...problems]
    .filter(([about, { folder }]) => !solved.has(`${about} ${folder}`))
    .map(([, problem]) => problem)
}

/** A manifest that was come upon by itself and that another engine's root renders too is that root's child. */
function joined(roots: readonly EngineRoot[]): readonly EngineRoot[] {
  const byIdentity = Map.groupBy(
    roots,
    ({ source, root }) => `${targetKey(source.object)} ${source.field} ${rootId(root)}`,
  )
  return [...byIdentity.values()].flatMap((same) => {
    const children = same.filter(({ parents }) => parents.length > 0)
    const [alone] = same.filter(({ parents }) => parents.length === 0)
    if (children.length === 0 || alone?.origin.kind !== 'plain') return same
    const { file } = alone.origin
    const isChild = children.some(
      ({ origin }) => origin.kind === 'rendered' && isBelow(file, origin.root.folder),
    )
    return isChild ? children : same
  })
}

function keyOf({ root, object, field }: EngineSource, origin: Origin): string {
  const folder = isRenderable(root) ? root.folder : ''
  const place = origin.kind === 'plain' ? origin.file : origin.key
  const part = /\[(\d+)\]$/.exec(field)?.[0] ?? ''
  return `${folder || '.'} by ${describeTarget(object)}${part} in ${place || '.'}`
}

/** Flux' own Kustomization stands in the folder that it builds. */
function isSame(a: EngineSource, b: EngineSource): boolean {
  return (
    targetKey(a.object) === targetKey(b.object) &&
    a.field === b.field &&
    isRenderable(a.root) &&
    isRenderable(b.root) &&
    rootId(a.root) === rootId(b.root)
  )
}

/** The sources that are in this repository, by its `url`; without one, every address means it. */
export async function sourcesOf(
  reader: RepositoryReader,
  files: RepositoryFiles,
  url: string | undefined,
  objects: readonly KubeObject[],
  decidedBy: Set<string>,
): Promise<readonly EngineSource[]> {
  const given = url === undefined ? undefined : normalUrl(url)
  const urls = given === undefined ? mentioned(engineSources(objects)) : [given]
  const sources = await loadedTree(reader, files, decidedBy, (tree) =>
    engineSources(objects, {
      trees: urls.map((repositoryUrl) => ({ ...tree, repositoryUrl: `https://${repositoryUrl}` })),
    }),
  )
  return sources.filter(({ repositoryUrl }) => repositoryUrl !== undefined && urls.includes(repositoryUrl))
}

function mentioned(sources: readonly EngineSource[]): readonly string[] {
  return [...new Set(sources.flatMap(({ repositoryUrl }) => repositoryUrl ?? []))]
}

/**
 * Engine objects of plain manifests, together where they stand in one folder: one folder is one cluster's. ConfigMaps
 * beside them may hold their variables and values.
 */
async function plainByFolder(
  reader: RepositoryReader,
  files: RepositoryFiles,
): Promise<readonly (readonly Placed[])[]> {
  const folders = new Map<string, Placed[]>()
  const all = plainManifests(files, '')
  const spoken = new Set((await speaking(reader, files, all)).map(folderOf))
  const paths = all.filter((path) => spoken.has(folderOf(path)))
  for (const [file, documents] of await reader.parse(files, paths)) {
    if (isUnparsable(documents)) continue
    for (const { place, object } of objectsOf(documents)) {
      if (!isEngineObject(object)) continue
      const folder = folderOf(file)
      const origin = { kind: 'plain', root: { folder }, file, place, object } as const
      folders.set(folder, [...(folders.get(folder) ?? []), { object, origin }])
    }
  }
  return [...folders.values()]
}

/** Files in which an engine's API group is named, without parsing. */
async function speaking(
  reader: RepositoryReader,
  files: RepositoryFiles,
  paths: readonly string[],
): Promise<readonly string[]> {
  const facts = await reader.facts(files, paths)
  return paths.filter((path) => facts.get(path)?.ofEngines)
}

const GROUPS: ReadonlySet<string> = new Set([ARGO, FLUX_HELM, FLUX_KUSTOMIZE, FLUX_SOURCE])

/** ConfigMaps too: they may hold values and variables. */
function isEngineObject(object: KubeObject): boolean {
  return GROUPS.has(groupOf(object.apiVersion)) || (object.kind === 'ConfigMap' && object.apiVersion === 'v1')
}

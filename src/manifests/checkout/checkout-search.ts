import { OperatorError } from '#src/domain/errors.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { type Root, rootId } from '#src/domain/root.ts'
import { type TargetRef, targetOf } from '#src/domain/target.ts'
import type { EngineRoot } from '#src/manifests/engine-roots.ts'
import { hasKustomization } from '#src/manifests/kustomize/kustomize-root.ts'
import type { NamedRoot, RootFinder } from '#src/manifests/named-roots.ts'
import type { RootRenderer } from '#src/manifests/render-root.ts'
import { isBelow, type RepositoryFiles } from '#src/manifests/repository-files.ts'
import { plainManifests } from '#src/manifests/repository-map.ts'
import type { RepositoryReader } from '#src/manifests/repository-reader.ts'
import { identityOf, objectsOf } from '#src/manifests/target-match.ts'
import type { Origin } from '#src/manifests/trace.ts'
import { isUnparsable } from '#src/manifests/yaml/yaml-text.ts'
import { describeWanted, notFound, pickWanted, type WantedObject } from './wanted-object.ts'

/** An object found in a checkout. */
export interface FoundObject {
  readonly origin: Origin
  /** Its namespace is empty where the manifest carries none. */
  readonly target: TargetRef
}

export interface CheckoutSearch {
  /** By one root, as a person names it. NotInGit, AmbiguousSource, ManifestUnparsable, RenderFailed. */
  find(root: Root, wanted: WantedObject): Promise<FoundObject>
  /** As `find`, in every plain manifest, kustomization and engine's root. */
  search(wanted: WantedObject): Promise<FoundObject>
  /** Every object that may be meant, whatever renders it. What cannot be read or rendered is left out. */
  candidates(wanted: WantedObject): Promise<readonly Candidate[]>
}

export interface Candidate extends FoundObject {
  /** The engine whose root renders it, where it adds something. */
  readonly engine: EngineRoot | undefined
}

interface Search {
  readonly objects: readonly KubeObject[]
  readonly problems: readonly string[]
  readonly found: readonly { readonly object: KubeObject; readonly origin: Origin }[]
}

export function checkoutSearch(
  reader: RepositoryReader,
  renderer: RootRenderer,
  files: RepositoryFiles,
  rootsOf: RootFinder,
): CheckoutSearch {
  async function inRoot({ key, root, namespace }: NamedRoot, wanted: WantedObject): Promise<Search> {
    const objects = await renderer.render(files, root)
    const items = objects.map((object) => ({
      object,
      origin: { kind: 'rendered', key, root, object } as const,
    }))
    // An object without a namespace lands in the one that the engine applies the root to.
    const isElsewhere = ({ metadata }: KubeObject) =>
      metadata.namespace === undefined && namespace !== undefined && namespace !== wanted.namespace
    const found = pickWanted(items, wanted).filter(({ object }) => !wanted.namespace || !isElsewhere(object))
    return { objects, problems: [], found }
  }

  /** Objects of plain files below a folder; a file that cannot be read is told when nothing else is found. */
  async function inPlain(root: Root, wanted: WantedObject): Promise<Search> {
    const paths = plainManifests(files, root.folder)
    const contents = await reader.read(files, paths)
    const naming = paths.filter((each) => mentions(contents.get(each), wanted.name))
    const objects: KubeObject[] = []
    const items: { object: KubeObject; origin: Origin }[] = []
    const problems: string[] = []
    for (const [file, documents] of await reader.parse(files, naming)) {
      if (isUnparsable(documents)) {
        problems.push(`${file}: ${documents.error}`)
        continue
      }
      for (const { place, object } of objectsOf(documents)) {
        objects.push(object)
        items.push({ object, origin: { kind: 'plain', root, file, place, object } })
      }
    }
    return { objects, problems, found: pickWanted(items, wanted) }
  }

  async function inRoots(roots: readonly NamedRoot[], wanted: WantedObject): Promise<Search> {
    const all = {
      objects: [] as KubeObject[],
      problems: [] as string[],
      found: [] as Search['found'][number][],
    }
    for (const named of roots) {
      try {
        const { objects, found } = await inRoot(named, wanted)
        all.objects.push(...objects)
        all.found.push(...found)
      } catch (error) {
        if (!(error instanceof OperatorError) || error.code !== 'RenderFailed') throw error
        all.problems.push(error.message)
      }
    }
    return all
  }

  async function below(folder: string, wanted: WantedObject): Promise<Search> {
    const plain = await inPlain({ folder }, wanted)
    if (plain.found.length > 0) return plain
    const { roots } = await rootsOf(files)
    const inner = await inRoots(
      roots.filter(({ root }) => isBelow(root.folder, folder)),
      wanted,
    )
    return {
      objects: [...plain.objects, ...inner.objects],
      problems: [...plain.problems, ...inner.problems],
      found: inner.found,
    }
  }

  /** What the one engine that builds a kustomization, and adds something to it, makes of the wanted object. */
  async function asEngineBuilds({ folder }: Root, wanted: WantedObject): Promise<Search | undefined> {
    const { roots } = await rootsOf(files)
    const building = roots.filter(
      ({ engine, root }) => engine && root.helm === undefined && root.folder === folder,
    )
    const [named] = building
    if (named === undefined || building.length > 1) return undefined
    const namespace = wanted.namespace || named.root.overrides?.namespace || ''
    const search = await inRoots([named], { ...wanted, namespace })
    return search.found.length === 0 ? undefined : search
  }

  return {
    async candidates(wanted) {
      const plain = await inPlain({ folder: '' }, wanted)
      const { roots } = await rootsOf(files)
      const all = plain.found.map((found) => candidate(found, undefined))
      for (const named of roots) {
        if (named.namespace !== undefined && named.namespace !== wanted.namespace) continue
        const { found } = await inRoots([named], wanted)
        all.push(...found.map((each) => candidate(each, named.engine)))
      }
      return all
    },
    async search(wanted) {
      return only(await below('', wanted), wanted, 'the checkout')
    },
    async find(root, wanted) {
      const where = root.folder || '.'
      if (root.helm === undefined && !hasKustomization(files, root.folder))
        return only(await below(root.folder, wanted), wanted, where)
      const built = root.helm === undefined ? await asEngineBuilds(root, wanted) : undefined
      return only(built ?? (await inRoot({ key: rootId(root), root }, wanted)), wanted, where)
    },
  }
}

function candidate({ object, origin }: Search['found'][number], engine: EngineRoot | undefined): Candidate {
  return { origin, target: { ...targetOf(object), namespace: object.metadata.namespace ?? '' }, engine }
}

function only({ objects, problems, found }: Search, wanted: WantedObject, where: string): FoundObject {
  const [first, second] = found
  if (second !== undefined) {
    const places = found.map(({ object, origin }) => `${identityOf(object)} (${placeOf(origin)})`)
    throw new OperatorError('AmbiguousSource', `it stands in Git more than once: ${places.join(', ')}`, {
      object: describeWanted(wanted),
    })
  }
  if (first === undefined) {
    if (problems.length === 0) throw notFound(objects, wanted, where)
    throw new OperatorError('ManifestUnparsable', problems.slice(0, 3).join('; '), {
      object: describeWanted(wanted),
    })
  }
  const target = targetOf(first.object)
  return { origin: first.origin, target: { ...target, namespace: first.object.metadata.namespace ?? '' } }
}

function placeOf(origin: Origin): string {
  return origin.kind === 'plain' ? origin.file : origin.key || '.'
}

/** A file too large to read is among those that may. */
function mentions(bytes: Uint8Array | undefined, name: string): boolean {
  return bytes === undefined || Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(name)
}

import { groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import type { TargetRef } from '#src/domain/target.ts'
import { mayGenerate } from '#src/manifests/kustomize/kustomization.ts'
import { isUnparsable } from '#src/manifests/yaml/yaml-text.ts'
import type { ManifestFacts } from './manifest-facts.ts'
import type { NamedRoot } from './named-roots.ts'
import type { RootRenderer } from './render-root.ts'
import type { RepositoryFiles } from './repository-files.ts'
import type { RepositoryMap } from './repository-map.ts'
import type { RepositoryReader } from './repository-reader.ts'
import { objectsOf } from './target-match.ts'

/** Where to look for an object, without looking at every file: at any commit that has the same map. */
export interface TraceIndex {
  /** Plain manifests that may hold an object of that name. */
  plainNaming(name: string): readonly string[]
  /**
   * Roots that may render the target: they reach a manifest of its kind whose name the target's could be made of by a
   * prefix or suffix, or they use what can rename or generate objects in other ways. The others need no build.
   */
  likelyRoots(files: RepositoryFiles, target: TargetRef): Promise<readonly NamedRoot[]>
}

export async function traceIndex(
  reader: RepositoryReader,
  renderer: RootRenderer,
  files: RepositoryFiles,
  { roots, plain }: RepositoryMap,
): Promise<TraceIndex> {
  const plainNames = byName(await reader.facts(files, plain))
  const closures = await Promise.all(roots.map(({ root }) => renderer.closure(files, root)))
  const facts = await reader.facts(files, new Set(closures.flatMap((closure) => closure.files)))
  const names = byName(facts)
  const reaching = new Map<string, NamedRoot[]>()
  /** Roots of which only a build tells what they make. */
  const unsure = new Set<NamedRoot>()
  for (const [i, named] of roots.entries()) {
    const closure = closures[i]
    // What a chart makes is known only when it is rendered.
    if (closure === undefined || closure.problem !== undefined || named.root.helm !== undefined)
      unsure.add(named)
    for (const path of closure?.files ?? []) {
      if (facts.get(path)?.renames !== false) unsure.add(named)
      const known = reaching.get(path)
      if (known === undefined) reaching.set(path, [named])
      else known.push(named)
    }
  }

  /** Those of some files that hold what may become the target. */
  async function telling(
    now: RepositoryFiles,
    paths: readonly string[],
    target: TargetRef,
  ): Promise<readonly string[]> {
    const parsed = await reader.parse(now, paths)
    return paths.filter((path) => {
      const documents = parsed.get(path)
      return (
        documents === undefined ||
        isUnparsable(documents) ||
        objectsOf(documents).some(({ object }) => mayBecome(object, target)) ||
        documents.some((json) => mayGenerate(json, target.kind, target.name))
      )
    })
  }

  return {
    plainNaming: (name) => pathsOf(plainNames, (each) => each === '' || each.includes(name)),
    async likelyRoots(now, target) {
      const named = pathsOf(names, (each) => target.name.includes(each))
      const candidates = named.filter((path) => mayHold(facts.get(path), target.kind))
      const told = (await telling(now, candidates, target)).flatMap((path) => reaching.get(path) ?? [])
      const likely = new Set([...unsure, ...told])
      return roots.filter((each) => likely.has(each))
    },
  }
}

type PathsByName = ReadonlyMap<string, readonly string[]>

function byName(facts: ReadonlyMap<string, ManifestFacts>): PathsByName {
  const found = new Map<string, string[]>()
  for (const [path, { names }] of facts) {
    for (const name of names) {
      const known = found.get(name)
      if (known === undefined) found.set(name, [path])
      else known.push(path)
    }
  }
  return found
}

function pathsOf(names: PathsByName, passes: (name: string) => boolean): readonly string[] {
  const found = new Set<string>()
  for (const [name, paths] of names) if (passes(name)) for (const path of paths) found.add(path)
  return [...found]
}

/** Generators of data say nothing of the kind that they make. */
function mayHold(facts: ManifestFacts | undefined, kind: string): boolean {
  if (facts === undefined || kind === 'ConfigMap' || kind === 'Secret') return true
  return facts.kinds.some((each) => each === '' || each === kind)
}

function mayBecome(object: KubeObject, target: TargetRef): boolean {
  return (
    object.kind === target.kind &&
    groupOf(object.apiVersion) === groupOf(target.apiVersion) &&
    target.name.includes(object.metadata.name)
  )
}

import type { FieldChange } from '#src/domain/change.ts'
import type { KustomizeOverrides, Root } from '#src/domain/root.ts'
import { type HelmTools, helmEditCandidates } from '#src/manifests/helm/helm-edit-candidates.ts'
import { engineHosts } from '#src/manifests/kustomize/engine-hosts.ts'
import { overlayPatchCandidates } from '#src/manifests/kustomize/overlay-patch.ts'
import { isUnparsable } from '#src/manifests/yaml/yaml-text.ts'
import {
  type EditCandidate,
  editCandidates,
  isNewPlace,
  type KustomizeSources,
  type ParsedFile,
} from './edit-candidates.ts'
import type { EditRequest } from './edit-target.ts'
import type { EngineRoot } from './engine-roots.ts'
import type { RootFinder } from './named-roots.ts'
import type { RootRenderer } from './render-root.ts'
import { folderOf, isBelow, type RepositoryFiles } from './repository-files.ts'
import type { RepositoryReader } from './repository-reader.ts'
import { siteCandidates } from './site-candidates.ts'

/** Places that may feed a field of a rendered object, in the order to try. EditRefused when it is known that none does. */
export type CandidateFinder = (
  files: RepositoryFiles,
  request: EditRequest,
  change: FieldChange,
) => Promise<readonly EditCandidate[]>

/** Candidates built before giving up on a field, of the sources that are there and of new ones. */
const MAX_TRIES = 24

/**
 * What an engine adds comes first, then the values of a chart, or the places of a kustomization, then (where asked for)
 * what could be written into the target's own overlay.
 */
export function renderedCandidates(
  reader: RepositoryReader,
  renderer: RootRenderer,
  rootsOf: RootFinder,
  charts: HelmTools,
): CandidateFinder {
  async function sourcesOf(files: RepositoryFiles, root: Root): Promise<KustomizeSources> {
    const closure = await renderer.closure(files, root)
    const parsed = await reader.parse(files, closure.files)
    const readable = (paths: readonly string[]): readonly ParsedFile[] =>
      paths.flatMap((file) => {
        const documents = parsed.get(file)
        return documents === undefined || isUnparsable(documents) ? [] : [{ file, documents }]
      })
    const { overrides } = root
    return {
      ...(overrides && { engine: await addedBy(files, overrides) }),
      kustomizations: readable(closure.kustomizations),
      others: readable(closure.files.filter((path) => !closure.kustomizations.includes(path))),
      resolve(path, kustomization) {
        const found = files.find(path, folderOf(kustomization))
        return found.kind === 'file' ? found.path : undefined
      },
    }
  }

  /** What an engine adds to a kustomization, where it stands in Git. */
  async function addedBy(files: RepositoryFiles, overrides: KustomizeOverrides) {
    const { decidedBy } = await rootsOf(files)
    const holding = [...(await reader.parse(files, decidedBy))].flatMap(([file, documents]) =>
      isUnparsable(documents) ? [] : [{ file, documents }],
    )
    return {
      ...engineHosts(holding, overrides),
      ...(overrides.substitute && { substitute: overrides.substitute }),
    }
  }

  /** What renders the engine's object itself; undefined where that stands in a plain manifest. */
  async function carrierSources(
    files: RepositoryFiles,
    { origin }: EngineRoot,
  ): Promise<KustomizeSources | undefined> {
    return origin.kind === 'plain' ? undefined : sourcesOf(files, origin.root)
  }

  async function chartCandidates(
    files: RepositoryFiles,
    { origin, target }: EditRequest,
    engine: EngineRoot | undefined,
    change: FieldChange,
  ): Promise<readonly EditCandidate[]> {
    const { candidates } = await helmEditCandidates(charts, files, origin.root, target, change)
    const sources = engine === undefined ? undefined : await carrierSources(files, engine)
    return candidates.flatMap((each) => {
      if (each.kind === 'file') return [each.candidate]
      return engine === undefined ? [] : siteCandidates(engine, sources, each.site, each.change)
    })
  }

  return async (files, request, change) => {
    const { origin, sharing } = request
    if (origin.root.helm !== undefined) {
      const key = origin.kind === 'rendered' ? origin.key : ''
      const engine = (await rootsOf(files)).roots.find((each) => each.key === key)?.engine
      return chartCandidates(files, request, engine, change)
    }
    const found = await sourcesOf(files, origin.root)
    const overlay = sharing === 'overlay' ? overlayPatchCandidates(found, origin.object, change) : []
    // A patch that other roots share and that says nothing of the field is no place to begin with it.
    const places = editCandidates(found, origin.object, change).filter(
      (each) => sharing === 'allow' || !isNewPlace(each) || isBelow(each.file, origin.root.folder),
    )
    return [...places.slice(0, MAX_TRIES), ...overlay.slice(0, MAX_TRIES)]
  }
}

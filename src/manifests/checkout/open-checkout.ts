import { realpath, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FieldChange } from '#src/domain/change.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { GitVersion } from '#src/domain/evidence.ts'
import type { FieldPath } from '#src/domain/field-path.ts'
import { equalJson } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { Edit } from '#src/domain/proposal.ts'
import type { Affected } from '#src/manifests/affected.ts'
import { declaredConfig } from '#src/manifests/declared-config.ts'
import { type Sharing, targetEditor } from '#src/manifests/edit-target.ts'
import { type EngineMap, type EngineRoot, engineRoots, sourcesOf } from '#src/manifests/engine-roots.ts'
import type { EngineSource } from '#src/manifests/engines/engine-source.ts'
import { enginesAround } from '#src/manifests/engines-around.ts'
import type { CommitIdentity } from '#src/manifests/git/commit-identity.ts'
import { localEnvironment } from '#src/manifests/git/git-environment.ts'
import { historyOf } from '#src/manifests/git/git-history.ts'
import { localGit } from '#src/manifests/git/git-process.ts'
import { type Helm, helmRunner } from '#src/manifests/helm/helm-process.ts'
import { kustomizer } from '#src/manifests/kustomize/kustomize-process.ts'
import { type Located, locator } from '#src/manifests/locate.ts'
import type { DeclaredConfig } from '#src/manifests/manifests.ts'
import { type KnownRoots, namedRoots, type RootFinder } from '#src/manifests/named-roots.ts'
import { editProver } from '#src/manifests/prove-edit.ts'
import { type RootRenderer, rootRenderer } from '#src/manifests/render-root.ts'
import { renderedCandidates } from '#src/manifests/rendered-candidates.ts'
import type { RepositoryFiles } from '#src/manifests/repository-files.ts'
import { kustomizationRoots, repositoryMapper } from '#src/manifests/repository-map.ts'
import { type RepositoryReader, repositoryReader } from '#src/manifests/repository-reader.ts'
import { openScratch } from '#src/manifests/scratch.ts'
import { withNamespace } from '#src/manifests/target-match.ts'
import { unifiedDiff } from '#src/manifests/unified-diff.ts'
import { checkoutHistory } from './checkout-history.ts'
import { type CheckedOut, checkedOut } from './checkout-revision.ts'
import { type CheckoutSearch, checkoutSearch, type FoundObject } from './checkout-search.ts'
import { makeCheckoutState } from './checkout-state.ts'
import { folderObjects } from './folder-objects.ts'
import { type FileChange, writeFiles } from './write-files.ts'

export interface CheckoutOptions {
  readonly inherited: NodeJS.ProcessEnv
  /** Finds the renderer once one is needed. */
  readonly kustomize: () => Promise<string>
  readonly helm: () => Promise<string>
  /** Ends renderers at once. */
  readonly stop?: AbortSignal
}

export interface CheckoutEdit {
  readonly edits: readonly Edit[]
  /** Unified diff. */
  readonly diff: string
  readonly before: KubeObject
  readonly after: KubeObject
  /** Roots and files that were rendered before and after. */
  readonly rendered: readonly string[]
  readonly radius: readonly Affected[]
  readonly files: ReadonlyMap<string, FileChange>
}

/** A repository's files as they lie on disk: for a person's own edits, and for proposals without a cluster. */
export interface Checkout extends CheckoutSearch {
  /** The folder's real path. */
  readonly folder: string
  readonly files: RepositoryFiles
  /** The commit that is checked out, and its remote; undefined where there is none. */
  revision(): Promise<CheckedOut>
  /** What the engines' objects in the checkout ask for. */
  engines(): Promise<EngineMap>
  /** The engine's root that an object belongs to, as far as objects in the checkout tell. */
  engineOf(found: FoundObject): Promise<EngineRoot | undefined>
  /** The line that feeds a field. EditRefused, NotInGit. */
  locate(found: FoundObject, field: FieldPath): Promise<Located>
  /** Nothing is written. EditRefused, BlastRadius (a SharedSourceError), ProofFailed. */
  edit(found: FoundObject, changes: readonly FieldChange[], sharing: Sharing): Promise<CheckoutEdit>
  /** Writes the files of an edit, each as a whole. EditRefused when one is no longer what the edit was made from. */
  write(edit: CheckoutEdit): Promise<void>
  /**
   * The object now, and at the last commits that touched what it is made of, newest first. Empty where the checkout has no
   * history.
   */
  history(found: FoundObject, limit: number): Promise<readonly GitVersion[]>
  /** Names and keys of the ConfigMaps and Secrets that the checkout declares for a namespace; those without one count too. */
  declared(namespace: string): Promise<readonly DeclaredConfig[]>
  /** What engines' objects from elsewhere, such as a cluster, make of this checkout. */
  sources(objects: readonly KubeObject[]): Promise<readonly EngineSource[]>
  close(): Promise<void>
}

/** ConfigInvalid when the folder is none. */
export async function openCheckout(path: string, options: CheckoutOptions): Promise<Checkout> {
  const folder = await realpath(path).catch(() => undefined)
  if (folder === undefined || !(await stat(folder)).isDirectory())
    throw new OperatorError('ConfigInvalid', 'there is no such folder', { object: path })
  const state = await makeCheckoutState()
  const scratch = await openScratch(join(state, 'scratch'))
  const environment = { inherited: options.inherited, gitDir: join(state, 'none.git'), home: state }
  const git = localGit(localEnvironment(environment), state)
  const reader = repositoryReader(folderObjects(folder))
  const files = await reader.at('the checkout')
  const { stop } = options
  const kustomize = async (tree: string, home: string) =>
    kustomizer(await options.kustomize(), undefined, stop)(tree, home)
  const helm: Helm = async (request) => helmRunner(await options.helm(), undefined, stop)(request)
  const renderer = rootRenderer(reader, kustomize, scratch, helm)
  const enginesOf = async (reading: RepositoryReader, rendering: RootRenderer, snapshot: RepositoryFiles) =>
    engineRoots(reading, rendering, snapshot, (await revision()).url)
  const engines = once(() => enginesOf(reader, renderer, files))
  const rootsOf: RootFinder = (snapshot) =>
    knownRoots(reader, snapshot, snapshot === files ? engines() : enginesOf(reader, renderer, snapshot))
  const editor = targetEditor(
    reader,
    editProver(reader, renderer, rootsOf, () => ''),
    renderedCandidates(reader, renderer, rootsOf, { reader, helm, scratch }),
  )
  const locate = locator(reader, renderer, editor)

  const revision = once(() => checkedOut(folder, options.inherited, state))

  const past = once(async () => {
    const known = await checkoutHistory(folder, state, { inherited: options.inherited, home: state })
    if (known === undefined) return undefined
    const reading = repositoryReader(known.objects)
    return { ...known, reading, rendering: rootRenderer(reading, kustomize, scratch, helm) }
  })

  return {
    ...checkoutSearch(reader, renderer, files, rootsOf),
    folder,
    files,
    revision,
    engines,
    async engineOf({ origin }) {
      return enginesAround((await engines()).roots, origin)[0]
    },
    locate: ({ origin, target }, field) => locate(files, origin, target, field),
    async edit({ origin, target }, changes, sharing) {
      const { edits, after, proof } = await editor(files, { origin, target, changes, sharing })
      const before = await reader.read(files, after.changed.keys())
      const diff = await unifiedDiff(git, scratch, before, after.changed)
      const changed = [...after.changed].map(
        ([file, bytes]) => [file, { before: before.get(file), after: bytes }] as const,
      )
      return {
        ...{ edits, diff, before: origin.object, after: proof.object },
        ...{ rendered: proof.rendered, radius: proof.radius, files: new Map(changed) },
      }
    },
    write: (edit) => writeFiles(folder, edit.files),
    async history({ origin, target }, limit) {
      const known = await past()
      if (known === undefined) return []
      const { reading, rendering } = known
      const rootsThen: RootFinder = (snapshot) =>
        knownRoots(reading, snapshot, enginesOf(reading, rendering, snapshot))
      const { namespace } = target
      const place = { origin, target, revision: known.head, namespace, rootsOf: rootsThen }
      return withPresent(
        await historyOf(known.commits, NOBODY, reading, rendering, place, limit),
        origin.object,
        target.namespace,
      )
    },
    async declared(namespace) {
      // A checkout has no configuration: all of it counts, and objects without a namespace may belong to any.
      const spec = { url: '', paths: [{ path: '', namespace }] }
      return declaredConfig(
        spec,
        reader,
        renderer,
        repositoryMapper(spec, reader, renderer),
        files,
        namespace,
      )
    },
    async sources(objects) {
      return sourcesOf(reader, files, (await revision()).url, objects, new Set())
    },
    close: () => rm(state, { recursive: true, force: true }),
  }
}

/** Work that is done when it is first asked for, and never again. */
function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined
  return () => {
    result ??= work()
    return result
  }
}

/** The kustomizations of a snapshot, and what its engines make of folders. */
async function knownRoots(
  reader: RepositoryReader,
  snapshot: RepositoryFiles,
  engines: Promise<EngineMap>,
): Promise<KnownRoots> {
  const { roots, decidedBy } = await engines
  return { roots: namedRoots(await kustomizationRoots(reader, snapshot), roots), decidedBy }
}

/** Nothing in a checkout is by us. */
const NOBODY: CommitIdentity = { name: '', email: '' }

/** What is not committed yet is the newest version: the one that an edit begins from. */
function withPresent(
  versions: readonly GitVersion[],
  object: KubeObject,
  namespace: string,
): readonly GitVersion[] {
  const present = withNamespace(object, namespace)
  if (equalJson(asJson(versions[0]?.rendered ?? object), asJson(present))) return versions
  const version = {
    commit: '',
    author: '',
    date: '',
    subject: 'not committed',
    ours: false,
    rendered: present,
  }
  return [version, ...versions]
}

import { mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FieldChange } from '#src/domain/change.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { FieldPath } from '#src/domain/field-path.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { Edit } from '#src/domain/proposal.ts'
import type { Affected } from './affected.ts'
import { type CheckoutSearch, checkoutSearch, type FoundObject } from './checkout-search.ts'
import { type Sharing, targetEditor } from './edit-target.ts'
import { type EngineMap, engineRoots } from './engine-roots.ts'
import { folderObjects } from './folder-objects.ts'
import { localEnvironment } from './git-environment.ts'
import { localGit } from './git-process.ts'
import { chartFileCandidates } from './helm-edit-candidates.ts'
import { type Helm, helmRunner } from './helm-process.ts'
import { kustomizer } from './kustomize-process.ts'
import { type Located, locator } from './locate.ts'
import { type KnownRoots, namedRoots } from './named-roots.ts'
import { editProver } from './prove-edit.ts'
import { rootRenderer } from './render-root.ts'
import type { RepositoryFiles } from './repository-files.ts'
import { kustomizationRoots } from './repository-map.ts'
import { repositoryReader } from './repository-reader.ts'
import { openScratch } from './scratch.ts'
import { unifiedDiff } from './unified-diff.ts'
import { type FileChange, writeFiles } from './write-files.ts'

export interface CheckoutOptions {
  readonly inherited: NodeJS.ProcessEnv
  /** Finds the renderer once one is needed. */
  readonly kustomize: () => Promise<string>
  readonly helm: () => Promise<string>
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

export interface CheckedOut {
  readonly commit: string | undefined
  /** The remote `origin` without credentials. */
  readonly url: string | undefined
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
  /** The line that feeds a field. EditRefused, NotInGit. */
  locate(found: FoundObject, field: FieldPath): Promise<Located>
  /** Nothing is written. EditRefused, BlastRadius (a SharedSourceError), ProofFailed. */
  edit(found: FoundObject, changes: readonly FieldChange[], sharing: Sharing): Promise<CheckoutEdit>
  /** Writes the files of an edit, each as a whole. EditRefused when one is no longer what the edit was made from. */
  write(edit: CheckoutEdit): Promise<void>
  close(): Promise<void>
}

/** ConfigInvalid when the folder is none. */
export async function openCheckout(path: string, options: CheckoutOptions): Promise<Checkout> {
  const folder = await realpath(path).catch(() => undefined)
  if (folder === undefined || !(await stat(folder)).isDirectory())
    throw new OperatorError('ConfigInvalid', 'there is no such folder', { object: path })
  const state = await mkdtemp(join(tmpdir(), 'aiops-operator-checkout-'))
  const scratch = await openScratch(join(state, 'scratch'))
  const environment = { inherited: options.inherited, gitDir: join(state, 'none.git'), home: state }
  const git = localGit(localEnvironment(environment), state)
  const own = localGit(localEnvironment({ ...environment, gitDir: join(folder, '.git') }), state)
  const reader = repositoryReader(folderObjects(folder))
  const files = await reader.at('the checkout')
  const kustomize = async (tree: string, home: string) => kustomizer(await options.kustomize())(tree, home)
  const helm: Helm = async (request) => helmRunner(await options.helm())(request)
  const renderer = rootRenderer(reader, kustomize, scratch, helm)
  const enginesOf = async (snapshot: RepositoryFiles) =>
    engineRoots(reader, renderer, snapshot, (await revision()).url)
  let followed: Promise<EngineMap> | undefined
  const engines = () => {
    followed ??= enginesOf(files)
    return followed
  }
  const rootsOf = async (snapshot: RepositoryFiles): Promise<KnownRoots> => {
    const { roots, decidedBy } = await (snapshot === files ? engines() : enginesOf(snapshot))
    return { roots: namedRoots(await kustomizationRoots(reader, snapshot), roots), decidedBy }
  }
  const editor = targetEditor(
    reader,
    renderer,
    editProver(reader, renderer, rootsOf, () => ''),
    (...asked) => chartFileCandidates({ reader, helm, scratch }, ...asked),
    async (snapshot) => (await rootsOf(snapshot)).decidedBy,
  )
  const locate = locator(reader, renderer, editor)

  async function revision(): Promise<CheckedOut> {
    const ask = async (...args: readonly string[]) => {
      const { code, stdout } = await own(args, { accept: [0, 1, 128] })
      const text = code === 0 ? stdout.toString('utf8').trim() : ''
      return text === '' ? undefined : text
    }
    const url = await ask('config', '--local', '--get', 'remote.origin.url')
    const commit = await ask('rev-parse', '--verify', '--quiet', 'HEAD')
    return { commit, url: url?.replace(/\/\/[^/@]*@/, '//') }
  }

  return {
    ...checkoutSearch(reader, renderer, files, rootsOf),
    folder,
    files,
    revision,
    engines,
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
    close: () => rm(state, { recursive: true, force: true }),
  }
}

import { mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FieldChange } from '#src/domain/change.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { FieldPath } from '#src/domain/field-path.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { Edit } from '#src/domain/proposal.ts'
import { describeRoot, type Root } from '#src/domain/root.ts'
import { type TargetRef, targetOf } from '#src/domain/target.ts'
import type { Affected } from './affected.ts'
import { type Sharing, targetEditor } from './edit-target.ts'
import { folderObjects } from './folder-objects.ts'
import { localEnvironment } from './git-environment.ts'
import { localGit } from './git-process.ts'
import { isKustomizationFile } from './kustomize-closure.ts'
import { kustomizer } from './kustomize-process.ts'
import { type Located, locator } from './locate.ts'
import { editProver } from './prove-edit.ts'
import { rootRenderer } from './render-root.ts'
import { isBelow, type RepositoryFiles } from './repository-files.ts'
import { kustomizationRoots, plainManifests } from './repository-map.ts'
import { repositoryReader } from './repository-reader.ts'
import { openScratch } from './scratch.ts'
import { identityOf, objectsOf } from './target-match.ts'
import type { Origin } from './trace.ts'
import { unifiedDiff } from './unified-diff.ts'
import { describeWanted, notFound, pickWanted, type WantedObject } from './wanted-object.ts'
import { type FileChange, writeFiles } from './write-files.ts'
import { isUnparsable } from './yaml-text.ts'

export interface CheckoutOptions {
  readonly inherited: NodeJS.ProcessEnv
  /** Finds the renderer once one is needed. */
  readonly kustomize: () => Promise<string>
}

/** An object found in a checkout. */
export interface FoundObject {
  readonly origin: Origin
  /** Its namespace is empty where the manifest carries none. */
  readonly target: TargetRef
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
  readonly url: string | undefined
}

/** A repository's files as they lie on disk: for a person's own edits, and for proposals without a cluster. */
export interface Checkout {
  /** The folder's real path. */
  readonly folder: string
  readonly files: RepositoryFiles
  /** NotInGit, AmbiguousSource, ManifestUnparsable, RenderFailed. */
  find(root: Root, wanted: WantedObject): Promise<FoundObject>
  /** As `find`, in every plain file and kustomization of the checkout. */
  search(wanted: WantedObject): Promise<FoundObject>
  /** The line that feeds a field. EditRefused, NotInGit. */
  locate(found: FoundObject, field: FieldPath): Promise<Located>
  /** The commit that is checked out, and the remote `origin` without credentials; undefined where there is none. */
  revision(): Promise<CheckedOut>
  /** Nothing is written. EditRefused, BlastRadius (a SharedSourceError), ProofFailed. */
  edit(found: FoundObject, changes: readonly FieldChange[], sharing: Sharing): Promise<CheckoutEdit>
  /** Writes the files of an edit, each as a whole. EditRefused when one is no longer what the edit was made from. */
  write(edit: CheckoutEdit): Promise<void>
  close(): Promise<void>
}

interface Search {
  readonly objects: readonly KubeObject[]
  readonly problems: readonly string[]
  readonly found: readonly { readonly object: KubeObject; readonly origin: Origin }[]
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
  const reader = repositoryReader(folderObjects(folder))
  const files = await reader.at('the checkout')
  const kustomize = async (tree: string, home: string) => kustomizer(await options.kustomize())(tree, home)
  const renderer = rootRenderer(reader, kustomize, scratch)
  const prove = editProver(
    reader,
    renderer,
    (snapshot) => kustomizationRoots(reader, snapshot),
    () => '',
  )
  const editor = targetEditor(reader, renderer, prove)
  const locate = locator(reader, renderer, editor)

  async function findRendered(root: Root, wanted: WantedObject) {
    const objects = await renderer.render(files, root)
    const items = objects.map((object) => ({ object, origin: { kind: 'rendered', root, object } as const }))
    return { objects, found: pickWanted(items, wanted) }
  }

  /** Objects of plain files below a folder; a file that cannot be read is told when nothing else is found. */
  async function findPlain(root: Root, wanted: WantedObject): Promise<Search> {
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

  async function findBelow(root: Root, wanted: WantedObject): Promise<Search> {
    const plain = await findPlain(root, wanted)
    if (plain.found.length > 0) return plain
    const objects = [...plain.objects]
    const problems = [...plain.problems]
    const found: { object: KubeObject; origin: Origin }[] = []
    for (const inner of await kustomizationRoots(reader, files)) {
      if (!isBelow(inner.folder, root.folder)) continue
      try {
        const rendered = await findRendered(inner, wanted)
        objects.push(...rendered.objects)
        found.push(...rendered.found)
      } catch (error) {
        if (!(error instanceof OperatorError) || error.code !== 'RenderFailed') throw error
        problems.push(error.message)
      }
    }
    return { objects, problems, found }
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

  return {
    folder,
    files,
    async search(wanted) {
      return only(await findBelow({ folder: '' }, wanted), wanted, folder)
    },
    locate: ({ origin, target }, field) => locate(files, origin, target, field),
    async revision() {
      const own = localGit(localEnvironment({ ...environment, gitDir: join(folder, '.git') }), state)
      const ask = async (...args: readonly string[]) => {
        const { code, stdout } = await own(args, { accept: [0, 1, 128] })
        return code === 0 ? stdout.toString('utf8').trim() : undefined
      }
      const url = await ask('config', '--local', '--get', 'remote.origin.url')
      return {
        commit: await ask('rev-parse', '--verify', '--quiet', 'HEAD'),
        url: url?.replace(/\/\/[^/@]*@/, '//'),
      }
    },
    async find(root, wanted) {
      const isKustomization = [...files.paths()].some(
        (each) =>
          isKustomizationFile(each) && files.find(each, '').kind === 'file' && isIn(each, root.folder),
      )
      const search =
        isKustomization || root.helm !== undefined
          ? { problems: [], ...(await findRendered(root, wanted)) }
          : await findBelow(root, wanted)
      return only(search, wanted, describeRoot(root))
    },
    async edit({ origin, target }, changes, sharing) {
      const { edits, after, proof } = await editor(files, { origin, target, changes, sharing })
      const before = await reader.read(files, after.changed.keys())
      const diff = await unifiedDiff(git, scratch, before, after.changed)
      const changed = [...after.changed].map(
        ([file, bytes]) => [file, { before: before.get(file), after: bytes }] as const,
      )
      return {
        edits,
        diff,
        before: origin.object,
        after: proof.object,
        rendered: proof.rendered,
        radius: proof.radius,
        files: new Map(changed),
      }
    },
    write: (edit) => writeFiles(folder, edit.files),
    close: () => rm(state, { recursive: true, force: true }),
  }
}

function isIn(path: string, folder: string): boolean {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0)) === folder
}

function placeOf(origin: Origin): string {
  return origin.kind === 'plain' ? origin.file : describeRoot(origin.root)
}

/** A file too large to read is among those that may. */
function mentions(bytes: Uint8Array | undefined, name: string): boolean {
  return bytes === undefined || Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(name)
}

import { constants } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { digest } from '#src/domain/digest.ts'
import { canonicalJson } from '#src/domain/json.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { targetKey, targetOf } from '#src/domain/target.ts'
import type { CommitIdentity } from '#src/manifests/git/commit-identity.ts'
import { branches } from '#src/manifests/git/git-branches.ts'
import { checkedId } from '#src/manifests/git/git-commits.ts'
import type { MintToken } from '#src/manifests/git/git-credentials.ts'
import { historyOf } from '#src/manifests/git/git-history.ts'
import { gitObjects } from '#src/manifests/git/git-objects.ts'
import { openStore } from '#src/manifests/git/git-store.ts'
import { helmRunner } from '#src/manifests/helm/helm-process.ts'
import { kustomizer } from '#src/manifests/kustomize/kustomize-process.ts'
import { BoundedCache } from '#src/runtime/bounded-cache.ts'
import { declaredConfig } from './declared-config.ts'
import { targetEditor } from './edit-target.ts'
import { enginesAround } from './engines-around.ts'
import { locator } from './locate.ts'
import type { Manifests, ProvenEdit } from './manifests.ts'
import { editProver } from './prove-edit.ts'
import { rootRenderer } from './render-root.ts'
import { renderedCandidates } from './rendered-candidates.ts'
import type { RepositoryFiles } from './repository-files.ts'
import { defaultNamespace, repositoryMapper } from './repository-map.ts'
import { repositoryReader } from './repository-reader.ts'
import { tracer } from './trace.ts'
import { unifiedDiff } from './unified-diff.ts'

export interface ManifestsOptions {
  /** Holds one folder per repository; may be deleted whenever nobody uses it. */
  readonly stateFolder: string
  /** The environment that names credentials, PATH and proxies. */
  readonly inherited: NodeJS.ProcessEnv
  readonly identity: CommitIdentity
  /** Gives the token for Git over https, where the credentials are a GitHub App's. */
  readonly mint?: MintToken
  /** `kustomize` or `kubectl`. Without it: the first of the two on the PATH. */
  readonly renderer?: string
  /** Without it: the `helm` on the PATH. */
  readonly helm?: string
  /** Only for tests: `file://` repositories. */
  readonly allowFileUrls?: boolean
  /** Of one conversation with the remote, in milliseconds. */
  readonly timeLimit?: number
  /** Ends every process that works for this repository; nothing can be asked of it afterwards. */
  readonly stop?: AbortSignal
}

const TIME_LIMIT_MS = 120_000
const MEMORY_FOR_EDITS = 8 * 2 ** 20

/**
 * One manifests repository over plain Git and the real kustomize. Makes the local store but does not talk to the remote
 * yet. ConfigInvalid when the URL is not one to use.
 */
export async function openManifests(spec: RepositorySpec, options: ManifestsOptions): Promise<Manifests> {
  const { inherited, identity, stop } = options
  const stateFolder = resolve(options.stateFolder)
  await mkdir(stateFolder, { recursive: true })
  const store = await openStore(spec, {
    stateFolder,
    inherited,
    allowFileUrls: options.allowFileUrls ?? false,
    timeLimit: options.timeLimit ?? TIME_LIMIT_MS,
    ...(options.mint && { mint: options.mint }),
    ...(stop && { stop }),
  })
  const { git, commits, scratch } = store
  const objects = gitObjects(git, store.read, store.remote)
  const reader = repositoryReader(objects)
  const kustomize = kustomizer(
    options.renderer ?? (await onPath(inherited, ['kustomize', 'kubectl'])),
    undefined,
    stop,
  )
  const helm = helmRunner(options.helm ?? (await onPath(inherited, ['helm'])), undefined, stop)
  const renderer = rootRenderer(reader, kustomize, scratch, helm)
  const mapOf = repositoryMapper(spec, reader, renderer)
  const namespaceOf = (path: string) => defaultNamespace(spec, path)
  const { trace, findByRoot, filesOf } = tracer(spec, reader, renderer, mapOf)
  const rootsOf = async (files: RepositoryFiles) => {
    const { allRoots, decidedBy } = await mapOf(files)
    return { roots: allRoots, decidedBy }
  }
  const prove = editProver(reader, renderer, rootsOf, namespaceOf)
  const edit = targetEditor(
    reader,
    prove,
    renderedCandidates(reader, renderer, rootsOf, { reader, helm, scratch }),
  )
  const locate = locator(reader, renderer, edit)
  const proven = new BoundedCache<ProvenEdit>(MEMORY_FOR_EDITS)

  return {
    ...branches(spec, identity, store, objects),
    fetch: store.fetch,
    mergeBase: commits.mergeBase,
    isAncestor: commits.isAncestor,
    commit: commits.facts,
    async baseCommits(since, limit) {
      const tip = await store.head(spec.branch)
      if (tip === undefined || tip === since) return []
      const known = (await commits.facts(since)) !== undefined
      return commits.log(known ? [tip, `^${checkedId(since)}`] : [tip], limit)
    },
    async trace(target, revision) {
      const files = await reader.at(checkedId(revision))
      const origin = await trace(files, target)
      const source = {
        repository: spec.name,
        url: spec.url,
        baseBranch: spec.branch,
        revision,
        root: origin.kind === 'plain' ? origin.root.folder : origin.key,
        files: await filesOf(files, origin, target),
      }
      return { source, rendered: origin.object }
    },
    async renderAt(source, target, revision) {
      const files = await reader.at(checkedId(revision))
      return (await findByRoot(files, source.root, target))?.object
    },
    async engines({ source, rendered }) {
      const files = await reader.at(checkedId(source.revision))
      const { engines } = await mapOf(files)
      return enginesAround(engines, await trace(files, targetOf(rendered)))
    },
    async locate({ source, rendered }, field) {
      const files = await reader.at(checkedId(source.revision))
      const target = targetOf(rendered)
      return locate(files, await trace(files, target), target, field)
    },
    async declared(namespace, revision) {
      const files = await reader.at(checkedId(revision))
      return declaredConfig(spec, reader, renderer, mapOf, files, namespace)
    },
    async history({ source, rendered }, limit) {
      const target = targetOf(rendered)
      const origin = await trace(await reader.at(checkedId(source.revision)), target)
      const namespace = namespaceOf(origin.kind === 'plain' ? origin.file : origin.root.folder)
      const place = { origin, target, revision: source.revision, namespace }
      return historyOf(commits, identity, reader, renderer, place, limit)
    },
    async edit({ source }, target, changes) {
      const files = await reader.at(checkedId(source.revision))
      // A plan is proven, and soon afterwards pushed: the same files and changes give the same edit.
      const key = digest(files.id, targetKey(target), canonicalJson(changes.map((each) => ({ ...each }))))
      const known = proven.get(key)
      if (known) return known
      const origin = await trace(files, target)
      const { edits, after, proof } = await edit(files, { origin, target, changes, sharing: 'overlay' })
      const before = await reader.read(files, after.changed.keys())
      const diff = await unifiedDiff(git, scratch, before, after.changed)
      const edited = { edits, files: after.changed, diff, before: origin.object, after: proof.object }
      proven.set(key, edited, weightOf(edited))
      return edited
    },
  }
}

function weightOf({ files, diff, before, after }: ProvenEdit): number {
  const contents = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0)
  return contents + 2 * diff.length + 3 * JSON.stringify([before, after]).length
}

/** The first of some programs on the PATH. */
async function onPath(inherited: NodeJS.ProcessEnv, names: readonly string[]): Promise<string | undefined> {
  const folders = (inherited['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const name of names) {
    for (const folder of folders) {
      const found = await access(join(folder, name), constants.X_OK).then(
        () => true,
        () => false,
      )
      if (found) return join(folder, name)
    }
  }
  return undefined
}

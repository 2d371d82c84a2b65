import { asOperatorError, OperatorError } from '#src/domain/errors.ts'
import { equalJson, type Json } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import type { RepositoryHealth } from '#src/domain/repository-status.ts'
import { milliseconds } from '#src/domain/time.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { Log } from '#src/runtime/log.ts'
import type { Again } from '#src/runtime/workers.ts'
import { ClosingGate } from './closing-gate.ts'
import { type Admission, admissions, type Candidate } from './repository-admission.ts'
import type { Repositories, Repository } from './world.ts'

/** A repository that was opened for as long as its ManifestRepository says so. */
export interface OpenedRepository extends Repository {
  /** Ends what is under way towards the remote. */
  stop(): void
  /** Removes what is kept of it on disk. Only once nothing uses it any more. */
  forget(): Promise<void>
}

export interface LiveRepositoriesOptions {
  /** Those of the configuration file: always there, and first. */
  readonly file: readonly Repository[]
  /** The ManifestRepositories as they are known now. */
  readonly objects: () => Iterable<KubeObject>
  /** What an object describes, or what is wrong with it. */
  readonly read: (object: KubeObject) => Candidate['read']
  readonly open: (spec: RepositorySpec) => Promise<OpenedRepository>
  readonly report: (object: KubeObject, health: RepositoryHealth) => Promise<void>
  /** Called when a repository came, went, changed, or can be reached again: others may have waited for that. */
  readonly onChange: () => void
  /** Between two looks at a repository. Milliseconds. */
  readonly pollMs: number
  readonly clock: Pick<Clock, 'monotonic'>
  readonly log: Log
}

interface Live {
  readonly opened: OpenedRepository
  /** The same, each call through the gate. */
  readonly repository: Repository
  readonly gate: ClosingGate
  ready: boolean
}

/**
 * The repositories of the configuration file and of the ManifestRepositories that count: each of these is opened, opened
 * anew and closed as its object comes, changes and goes. Invariant: one open repository per name.
 */
export class LiveRepositories implements Repositories {
  readonly #options: LiveRepositoriesOptions
  readonly #live = new Map<string, Live>()

  constructor(options: LiveRepositoriesOptions) {
    this.#options = options
  }

  all(): readonly Repository[] {
    return [...this.#options.file, ...[...this.#live.values()].map(({ repository }) => repository)]
  }

  /** Opens all that count now, without a word to any remote. What cannot be opened says so when it is reconciled. */
  async openAll(): Promise<void> {
    const admitted = [...this.#admissions(this.#present()).values()].filter((each) => each.admitted)
    await Promise.allSettled(admitted.map(({ repository }) => this.#ensureOpen(repository)))
  }

  /** Makes what is open agree with one ManifestRepository, and says in its status how it is doing. */
  async reconcile(name: string): Promise<Again> {
    const objects = this.#present()
    const object = objects.find(({ metadata }) => metadata.name === name)
    const admission = this.#admissions(objects).get(name)
    if (object === undefined || admission === undefined) {
      await this.#close(name, 'its ManifestRepository was deleted', 'forget')
      return 'on-change'
    }
    if (!admission.admitted) {
      await this.#close(name, `its ManifestRepository does not count: ${admission.message}`)
      this.#options.log.warn(`ManifestRepository ${name}: ${admission.message}`, { reason: admission.reason })
      await this.#report(object, { status: 'False', ...said(admission) })
      return 'on-change'
    }
    const health = await this.#health(admission.repository)
    await this.#report(object, health)
    const live = this.#live.get(name)
    const isReady = health.status === 'True'
    if (isReady && live?.ready === false) this.#options.onChange()
    if (live !== undefined) live.ready = isReady
    return { afterMs: this.#options.pollMs }
  }

  #present(): readonly KubeObject[] {
    return [...this.#options.objects()].filter(isThere)
  }

  #admissions(objects: readonly KubeObject[]): ReadonlyMap<string, Admission> {
    const { file, read } = this.#options
    const candidates = objects.map(
      (object): Candidate => ({
        name: object.metadata.name,
        created: milliseconds(object.metadata.creationTimestamp) ?? 0,
        read: read(object),
      }),
    )
    return admissions(
      file.map(({ spec }) => spec),
      candidates,
    )
  }

  async #ensureOpen(spec: RepositorySpec): Promise<Live> {
    const known = this.#live.get(spec.name)
    if (known !== undefined && isSameSpec(known.opened.spec, spec)) return known
    const moved = known !== undefined && known.opened.spec.url !== spec.url
    await this.#close(spec.name, 'its ManifestRepository was changed', moved ? 'forget' : 'keep')
    const opened = await this.#options.open(spec)
    const gate = new ClosingGate()
    const { manifests, pullRequests } = opened
    const { hosted } = opened
    const repository = {
      spec,
      ...(hosted && { hosted }),
      manifests: gate.around(manifests),
      pullRequests: gate.around(pullRequests),
    }
    const live: Live = { opened, repository, gate, ready: false }
    this.#live.set(spec.name, live)
    this.#options.log.info('repository opened', { repository: spec.name, mode: spec.mode })
    this.#options.onChange()
    return live
  }

  async #close(name: string, why: string, disk: 'keep' | 'forget' = 'keep'): Promise<void> {
    const live = this.#live.get(name)
    if (live === undefined) return
    this.#live.delete(name)
    const { opened, gate } = live
    opened.stop()
    await gate.close(new OperatorError('RepositoryClosed', why, { object: `repository ${name}` }))
    if (disk === 'forget') await opened.forget()
    this.#options.log.info('repository closed', { repository: name, why })
    this.#options.onChange()
  }

  async #health(spec: RepositorySpec): Promise<RepositoryHealth> {
    const { clock, pollMs } = this.#options
    try {
      const { manifests, pullRequests } = (await this.#ensureOpen(spec)).repository
      const revision = await manifests.fetch(clock.monotonic() - pollMs)
      // The forge has credentials of its own to refuse.
      await pullRequests.repositoryId()
      return { status: 'True', reason: 'Fetched', message: standingOf(spec, revision), revision }
    } catch (thrown) {
      const { code, message } = asOperatorError(thrown)
      if (code === 'Internal') throw thrown
      return { status: 'False', reason: code, message }
    }
  }

  /** Whoever changed or deleted it meanwhile has queued it again. */
  async #report(object: KubeObject, health: RepositoryHealth): Promise<void> {
    try {
      await this.#options.report(object, health)
    } catch (thrown) {
      if (asOperatorError(thrown).code !== 'ApiNotFound') throw thrown
    }
  }
}

function isThere({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp === undefined
}

function said({ reason, message }: Extract<Admission, { admitted: false }>) {
  return { reason, message }
}

function isSameSpec(a: RepositorySpec, b: RepositorySpec): boolean {
  return equalJson(a as unknown as Json, b as unknown as Json)
}

function standingOf({ branch, namespaces, mode }: RepositorySpec, revision: string): string {
  const at = `${branch} is at ${revision.slice(0, 12)}`
  if (namespaces.length === 0) return `${at}; no namespace is granted, so nothing is proposed`
  return `${at}; mode ${mode} in ${namespaces.join(', ')}`
}

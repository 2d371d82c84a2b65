import { OperatorError } from '#src/domain/errors.ts'
import { asJson, type KubeObject, member } from '#src/domain/kube-object.ts'
import { mayFollow } from '#src/domain/phase.ts'
import { API_VERSION, HINT_ANNOTATION, isEnded, type Remediation } from '#src/domain/remediation.ts'
import {
  newRemediation,
  parseRemediation,
  REMEDIATION_KIND,
  type RemediationDraft,
  type StatusBefore,
  statusOf,
} from '#src/domain/remediation-wire.ts'
import type { Clock } from '#src/runtime/clock.ts'
import { statusReason } from './api-errors.ts'
import type { KubeApi, ObjectRef } from './kube-api.ts'

/**
 * Remediations in the API server. Every write names the resourceVersion it was made from: ApiConflict means that
 * somebody else wrote meanwhile, nothing happened, and the object has to be read again.
 */
export class RemediationStore {
  readonly #api: KubeApi
  readonly #clock: Pick<Clock, 'now'>
  /** The objects behind the values we gave out, for the times of their conditions. */
  readonly #objects = new WeakMap<Remediation, KubeObject>()

  constructor(api: KubeApi, clock: Pick<Clock, 'now'>) {
    this.#api = api
    this.#clock = clock
  }

  /** Throws RemediationInvalid when it is there and is not one of ours. */
  async read(namespace: string, name: string): Promise<Remediation | undefined> {
    const object = await this.#api.get(ref(namespace, name))
    return object && this.#parsed(object)
  }

  /** All of a namespace, from the API server. What is not one of ours is left out. */
  async list(namespace: string): Promise<readonly Remediation[]> {
    const objects = await this.#api.list(API_VERSION, REMEDIATION_KIND, { namespace })
    return objects.flatMap((object) => this.#parsedOrNone(object))
  }

  /**
   * Finds or creates. What stood there under the name before is returned as it is, and may be another incident's. A
   * crash before the status is written loses nothing but the split second between detection and creation.
   */
  async create(draft: RemediationDraft & { readonly detected: number }): Promise<Remediation> {
    const created = await this.#createOrFind(newRemediation(draft))
    const remediation = this.#parsed(created.object)
    if (!created.ours) return remediation
    return this.#writeStatus(created.object, { ...remediation, timeline: { detected: draft.detected } })
  }

  /**
   * Writes the status of `next` over `previous`, which has to be what stands in the API server. Throws Internal for a
   * transition that the state table does not have, and for anything but the same phase once it has ended.
   */
  async write(previous: Remediation, next: Remediation): Promise<Remediation> {
    const [from, to] = [previous.state.phase, next.state.phase]
    if (!mayFollow(from, to) || (isEnded(previous) && from !== to)) {
      const about = `Remediation ${previous.namespace}/${previous.name}`
      throw new OperatorError('Internal', `the phase ${to} may not follow ${from}`, { object: about })
    }
    return this.#writeStatus(await this.#objectOf(previous), next)
  }

  /** Mirrors the verified merge. Returns what was written; nothing is written when it stands there already. */
  async setApproved(remediation: Remediation, approved: boolean): Promise<Remediation> {
    if (remediation.approved === approved) return remediation
    const { namespace, name, uid, resourceVersion } = remediation
    const patch = { metadata: { uid, resourceVersion }, spec: { approved } }
    return this.#parsed(await this.#api.mergePatch(ref(namespace, name), patch))
  }

  /**
   * Leaves a hint that makes the leader look again; nothing happens when there is no such Remediation. It carries no
   * precondition: a hint that lost against another write would be a lost webhook.
   */
  async hint(namespace: string, name: string, value: string): Promise<void> {
    try {
      await this.#api.mergePatch(ref(namespace, name), {
        metadata: { annotations: { [HINT_ANNOTATION]: value } },
      })
    } catch (error) {
      if (!(error instanceof OperatorError && error.code === 'ApiNotFound')) throw error
    }
  }

  async #createOrFind(wanted: KubeObject): Promise<{ readonly object: KubeObject; readonly ours: boolean }> {
    try {
      return { object: await this.#api.create(wanted), ours: true }
    } catch (error) {
      if (statusReason(error) !== 'AlreadyExists') throw error
      const object = await this.#api.get(ref(wanted.metadata.namespace ?? '', wanted.metadata.name))
      // Deleted between the two calls: the retry creates it.
      if (object === undefined) throw error
      return { object, ours: false }
    }
  }

  async #writeStatus(object: KubeObject, next: Remediation): Promise<Remediation> {
    const { namespace, name, uid, resourceVersion } = next
    const written = await this.#api.replace(
      {
        apiVersion: API_VERSION,
        kind: REMEDIATION_KIND,
        metadata: { namespace, name, uid, resourceVersion },
        status: statusOf(next, this.#clock.now(), before(object)),
      },
      { subresource: 'status' },
    )
    return this.#parsed(written)
  }

  /** The object that `remediation` was parsed from, read again only where the caller made a copy of the value. */
  async #objectOf(remediation: Remediation): Promise<KubeObject> {
    const known = this.#objects.get(remediation)
    if (known !== undefined) return known
    const { namespace, name, uid, resourceVersion } = remediation
    const object = await this.#api.get(ref(namespace, name))
    const about = { object: `Remediation ${namespace}/${name}` }
    if (object?.metadata.uid !== uid)
      throw new OperatorError('ApiNotFound', 'it was deleted meanwhile', about)
    if (object.metadata.resourceVersion !== resourceVersion) {
      throw new OperatorError('ApiConflict', 'somebody else changed it meanwhile', about)
    }
    return object
  }

  #parsed(object: KubeObject): Remediation {
    const remediation = parseRemediation(object)
    this.#objects.set(remediation, object)
    return remediation
  }

  #parsedOrNone(object: KubeObject): readonly Remediation[] {
    try {
      return [this.#parsed(object)]
    } catch (error) {
      if (error instanceof OperatorError && error.code === 'RemediationInvalid') return []
      throw error
    }
  }
}

function ref(namespace: string, name: string): ObjectRef {
  return { apiVersion: API_VERSION, kind: REMEDIATION_KIND, namespace, name }
}

function before(object: KubeObject): StatusBefore {
  return {
    generation: object.metadata.generation,
    conditions: member(asJson(object)['status'], 'conditions'),
  }
}

import { isObject } from '#src/domain/json.ts'
import { API_VERSION } from '#src/domain/remediation.ts'
import type { Log } from '#src/runtime/log.ts'
import type { KubeApi } from './kube-api.ts'

const KIND = 'ModelAnswer'
/** As the CRD bounds it. */
const LONGEST = 8192
/** Answers that are kept in a namespace; the oldest go first. */
const MOST = 50

/**
 * Answers of language models as objects in the namespace that they are about: they outlive a restart and a change of
 * leader. One object per question, never changed, so two writers cannot disagree. Where the kind is not installed, or
 * may not be used, nothing is kept: that costs another call to the model and nothing else.
 */
export class ModelAnswers {
  readonly #api: KubeApi
  readonly #log: Log

  constructor(api: KubeApi, log: Log) {
    this.#api = api
    this.#log = log
  }

  async get({ namespace, key }: Place): Promise<string | undefined> {
    const found = await this.#api.get({ ...ref(namespace), name: nameOf(key) }).catch(() => undefined)
    const spec = found?.['spec']
    return isObject(spec) && typeof spec['answer'] === 'string' ? spec['answer'] : undefined
  }

  async put({ namespace, key }: Place, answer: string): Promise<void> {
    if (answer.length > LONGEST) return
    try {
      const { apiVersion, kind } = ref(namespace)
      await this.#api.create({
        apiVersion,
        kind,
        metadata: { namespace, name: nameOf(key) },
        spec: { answer },
      })
      await this.#prune(namespace)
    } catch (error) {
      this.#log.debug('a model answer is not kept in the cluster', { namespace, why: String(error) })
    }
  }

  async #prune(namespace: string): Promise<void> {
    const all = await this.#api.list(API_VERSION, KIND, { namespace })
    const age = ({ metadata }: (typeof all)[number]) => Date.parse(metadata.creationTimestamp ?? '')
    const old = all.toSorted((a, b) => age(b) - age(a)).slice(MOST)
    for (const { metadata } of old) await this.#api.remove({ ...ref(namespace), name: metadata.name })
  }
}

interface Place {
  readonly namespace: string
  /** Hex digits. */
  readonly key: string
}

function ref(namespace: string) {
  return { apiVersion: API_VERSION, kind: KIND, namespace }
}

function nameOf(key: string): string {
  return `answer-${key}`
}

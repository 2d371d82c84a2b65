import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import type { KubeObject, OwnerReference } from '#src/domain/kube-object.ts'
import type { ContainerRole } from '#src/domain/target.ts'
import { milliseconds } from '#src/domain/time.ts'

/** How a container's run ended. Times in milliseconds since the epoch, by the node's clock. */
export interface Termination {
  readonly exitCode: number
  readonly signal: number | undefined
  readonly reason: string
  readonly message: string
  readonly finishedAt: number | undefined
}

export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message: string }
  | { readonly kind: 'running'; readonly startedAt: number | undefined }
  | { readonly kind: 'terminated'; readonly termination: Termination }
  | { readonly kind: 'unknown' }

export interface ContainerSketch {
  readonly name: string
  readonly role: ContainerRole
  readonly restartCount: number
  readonly state: ContainerState
  readonly last: Termination | undefined
}

/** What the checks need of a pod: a few hundred bytes, whatever the size of the raw object. */
export interface PodSketch {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  /** The one owner with `controller: true`. */
  readonly controller: OwnerReference | undefined
  readonly phase: string
  /** True from the moment somebody asked for its deletion. */
  readonly deleting: boolean
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never'
  readonly containers: readonly ContainerSketch[]
}

const MESSAGE_LIMIT = 400
const MESSAGE_TAIL = 160

/** Takes from a raw pod what the checks look at. Total: whatever is absent or of another shape reads as unknown. */
export function projectPod(pod: KubeObject): PodSketch {
  const spec = objectAt(pod['spec'])
  const status = objectAt(pod['status'])
  const sidecars = new Set(
    objectsAt(spec['initContainers'])
      .filter((container) => container['restartPolicy'] === 'Always')
      .map((container) => textAt(container['name'])),
  )
  const initRole = (name: string): ContainerRole => (sidecars.has(name) ? 'sidecar' : 'init')
  return {
    uid: pod.metadata.uid ?? '',
    namespace: pod.metadata.namespace ?? '',
    name: pod.metadata.name,
    controller: controllerOf(pod),
    phase: textAt(status['phase']),
    deleting: pod.metadata.deletionTimestamp !== undefined,
    restartPolicy: restartPolicyOf(spec['restartPolicy']),
    containers: [
      ...objectsAt(status['initContainerStatuses']).map((entry) => containerOf(entry, initRole)),
      ...objectsAt(status['containerStatuses']).map((entry) => containerOf(entry, () => 'main')),
    ],
  }
}

/** The owner that manages the object: at most one reference carries `controller: true`. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true)
  return owner && { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, uid: owner.uid }
}

function containerOf(status: JsonObject, role: (name: string) => ContainerRole): ContainerSketch {
  const name = textAt(status['name'])
  const last = objectAt(status['lastState'])['terminated']
  return {
    name,
    role: role(name),
    restartCount: numberAt(status['restartCount']) ?? 0,
    state: stateOf(objectAt(status['state'])),
    last: isObject(last) ? terminationOf(last) : undefined,
  }
}

function stateOf(state: JsonObject): ContainerState {
  const { waiting, running, terminated } = state
  if (isObject(waiting)) {
    return { kind: 'waiting', reason: textAt(waiting['reason']), message: shortText(waiting['message']) }
  }
  if (isObject(running)) return { kind: 'running', startedAt: milliseconds(running['startedAt']) }
  if (isObject(terminated)) return { kind: 'terminated', termination: terminationOf(terminated) }
  return { kind: 'unknown' }
}

function terminationOf(terminated: JsonObject): Termination {
  return {
    exitCode: numberAt(terminated['exitCode']) ?? 0,
    signal: numberAt(terminated['signal']),
    reason: textAt(terminated['reason']),
    message: shortText(terminated['message']),
    finishedAt: milliseconds(terminated['finishedAt']),
  }
}

function restartPolicyOf(value: unknown): PodSketch['restartPolicy'] {
  return value === 'OnFailure' || value === 'Never' ? value : 'Always'
}

/** Both ends: wrapped errors name the cause last. `slice` alone would keep the whole long string alive behind the short one. */
function shortText(value: Json | undefined): string {
  const text = textAt(value)
  if (text.length <= MESSAGE_LIMIT) return text
  const short = `${text.slice(0, MESSAGE_LIMIT - MESSAGE_TAIL - 1)}…${text.slice(-MESSAGE_TAIL)}`
  return Buffer.from(short).toString('utf8')
}

function textAt(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function numberAt(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function objectAt(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

function objectsAt(value: unknown): readonly JsonObject[] {
  return isArray(value) ? value.filter(isObject) : []
}

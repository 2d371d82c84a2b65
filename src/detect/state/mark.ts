import { at } from '#src/domain/cluster-state.ts'
import { digest } from '#src/domain/digest.ts'
import { canonicalJson } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { condition, wantedReplicas } from './owners.ts'
import { list } from './pod-template.ts'

/** What of an object matters for the checks, in a few bytes: the namespace is looked at again when it changes. */
export interface Mark {
  readonly namespace: string
  /** The state in one word; the same word, nothing to look at. */
  readonly text: string
  /** Something may be wrong, and no event may come when it gets worse: worth another look for as long as it lasts. */
  readonly troubled: boolean
}

/** Kinds whose changes the checks react to. ReplicaSets are not among them: their failures stand in the Deployment. */
export const WATCHED_KINDS = [
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
  ['batch/v1', 'Job'],
  ['batch/v1', 'CronJob'],
  ['v1', 'Service'],
  ['v1', 'PersistentVolumeClaim'],
  ['networking.k8s.io/v1', 'Ingress'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['policy/v1', 'PodDisruptionBudget'],
] as const

/** The mark of a pod or of one of the watched kinds. Total. */
export function markOf(object: KubeObject): Mark {
  const trouble = object.metadata.deletionTimestamp === undefined ? troubleOf(object) : ''
  const { namespace = '', generation } = object.metadata
  const spec =
    object.kind === 'Pod' ? '' : (generation ?? digest(canonicalJson(asJson(object)['spec'])).slice(0, 12))
  return { namespace, text: `${spec} ${trouble}`, troubled: trouble !== '' }
}

/* One word for what the status says is not as it should be; empty where nothing is. */
function troubleOf(object: KubeObject): string {
  const status = (name: string) => Number(at(object, 'status', name) ?? 0)
  switch (object.kind) {
    case 'Pod':
      return podTrouble(object)
    case 'Deployment':
      return failing(object, { Progressing: 'False', ReplicaFailure: 'True', Available: 'False' })
    case 'StatefulSet':
      return status('readyReplicas') < (wantedReplicas(object) ?? 1) ? 'unready' : ''
    case 'DaemonSet':
      return status('numberReady') < status('desiredNumberScheduled') ? 'unready' : ''
    case 'Job':
      return failing(object, { Failed: 'True' }) || (status('active') > status('ready') ? 'unready' : '')
    case 'PersistentVolumeClaim':
      return at(object, 'status', 'phase') === 'Bound' ? '' : String(at(object, 'status', 'phase'))
    case 'HorizontalPodAutoscaler':
      return failing(object, { AbleToScale: 'False', ScalingActive: 'False' })
    default:
      return ''
  }
}

function failing(object: KubeObject, bad: Readonly<Record<string, string>>): string {
  return Object.entries(bad)
    .flatMap(([type, status]) => {
      const found = condition(object, type)
      return found?.status === status ? [`${type}=${found.reason}`] : []
    })
    .join()
}

/* Why a pod is not ready: scheduling and the containers' waiting reasons, not how often they were restarted. */
function podTrouble(pod: KubeObject): string {
  const phase = at(pod, 'status', 'phase')
  if (phase === 'Succeeded') return ''
  if (phase === 'Failed') return `Failed ${String(at(pod, 'status', 'reason') ?? '')}`
  if (condition(pod, 'Ready')?.status === 'True') return ''
  const waiting = ['initContainerStatuses', 'containerStatuses'].flatMap((key) =>
    list(at(pod, 'status', key)).map((it) => String(at(it, 'state', 'waiting', 'reason') ?? '')),
  )
  return `${String(phase)} ${condition(pod, 'PodScheduled')?.reason ?? ''} ${waiting.join()}`
}

import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { ARGO, type EngineObjects } from './engine-objects.ts'
import type { Destination, Hold } from './engine-source.ts'
import { globMatches } from './glob.ts'
import { at, isTrue, listAt, objectAt, objectsAt, textAt, textsAt } from './reading.ts'

const IN_CLUSTER: ReadonlySet<string> = new Set(['https://kubernetes.default.svc', 'in-cluster'])

/** `spec.destination`; a cluster that is not named is the one that the Application lives in. */
export function argoDestination(application: KubeObject): Destination {
  const destination = objectAt(asJson(application)['spec'], 'destination')
  const namespace = textAt(destination, 'namespace')
  const cluster = textAt(destination, 'server') ?? textAt(destination, 'name')
  const isHere = cluster === undefined || IN_CLUSTER.has(cluster.replace(/\/$/, ''))
  return { ...(namespace !== undefined && { namespace }), ...(!isHere && { cluster }) }
}

/** Why what is merged would not be synced, or not by itself. */
export function argoHolds(
  objects: EngineObjects,
  application: KubeObject,
  destination: Destination,
  controllerNamespace: string,
): readonly Hold[] {
  const { metadata } = application
  const { spec } = asJson(application)
  const who = `Application ${metadata.namespace ?? ''}/${metadata.name}`
  const holds: Hold[] = []
  if (metadata.annotations?.['argocd.argoproj.io/skip-reconcile'] === 'true')
    holds.push({ reason: 'Suspended', sentence: `${who} is not reconciled: it carries skip-reconcile` })
  if (metadata.deletionTimestamp !== undefined)
    holds.push({ reason: 'Deleting', sentence: `${who} is being deleted` })
  if (destination.cluster !== undefined)
    holds.push({
      reason: 'RemoteCluster',
      sentence: `${who} applies to another cluster (${destination.cluster}), not to this one`,
    })
  const automated = objectAt(spec, 'syncPolicy', 'automated')
  if (automated === undefined || at(automated, 'enabled') === false)
    holds.push({
      reason: 'AutoSyncOff',
      sentence: `${who} is not synced automatically: somebody has to start the sync`,
    })
  if (textAt(spec, 'sourceHydrator', 'hydrateTo', 'targetBranch') !== undefined)
    holds.push({
      reason: 'Promotion',
      sentence: `${who} is hydrated to a branch of its own: what is merged arrives when that is promoted`,
    })
  return [
    ...holds,
    ...windowHolds(objects, application, destination, controllerNamespace),
    ...ignoredDifferences(application, who),
  ]
}

/** AppProject `spec.syncWindows` that fit the Application; whether one is open now is for whoever has a clock. */
function windowHolds(
  objects: EngineObjects,
  application: KubeObject,
  { cluster, namespace }: Destination,
  controllerNamespace: string,
): readonly Hold[] {
  const project = textAt(asJson(application)['spec'], 'project') ?? 'default'
  const found = objects.find(ARGO, 'AppProject', controllerNamespace, project)
  const facts = [
    ['applications', [application.metadata.name]],
    ['namespaces', [namespace ?? '']],
    ['clusters', cluster === undefined ? [...IN_CLUSTER] : [cluster]],
  ] as const
  const windows = objectsAt(found && asJson(found), 'spec', 'syncWindows').filter((window) => {
    const verdicts = facts.flatMap(([key, names]) => {
      const patterns = textsAt(window, key)
      if (patterns.length === 0) return []
      return [patterns.some((pattern) => names.some((name) => globMatches(pattern, name)))]
    })
    return isTrue(window, 'andOperator')
      ? verdicts.length > 0 && verdicts.every((fits) => fits)
      : verdicts.includes(true)
  })
  if (windows.length === 0) return []
  const said = windows.map((window) => {
    const zone = textAt(window, 'timeZone') ?? 'UTC'
    return `${textAt(window, 'kind') ?? 'allow'} "${textAt(window, 'schedule') ?? ''}" for ${textAt(window, 'duration') ?? '?'} (${zone})`
  })
  return [
    {
      reason: 'SyncWindow',
      sentence: `the project ${project} restricts when it is synced: ${said.join('; ')}`,
      windows,
    },
  ]
}

/** A change of Git under an ignored path never makes the Application OutOfSync (argo-cd#15094). */
function ignoredDifferences(application: KubeObject, who: string): readonly Hold[] {
  return objectsAt(asJson(application)['spec'], 'ignoreDifferences').map((rule): Hold => {
    const pointers = textsAt(rule, 'jsonPointers')
    const others = [...textsAt(rule, 'jqPathExpressions'), ...textsAt(rule, 'managedFieldsManagers')]
    const selector = Object.fromEntries(
      (['group', 'kind', 'namespace', 'name'] as const).flatMap((key) => {
        const text = textAt(rule, key)
        return text === undefined || text === '*' ? [] : [[key, text] as const]
      }),
    )
    const what = [...pointers, ...others].join(', ')
    return {
      reason: 'Ignored',
      sentence: `${who} ignores differences of ${textAt(rule, 'kind') ?? 'any object'} at ${what || 'no path'}: a change of only that is not synced`,
      only: {
        ...selector,
        pointers: listAt(rule, 'jqPathExpressions').length + others.length > 0 ? [] : pointers,
      },
    }
  })
}

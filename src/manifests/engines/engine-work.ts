import { asJson, groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import { type TargetRef, targetKey, targetOf } from '#src/domain/target.ts'
import { ARGO, FLUX_SOURCE } from './engine-objects.ts'
import { type EngineProgress, progressOf } from './engine-progress.ts'
import { sourceRefOf } from './flux-source.ts'
import { objectAt } from './reading.ts'
import type { LiveEngine } from './target-engine.ts'

/** A live object of an engine on the way from Git to a target. */
export interface EngineStage {
  readonly object: TargetRef
  readonly progress: EngineProgress
  /** What it was asked for last and may not have answered: Flux's token, `now` of Argo CD. */
  readonly askedFor: string | undefined
}

/** Sources first, then what applies, from the outermost to what applies the target itself. */
export interface EngineWork {
  readonly all: readonly EngineStage[]
  /** The one that applies the target itself; undefined where none is confirmed. */
  readonly applier: EngineStage | undefined
}

/** Only what confirmed claims lead to: nothing that a copied label names is ever asked for anything. */
export function engineWork({ links }: LiveEngine, objects: readonly KubeObject[]): EngineWork {
  const live = new Map(objects.map((object) => [targetKey(targetOf(object)), object]))
  const appliers = links
    .filter(({ relation }) => relation === 'applied by')
    .flatMap(({ object }) => live.get(targetKey(object)) ?? [])
  const sources = appliers.flatMap((applier) => {
    const { spec } = asJson(applier)
    const { namespace = '' } = applier.metadata
    const ref = objectAt(spec, 'sourceRef') ?? objectAt(spec, 'chart', 'spec', 'sourceRef')
    const wanted = sourceRefOf(ref, namespace)
    return objects.filter(
      ({ apiVersion, kind, metadata }) =>
        kind === 'GitRepository' &&
        wanted?.kind === kind &&
        groupOf(apiVersion) === FLUX_SOURCE &&
        metadata.namespace === wanted.namespace &&
        metadata.name === wanted.name,
    )
  })
  const [first] = appliers
  const unique = [...new Set([...sources, ...appliers.toReversed()])]
  return { all: unique.map(stageOf), applier: first && stageOf(first) }
}

function stageOf(object: KubeObject): EngineStage {
  const { annotations } = object.metadata
  const askedFor =
    groupOf(object.apiVersion) === ARGO
      ? annotations?.['argocd.argoproj.io/refresh'] && 'now'
      : annotations?.['reconcile.fluxcd.io/requestedAt']
  return { object: targetOf(object), progress: progressOf(object), askedFor }
}

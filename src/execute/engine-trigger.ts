import type { KubeApi } from '#src/cluster/kube-api.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { groupOf } from '#src/domain/kube-object.ts'
import { describeTarget, type TargetRef } from '#src/domain/target.ts'

/**
 * Asks engines to look at their source now, by the annotation that each of them documents for it, and by nothing else: a
 * sync operation of ours would carry other people's commits.
 */
export interface EngineTrigger {
  /**
   * In the order given, sources before what applies them. The same token twice asks Flux once. Returns a sentence for each
   * that could not be asked; throws ApiUnreachable and the like.
   */
  ask(engines: readonly TargetRef[], token: string): Promise<readonly string[]>
}

export const REFRESH = 'argocd.argoproj.io/refresh'
export const REQUESTED_AT = 'reconcile.fluxcd.io/requestedAt'

/** A manager of this name is left alone by kustomize-controller: what we annotate is not reverted by its own apply. */
const FLUX_MANAGER = 'flux-client-side-apply'
/** It waits on its own interval instead: nothing is lost but time. */
const NOT_ASKED: ReadonlySet<string> = new Set(['ApiForbidden', 'ApiNotFound', 'ApiRejected'])

export function openEngineTrigger(api: Pick<KubeApi, 'mergePatch'>): EngineTrigger {
  return {
    async ask(engines, token) {
      const problems: string[] = []
      for (const engine of engines) {
        const isArgo = groupOf(engine.apiVersion) === 'argoproj.io'
        const annotations = isArgo ? { [REFRESH]: 'normal' } : { [REQUESTED_AT]: token }
        try {
          await api.mergePatch(
            engine,
            { metadata: { annotations } },
            isArgo ? {} : { fieldManager: FLUX_MANAGER },
          )
        } catch (error) {
          if (!(error instanceof OperatorError && NOT_ASKED.has(error.code))) throw error
          problems.push(`${describeTarget(engine)} could not be asked to look: ${error.message}`)
        }
      }
      return problems
    },
  }
}

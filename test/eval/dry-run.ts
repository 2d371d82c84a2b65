import { connectToCluster } from '#src/cluster/connect.ts'
import { ObjectTypes } from '#src/cluster/object-types.ts'
import type { FieldChange } from '#src/domain/change.ts'
import { asOperatorError } from '#src/domain/errors.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { startControlPlane } from '#src/embedded/control-plane.ts'
import { openExecutor } from '#src/execute/executor.ts'
import { systemClock } from '#src/runtime/system-clock.ts'

/** What a real API server says of a change to an object of a case. */
export type ServerVerdict =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly why: string }
  /** The object as the case has it is none that the API server would hold. */
  | { readonly kind: 'no such object'; readonly why: string }

export type DryRunServer = Awaited<ReturnType<typeof startDryRunServer>>

/** A real API server for dry-runs. Nothing of a case runs there: only the object at fault is made, and removed again. */
export async function startDryRunServer(progress: (text: string) => void) {
  const plane = await startControlPlane({ progress, nodes: 0 })
  const cluster = connectToCluster({ kubeconfig: plane.kubeconfig }, systemClock)
  const types = new ObjectTypes(cluster.transport, systemClock)
  const executor = openExecutor(cluster.api)
  return {
    types: (target: { readonly apiVersion: string; readonly kind: string }) => types.of(target),
    async judge(object: KubeObject, changes: readonly FieldChange[]): Promise<ServerVerdict> {
      const namespace = `case-${crypto.randomUUID().slice(0, 8)}`
      const { apiVersion, kind } = object
      await cluster.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
      try {
        const live = await cluster.api
          .create(bare(object, namespace))
          .catch((error: unknown) => asOperatorError(error).message)
        if (typeof live === 'string') return { kind: 'no such object', why: live }
        const { verdict, message } = await executor.dryRun({ ...live, apiVersion, kind }, changes)
        return verdict === 'passed' ? { kind: 'accepted' } : { kind: 'refused', why: message }
      } finally {
        await cluster.api.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespace })
      }
    },
    async stop() {
      await cluster.close()
      await plane.stop()
    },
  }
}

/* As somebody would create it: what the API server itself writes is left to it. */
function bare({ status: _, metadata, ...rest }: KubeObject, namespace: string): KubeObject {
  const { name, labels, annotations } = metadata
  return {
    ...rest,
    metadata: { name, namespace, ...(labels && { labels }), ...(annotations && { annotations }) },
  }
}

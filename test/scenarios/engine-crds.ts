import { connectToCluster } from '#src/cluster/connect.ts'
import { ensureCrd } from '#src/cluster/ensure-crd.ts'
import { systemClock } from '#src/runtime/system-clock.ts'

const KINDS = [
  ['kustomize.toolkit.fluxcd.io', 'v1', 'Kustomization', 'kustomizations'],
  ['source.toolkit.fluxcd.io', 'v1', 'GitRepository', 'gitrepositories'],
  ['argoproj.io', 'v1alpha1', 'Application', 'applications'],
  ['argoproj.io', 'v1alpha1', 'AppProject', 'appprojects'],
] as const

/** The engines' kinds with schemas that take anything: nobody reconciles them here, the tests write their status. */
export async function installEngineKinds(kubeconfig: string | undefined): Promise<void> {
  const cluster = connectToCluster({ kubeconfig }, systemClock)
  try {
    for (const [group, version, kind, plural] of KINDS) {
      const crd = {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `${plural}.${group}` },
        spec: {
          group,
          scope: 'Namespaced',
          names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
          versions: [
            {
              name: version,
              served: true,
              storage: true,
              schema: {
                openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
              },
            },
          ],
        },
      }
      await ensureCrd(cluster, crd, systemClock)
    }
  } finally {
    await cluster.close()
  }
}

import type { RepositorySpec } from '#src/domain/repository.ts'
import type { TargetRef } from '#src/domain/target.ts'

type Policy = Pick<RepositorySpec, 'mode' | 'namespaces' | 'forge'>

/** What a reviewer brings about by merging: by mode, granted namespaces, and where we can tell the outcome. */
export function afterMerge({ mode, namespaces, forge }: Policy, { namespace }: TargetRef): string {
  const told = forge.type === 'git' ? 'in the Remediation' : 'here'
  return mode === 'apply' && namespaces.includes(namespace)
    ? `The operator then applies exactly this change to the cluster (unless a GitOps engine or somebody else owns the field) and says ${told} whether the workload has recovered.`
    : `The operator does not write to this namespace: whatever syncs this repository brings the change to the cluster, and the operator says ${told} whether the workload has recovered.`
}

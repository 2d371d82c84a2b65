import type { KubeApi } from '#src/cluster/kube-api.ts'
import type { FieldChange } from '#src/domain/change.ts'
import { parseFieldPath } from '#src/domain/field-path.ts'
import { equalJson } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { asksToBeIgnored } from '#src/domain/remediation.ts'
import type { WorkloadKind } from '#src/domain/target.ts'
import { gatherEvidence } from '#src/evidence/gather.ts'
import type { Redactor } from '#src/evidence/redact.ts'
import { readSnapshot } from '#src/evidence/snapshot.ts'
import { claimedObjects } from '#src/manifests/engines/claimed-objects.ts'
import type { ClusterReader } from '#src/reconcile/world.ts'
import type { Clock } from '#src/runtime/clock.ts'

const GROUP: Readonly<Record<Exclude<WorkloadKind, 'Job'>, string>> = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  CronJob: 'batch/v1',
}

/** Reads the cluster for the reconciler; whatever goes on from here to people or models is redacted. */
export function clusterReader(api: KubeApi, redactor: Redactor, clock: Pick<Clock, 'now'>): ClusterReader {
  return {
    snapshot: (target) => readSnapshot(api, target),
    engines: (object) => claimedObjects(object, (ref) => api.get(ref)),
    async ignoredNamespace(namespace) {
      const found = await api.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace })
      return found !== undefined && asksToBeIgnored(found)
    },
    evidence: (snapshot, fault, commits) =>
      gatherEvidence({ api, redactor }, snapshot, fault, clock.now(), commits),
    async neighbours(namespace) {
      const kinds = Object.entries(GROUP)
      const lists = await Promise.all(
        kinds.map(([kind, apiVersion]) => api.list(apiVersion, kind, { namespace })),
      )
      // Items of a list carry no kind of their own everywhere.
      return lists.flatMap((list, i) => {
        const [kind = '', apiVersion = ''] = kinds[i] ?? []
        return list.map((object): KubeObject => ({ ...object, kind, apiVersion }))
      })
    },
    holdsSecret: (changes) => holdsSecret(redactor, changes),
    redact: (text) => redactor.text(text),
  }
}

/** True when a change carries something that looks secret. */
export async function holdsSecret(redactor: Redactor, changes: readonly FieldChange[]): Promise<boolean> {
  // An environment variable's own name tells what its value is.
  const named = changes.flatMap((change) =>
    change.op === 'set' ? [{ [nameIn(change.field)]: change.value }] : [],
  )
  return !equalJson(await redactor.json(named), named)
}

/** `…containers[name=web].env[name=DB_PASSWORD].value` → `DB_PASSWORD`; a reference below `valueFrom` holds no value. */
function nameIn(field: string): string {
  const path = parseFieldPath(field)
  const env = path.findIndex((segment) => 'member' in segment && segment.member === 'env')
  const entry = env < 0 ? undefined : path[env + 1]
  const inner = env < 0 ? undefined : path[env + 2]
  const isReference = inner !== undefined && 'member' in inner && inner.member === 'valueFrom'
  return entry !== undefined && 'is' in entry && !isReference ? entry.is : 'value'
}

import type { KubeApi } from '#src/cluster/kube-api.ts'
import type { FieldChange } from '#src/domain/change.ts'
import { parseFieldPath } from '#src/domain/field-path.ts'
import { equalJson } from '#src/domain/json.ts'
import { asksToBeIgnored } from '#src/domain/remediation.ts'
import { gatherEvidence } from '#src/evidence/gather.ts'
import { NamespaceReader } from '#src/evidence/namespace-state.ts'
import type { Redactor } from '#src/evidence/redact.ts'
import { readSnapshot } from '#src/evidence/snapshot.ts'
import { claimedObjects } from '#src/manifests/engines/claimed-objects.ts'
import type { ClusterReader } from '#src/reconcile/world.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { Log } from '#src/runtime/log.ts'

/** Several who ask about a namespace at the same moment are answered by one look. Milliseconds. */
const FRESH = 300

/** Reads the cluster for the reconciler; whatever goes on from here to people or models is redacted. */
export function clusterReader(
  api: KubeApi,
  redactor: Redactor,
  clock: Pick<Clock, 'now' | 'monotonic'>,
  log: Log,
): ClusterReader {
  const namespaces = new NamespaceReader(api, clock, log)
  return {
    snapshot: (target) => readSnapshot(api, target),
    engines: (object) => claimedObjects(object, (ref) => api.get(ref)),
    async ignoredNamespace(namespace) {
      const found = await api.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace })
      return found !== undefined && asksToBeIgnored(found)
    },
    evidence: (snapshot, fault, commits, finding) =>
      gatherEvidence({ api, redactor }, snapshot, fault, clock.now(), commits, finding),
    state: (namespace) => namespaces.state(namespace, FRESH),
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

import { at, type ClusterState, objectsOf } from '#src/domain/cluster-state.ts'
import { digest } from '#src/domain/digest.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { GitVersion, WorkloadSnapshot } from '#src/domain/evidence.ts'
import type { JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { StateFinding } from '#src/domain/state-finding.ts'
import { isWorkloadKind, targetKey, targetOf } from '#src/domain/target.ts'
import { type GatherPorts, gatherEvidence } from '#src/evidence/gather.ts'
import type { Redactor } from '#src/evidence/redact.ts'
import type { FoundObject } from '#src/manifests/checkout/checkout-search.ts'
import type { Checkout } from '#src/manifests/checkout/open-checkout.ts'
import { incidentOfFinding } from '#src/propose/propose-offline.ts'
import type { Incident } from '#src/propose/proposer.ts'

export interface OfflineWorld {
  readonly state: ClusterState
  /** Milliseconds since the epoch: when the state was taken. */
  readonly now: number
  readonly checkout: Checkout
  readonly redactor: Redactor
  readonly registryTags: Readonly<Record<string, readonly string[]>>
}

/** Earlier states of the target that are looked at. */
const HISTORY = 10

/** What proposers and gates may look at, from a state and a checkout instead of an API server and a Git server. */
export async function offlineIncident(
  world: OfflineWorld,
  finding: StateFinding,
  found: FoundObject,
): Promise<Incident> {
  const { state, checkout, redactor, registryTags } = world
  const { namespace } = finding.target
  const rendered = inNamespace(found.origin.object, namespace)
  const past = await checkout.history(found, HISTORY)
  const gitHistory =
    past.length > 0 ? past.map((version) => withRendered(version, namespace)) : [uncommitted(rendered)]
  const declared = await checkout.declared(namespace)
  const incident = incidentOfFinding(finding, { state, rendered, gitHistory, declared, registryTags })
  if (incident === undefined) throw new OperatorError('TargetGone', 'it is not in the state')
  const snapshot = { ...incident.snapshot, workload: withUid(incident.snapshot.workload) }
  const fault = { ...incident.fault, message: await redactor.text(finding.message) }
  return { ...incident, snapshot, fault, evidence: await evidenceOf(world, snapshot, fault, gitHistory) }
}

/* Somebody may have left the uids out; within one state a name tells an object as well. */
function withUid(object: KubeObject): KubeObject {
  if (object.metadata.uid !== undefined) return object
  return {
    ...object,
    metadata: { ...object.metadata, uid: digest(targetKey(targetOf(object))).slice(0, 36) },
  }
}

async function evidenceOf(
  { state, redactor, now }: OfflineWorld,
  snapshot: WorkloadSnapshot,
  fault: Incident['fault'],
  history: readonly GitVersion[],
): Promise<JsonObject> {
  if (!isWorkloadKind(snapshot.workload.kind)) return {}
  const api: GatherPorts['api'] = {
    async log({ namespace, name }, { container, previous }) {
      const kept = state.logs.find(
        (each) => each.namespace === namespace && each.pod === name && each.container === container,
      )
      return previous ? kept?.previous : kept?.current
    },
    /** Evidence lists nothing but the events about one object. */
    async list(_apiVersion, kind, { namespace, fieldSelector } = {}) {
      const name = /involvedObject\.name=([^,]+)/.exec(fieldSelector ?? '')?.[1]
      return objectsOf(state, kind, namespace).filter((event) => at(event, 'involvedObject', 'name') === name)
    },
  }
  return gatherEvidence({ api, redactor }, snapshot, fault, now, Promise.resolve(history.slice(0, 5)))
}

/** The object as it will stand in the cluster. */
export function inNamespace(object: KubeObject, namespace: string): KubeObject {
  if (namespace === '' || object.metadata.namespace !== undefined) return object
  return { ...object, metadata: { ...object.metadata, namespace } }
}

function withRendered(version: GitVersion, namespace: string): GitVersion {
  const { rendered } = version
  return rendered === undefined ? version : { ...version, rendered: inNamespace(rendered, namespace) }
}

/** A folder without history still has a present. */
function uncommitted(rendered: KubeObject): GitVersion {
  return { commit: '', author: '', date: '', subject: 'not committed', ours: false, rendered }
}

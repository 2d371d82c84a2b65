import { findFaults } from '#src/detect/state/find-faults.ts'
import type { ClusterState } from '#src/domain/cluster-state.ts'
import type { GitVersion } from '#src/domain/evidence.ts'
import type { JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { type OfflineAnswer, type OfflineInput, proposeOffline } from '#src/propose/propose-offline.ts'
import { NOW } from '../detect/state/objects.ts'

export interface Commit {
  readonly object: JsonObject
  readonly ours?: boolean
  readonly subject?: string
}

/** Newest first: the object after each commit. */
export function commits(...versions: readonly (JsonObject | Commit)[]): readonly GitVersion[] {
  return versions.map((entry, i) => {
    const facts = isCommit(entry) ? entry : { object: entry }
    const number = versions.length - i
    return {
      commit: String(number).repeat(40),
      author: 'Alice <alice@shop.example>',
      date: `2026-02-0${number}T10:00:00Z`,
      subject: facts.subject ?? `change ${number}`,
      ours: facts.ours ?? false,
      rendered: inGit(facts.object),
    }
  })
}

function isCommit(entry: JsonObject | Commit): entry is Commit {
  return 'object' in entry
}

/** The object as people write it: what the API server adds is left out. */
function inGit(object: JsonObject): KubeObject {
  const { status: _status, metadata, ...rest } = object
  const { name, namespace, labels } = metadata as JsonObject
  return {
    ...rest,
    metadata: { name, namespace, ...(labels !== undefined && { labels }) },
  } as unknown as KubeObject
}

/** What is proposed for the only fault of the state. */
export async function answerFor(
  state: ClusterState,
  history: readonly GitVersion[],
  more: Partial<OfflineInput> = {},
): Promise<OfflineAnswer> {
  const [finding, ...others] = findFaults(state, NOW)
  const rendered = history[0]?.rendered
  if (finding === undefined || rendered === undefined || others.length > 0) {
    throw new Error(`${others.length + (finding === undefined ? 0 : 1)} faults instead of one`)
  }
  return proposeOffline(finding, { state, rendered, gitHistory: history, ...more })
}

/** The changes as `field` → value (undefined: removed), or the sentence that says why there are none. */
export async function changesFor(
  state: ClusterState,
  history: readonly GitVersion[],
  more: Partial<OfflineInput> = {},
): Promise<Readonly<Record<string, unknown>> | string> {
  const answer = await answerFor(state, history, more)
  if (answer.kind === 'abstain') return answer.reason
  return Object.fromEntries(
    answer.proposal.changes.map((change) => [change.field, change.op === 'set' ? change.value : undefined]),
  )
}

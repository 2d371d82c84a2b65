import { type Remainder, whatRemains } from '#src/detect/state/what-remains.ts'
import { applyChanges, type FieldChange } from '#src/domain/change.ts'
import { whereItFits } from '#src/domain/field-path.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { Incident } from './proposer.ts'

/** What would become of the fault if the cluster had these changes; `unknown` where its objects cannot tell. */
export function whatIf({ state, snapshot, fault }: Incident, changes: readonly FieldChange[]): Remainder {
  if (state === undefined) return 'unknown'
  const changed = changedObject(snapshot.workload, changes)
  return changed === undefined ? 'remains' : whatRemains(state, changed, fault)
}

/** The object with the changes; undefined where they do not fit it. */
export function changedObject(object: KubeObject, changes: readonly FieldChange[]): KubeObject | undefined {
  return whereItFits(() => applyChanges(asJson(object), changes) as unknown as KubeObject)
}

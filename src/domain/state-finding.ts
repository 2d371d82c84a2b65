import { digest } from './digest.ts'
import type { Family, Fault, Reason } from './fault.ts'
import { type ContainerRole, type TargetRef, targetKey } from './target.ts'

/** `critical`: something does not run or cannot be reached · `warning`: it will hurt later, or half of it works. */
export type Severity = 'critical' | 'warning'

/** An object that shows a fault, and what it says. `says` is text from the cluster: untrusted, cut. */
export interface EvidenceRef {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly says: string
}

/** One fault found in a cluster's objects: the same cause behind any number of pods. */
export interface StateFinding {
  readonly reason: Reason
  readonly family: Family
  readonly severity: Severity
  /** Milliseconds that it must have lasted before it is reported. */
  readonly settleMs: number
  /** One sentence for people. Names and numbers only, nothing that a container or a person wrote as text. */
  readonly sentence: string
  /** The object to repair: the workload behind pods, or the Service, Ingress, claim … itself. */
  readonly target: TargetRef
  readonly role: ContainerRole
  /** Empty where the fault is not one of a container. */
  readonly container: string
  /** Field paths in the target that may be at fault, the likeliest first. */
  readonly fields: readonly string[]
  /** What the kubelet, scheduler or a controller said; untrusted, at most a few hundred characters. */
  readonly message: string
  readonly evidence: readonly EvidenceRef[]
  /** Other objects that show the very same cause, each with its own place to repair. */
  readonly affected: readonly FaultPlaceRef[]
}

export type FaultPlaceRef = Pick<StateFinding, 'target' | 'role' | 'container' | 'fields'>

/** The same finding as it shows on one of the objects that it affects; all others stay affected. */
export function findingAt(finding: StateFinding, place: FaultPlaceRef): StateFinding {
  const { target, role, container, fields } = place
  const first: FaultPlaceRef = {
    target: finding.target,
    role: finding.role,
    container: finding.container,
    fields: finding.fields,
  }
  const affected = [first, ...finding.affected].filter((other) => other !== place)
  return { ...finding, target, role, container, fields, affected }
}

/** The finding as the proposers know it. Its key tells faults apart in one state; it is made of no message or time. */
export function faultOfFinding(finding: StateFinding): Fault {
  const { reason, family, role, container, fields, message, target } = finding
  const field = fields[0] ?? ''
  const key = digest(targetKey(target), container, family, field).slice(0, 32)
  return { key, reason, family, role, container, field, message }
}

/** Several that refer to one missing name are hardly all misspelt: what they refer to is what is missing. */
export function sharedCause({
  affected,
  target,
}: Pick<StateFinding, 'affected' | 'target'>): string | undefined {
  const others = affected.filter(
    (place) => place.target.name !== target.name || place.target.kind !== target.kind,
  )
  return others.length === 0
    ? undefined
    : `${others.length + 1} objects refer to the same missing thing: it is that which is missing.`
}

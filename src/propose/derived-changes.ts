import { derivedForAutoscaling } from './derive/autoscaling.ts'
import { derivedForClaim } from './derive/claim.ts'
import type { Derived } from './derive/derived.ts'
import { derivedForImage } from './derive/image.ts'
import { derivedForIngress } from './derive/ingress.ts'
import { derivedForLimits } from './derive/limits.ts'
import { derivedForMemory } from './derive/memory.ts'
import { derivedForProbe } from './derive/probe.ts'
import { derivedForReferenceKey } from './derive/reference-key.ts'
import { derivedForScheduling } from './derive/scheduling.ts'
import { derivedForService } from './derive/service.ts'
import type { Incident } from './proposer.ts'

const DERIVATIONS: readonly ((incident: Incident) => readonly Derived[])[] = [
  derivedForImage,
  derivedForReferenceKey,
  derivedForMemory,
  derivedForProbe,
  derivedForScheduling,
  derivedForLimits,
  derivedForClaim,
  derivedForService,
  derivedForIngress,
  derivedForAutoscaling,
]

/**
 * Every change whose value follows from other objects: names, labels, ports and tags that exist, steps within bounds.
 * Playbooks choose among them, and the grounding gate derives them anew. Without a state there are none.
 */
export function derivedChanges(incident: Incident): readonly Derived[] {
  return DERIVATIONS.flatMap((derive) => derive(incident))
}

import type { Family } from '#src/domain/fault.ts'
import { derivedChanges } from '#src/propose/derived-changes.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { securityFacts } from './security-facts.ts'

/* What each family of faults may bring back, if Git had it. Nothing here loosens what is privileged, or a host's. */
const RETURNING: Readonly<Partial<Record<Family, RegExp>>> = {
  image: /^pull secret /,
  account: /^ServiceAccount /,
  claim: /^volume [^:]+: persistentVolumeClaim /,
  mount: /^(?:(?:read|write) mount of volume |volume [^:]+: persistentVolumeClaim )/,
  security: /^(?:runAsUser=[1-9]|runAsGroup=[1-9]|fsGroup=[1-9]|fsGroupChangePolicy=|supplementalGroups=)/,
}

type Known = Pick<Incident, 'history' | 'fault' | 'rendered' | 'target'> & Partial<Incident>

/**
 * A grant that the fault is about, and that the workload had in Git before; or a volume claim or pull secret that is
 * derived from the cluster anew (never a ServiceAccount).
 */
export function mayReturn(incident: Known | undefined, grant: string): boolean {
  if (incident === undefined || RETURNING[incident.fault.family]?.test(grant) !== true) return false
  const stood = incident.history
    .slice(1)
    .some(({ rendered }) => rendered !== undefined && securityFacts(rendered).grants.has(grant))
  return stood || (incident.fault.family !== 'account' && isDerivedGrant(incident, grant))
}

function isDerivedGrant(incident: Known, grant: string): boolean {
  if (incident.snapshot === undefined || incident.references === undefined) return false
  const values = derivedChanges(incident as Incident).flatMap(({ changes }) =>
    changes.flatMap((change) => (change.op === 'set' ? [change.value] : [])),
  )
  if (incident.fault.family === 'image') {
    const names = values.flatMap((value) => (Array.isArray(value) ? value : [])).map((item) => nameIn(item))
    return names.some((name) => name !== undefined && grant === `pull secret ${name}`)
  }
  return (
    incident.fault.family === 'claim' &&
    values.some((value) => grant.endsWith(` {"claimName":${JSON.stringify(value)}}`))
  )
}

function nameIn(item: unknown): string | undefined {
  const name = typeof item === 'object' && item !== null && 'name' in item ? item.name : undefined
  return typeof name === 'string' ? name : undefined
}

/** A limit or probe that is itself at fault, and that the container did not have before: it may go again. */
export function isTheFault(incident: Known | undefined, guard: string): boolean {
  if (incident === undefined) return false
  const { family, container, field } = incident.fault
  const probe = /\.(readinessProbe|livenessProbe|startupProbe)$/.exec(field)?.[1]
  const faulty =
    (family === 'memory' && guard === `limit of memory of container ${container}`) ||
    (family === 'ephemeral' && guard.startsWith('limit of ephemeral-storage of container ')) ||
    (family === 'probe' && probe !== undefined && guard === `${probe} of container ${container}`)
  if (!faulty) return false
  return incident.history.slice(1).some(({ rendered }) => {
    if (rendered === undefined) return false
    const { guards } = securityFacts(rendered)
    return guards.has(`container ${container || guard.replace(/^.* container /, '')}`) && !guards.has(guard)
  })
}

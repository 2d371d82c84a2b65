import type { GateName, GateVerdict } from '#src/domain/proposal.ts'

export function passed(gate: GateName, message: string): GateVerdict {
  return { gate, verdict: 'passed', message }
}

export function refused(gate: GateName, message: string): GateVerdict {
  return { gate, verdict: 'refused', message }
}

/** Refused with the first trouble, or passed where there is none. */
export function judge(gate: GateName, troubles: readonly string[], otherwise: string): GateVerdict {
  const [first, ...more] = troubles
  if (first === undefined) return passed(gate, otherwise)
  return refused(gate, more.length === 0 ? first : `${first} (and ${more.length} more)`)
}

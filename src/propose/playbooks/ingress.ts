import { isNamedField, repairPlaybook } from './repair.ts'

/** An Ingress whose class, backend, port or TLS Secret does not exist → what stood there before; else the one that is meant. */
export const ingressPlaybook = repairPlaybook({
  name: 'ingress',
  family: 'ingress',
  trouble: ({ fault }) => `refers to something that does not exist (${fault.reason})`,
  risk: 'Traffic from outside takes this way as soon as it is applied.',
  isWanted: isNamedField,
})

import { isNamedField, repairPlaybook } from './repair.ts'

/** A claim or StorageClass that does not exist → the name before; else the existing one that the name is a slip of. */
export const claimPlaybook = repairPlaybook({
  name: 'claim',
  family: 'claim',
  trouble: ({ fault }) => `gets no volume (${fault.reason})`,
  risk: 'The specification of an existing claim is immutable: an unbound one must be deleted so that it is made anew.',
  isWanted: (path, incident) => incident.fault.reason === 'ClaimPending' || isNamedField(path, incident),
})

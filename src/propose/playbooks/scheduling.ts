import { isNamedField, repairPlaybook } from './repair.ts'

/** Pods that fit on no node → the requests, selector, affinity or tolerations before; else the label or taint that nodes really have. */
export const schedulingPlaybook = repairPlaybook({
  name: 'scheduling',
  family: 'scheduling',
  trouble: () => 'has pods that fit on no node',
  risk: 'Its pods may come to run on other nodes than was meant.',
  isWanted: (path, incident) =>
    (incident.fields ?? []).length === 0 || isNamedField(path, incident) || isResource(path),
  whyNothing: ({ fault }) =>
    /Insufficient /.test(fault.message)
      ? 'Nodes have too little left: that is a matter of capacity, or of priorities.'
      : undefined,
})

/* Which container asks for too much is judged by the nodes. */
function isResource(path: readonly object[]): boolean {
  return path.some((segment) => 'member' in segment && segment.member === 'resources')
}

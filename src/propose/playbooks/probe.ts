import { isNamedField, repairPlaybook } from './repair.ts'

/** A container that runs and whose probe fails → the probe before, unless the program changed with it; else its declared port. */
export const probePlaybook = repairPlaybook({
  name: 'probe',
  family: 'probe',
  trouble: () => 'runs, and its probe fails',
  risk: 'The earlier probe may say that the container is well where the later one would not.',
  isWanted: (path, incident) => isNamedField(path, incident) || isPorts(path),
  doubt: ({ commit, others }) =>
    others.some((field) => /\.(?:image|command|args)$|\.env(?:\[|$)/.test(field))
      ? `${commit} or a later one changed the program as well: its probe may have changed with it.`
      : undefined,
})

function isPorts(path: readonly object[]): boolean {
  return path.some((segment) => 'member' in segment && segment.member === 'ports')
}

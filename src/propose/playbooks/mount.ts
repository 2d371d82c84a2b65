import { repairPlaybook } from './repair.ts'

/** A mount that cannot be made → the mounts and volumes before. */
export const mountPlaybook = repairPlaybook({
  name: 'mount',
  family: 'mount',
  trouble: () => 'has a mount that cannot be made',
  risk: 'The container sees the files that it saw before.',
  doubt: ({ commit, others }) =>
    others.some((field) => /\.(?:image|command|args)$/.test(field))
      ? `${commit} or a later one changed the program as well: which of them broke it is open.`
      : undefined,
})

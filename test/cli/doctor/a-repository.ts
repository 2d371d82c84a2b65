import type { RepositorySpec } from '#src/domain/repository.ts'

/** A repository on plain Git, with what a test cares about on top. */
export function repository(about: Partial<RepositorySpec> = {}): RepositorySpec {
  return {
    name: 'infra',
    url: 'https://git.example.com/shop/infra.git',
    branch: 'main',
    forge: { type: 'git', allowUnreviewed: true },
    paths: [{ path: '.' }],
    namespaces: [],
    mode: 'apply',
    pullRequest: { branchPrefix: 'aiops-operator/', labels: [], includeLogs: false },
    ...about,
  }
}

import type { RepositorySpec } from '#src/domain/repository.ts'
import { repositoryUrl } from '#src/manifests/engines/repository-url.ts'

/** A ManifestRepository as it was read: what it describes, or what is wrong with it. */
export interface Candidate {
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly created: number
  readonly read:
    | { readonly ok: true; readonly repository: RepositorySpec }
    | { readonly ok: false; readonly message: string }
}

/** Whether a ManifestRepository counts. Messages begin with the field that is in the way. */
export type Admission =
  | { readonly admitted: true; readonly repository: RepositorySpec }
  | { readonly admitted: false; readonly reason: 'InvalidSpec' | 'Conflicting'; readonly message: string }

interface Holder {
  readonly who: string
  readonly repository: RepositorySpec
}

/**
 * Which ManifestRepositories count beside the configuration file's repositories. Two that share a name, a namespace, or
 * URL and branch would undo each other's changes: the file's wins, then the older object, then the one whose name comes
 * first. The other one does not count as long as the conflict lasts. Pure.
 */
export function admissions(
  file: readonly RepositorySpec[],
  candidates: readonly Candidate[],
): ReadonlyMap<string, Admission> {
  const holders: Holder[] = file.map((repository) => ({
    who: `repository ${repository.name} of the configuration file`,
    repository,
  }))
  const verdicts = new Map<string, Admission>()
  for (const { name, read } of candidates.toSorted(olderFirst)) {
    if (!read.ok) {
      verdicts.set(name, { admitted: false, reason: 'InvalidSpec', message: read.message })
      continue
    }
    const { repository } = read
    const message = holders.map((holder) => conflict(repository, holder)).find((each) => each !== undefined)
    if (message !== undefined) verdicts.set(name, { admitted: false, reason: 'Conflicting', message })
    else {
      verdicts.set(name, { admitted: true, repository })
      holders.push({ who: `ManifestRepository ${name}, which is older`, repository })
    }
  }
  return verdicts
}

function olderFirst(a: Candidate, b: Candidate): number {
  return a.created === b.created ? (a.name < b.name ? -1 : 1) : a.created - b.created
}

function conflict(repository: RepositorySpec, holder: Holder): string | undefined {
  const { who, repository: theirs } = holder
  if (repository.name === theirs.name) return `metadata.name: is the name of ${who}, too; that one counts`
  const isSameUrl = comparable(repository.url) === comparable(theirs.url)
  if (isSameUrl && repository.branch === theirs.branch)
    return `spec.url: with branch ${repository.branch} it is that of ${who}; that one counts`
  const shared = repository.namespaces.findIndex((namespace) => theirs.namespaces.includes(namespace))
  return shared === -1
    ? undefined
    : `spec.namespaces[${shared}]: ${repository.namespaces[shared]} is granted to ${who}; a namespace belongs to one repository`
}

function comparable(url: string): string {
  return repositoryUrl(url) ?? url
}

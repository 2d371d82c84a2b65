import type { Json } from '#src/domain/json.ts'
import type { Hold, WantedRevision } from './engine-source.ts'
import { textAt } from './reading.ts'

/**
 * GitRepository `spec.ref`: commit before name before semver before tag before branch, `master` without any of them
 * (source-controller, GitRepositoryRef).
 */
export function fluxRevision(ref: Json | undefined): WantedRevision {
  const [commit, name, semver] = [textAt(ref, 'commit'), textAt(ref, 'name'), textAt(ref, 'semver')]
  if (commit !== undefined) return { kind: 'commit', name: commit }
  if (name !== undefined) return ofReference(name) ?? { kind: 'reference', name }
  if (semver !== undefined) return { kind: 'semver', name: semver }
  const tag = textAt(ref, 'tag')
  return tag === undefined
    ? { kind: 'branch', name: textAt(ref, 'branch') ?? 'master' }
    : { kind: 'tag', name: tag }
}

/**
 * Application `targetRevision`: empty and `HEAD` are the default branch; a constraint is resolved among the tags; what
 * looks like a version is taken for a tag, 7 to 40 hexadecimal digits with a decimal one for a commit (Argo CD, tracking strategies).
 */
export function argoRevision(text: string | undefined): WantedRevision {
  if (text === undefined || text === 'HEAD') return { kind: 'HEAD' }
  const reference = ofReference(text)
  if (reference !== undefined) return reference
  if (/^refs\//.test(text)) return { kind: 'reference', name: text }
  if (/^[0-9a-f]{40}$/i.test(text) || /^(?=.*\d)[0-9a-f]{7,39}$/.test(text))
    return { kind: 'commit', name: text }
  if (/[*<>=^~|\s]|^v?\d+(?:\.\d+)?(?:\.[xX])+$/.test(text)) return { kind: 'semver', name: text }
  if (/^v?\d+\.\d+(?:\.\d+)?(?:[-+].*)?$/.test(text)) return { kind: 'tag', name: text }
  return { kind: 'branch', name: text }
}

function ofReference(text: string): WantedRevision | undefined {
  const [, kind, name] = /^refs\/(heads|tags)\/(.+)$/.exec(text) ?? []
  if (name === undefined) return undefined
  return { kind: kind === 'heads' ? 'branch' : 'tag', name }
}

/** A merge moves branches only. */
export function pinnedHold(revision: WantedRevision, who: string): readonly Hold[] {
  if (!['tag', 'semver', 'commit', 'reference'].includes(revision.kind)) return []
  return [
    {
      reason: 'PinnedRevision',
      sentence: `${who} follows ${describeRevision(revision)} and no branch: a merge changes nothing until that moves`,
    },
  ]
}

/** `branch main`, `tag v1.2.3`, `the default branch`. */
export function describeRevision(revision: WantedRevision): string {
  if (revision.kind === 'HEAD') return 'the default branch'
  if (revision.kind === 'unknown') return 'an unknown revision'
  return `${revision.kind === 'semver' ? 'the version range' : `the ${revision.kind}`} ${revision.name}`
}

/** True when a merge into this branch is what the engine sees. HEAD may be any branch: the caller knows which. */
export function followsBranch(revision: WantedRevision, branch: string, defaultBranch = branch): boolean {
  if (revision.kind === 'HEAD') return branch === defaultBranch
  return revision.kind === 'branch' && revision.name === branch
}

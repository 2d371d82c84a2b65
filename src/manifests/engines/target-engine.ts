import { jsonPointer, parseFieldPath } from '#src/domain/field-path.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { SourceEngine } from '#src/domain/remediation.ts'
import { describeTarget, targetKey, targetOf } from '#src/domain/target.ts'
import type { ChainLink } from './chain.ts'
import { engineChain } from './chain.ts'
import type { ClaimedObjects } from './claimed-objects.ts'
import type { EngineSource, Hold, WantedRevision } from './engine-source.ts'
import { holdsFor } from './holds-for.ts'
import { repositoryUrl } from './repository-url.ts'
import { describeRevision, followsBranch } from './wanted-revision.ts'

/** Who applies a live object, by the engines' live objects. Nothing claims it: an empty chain. */
export interface LiveEngine {
  readonly links: readonly ChainLink[]
  readonly problems: readonly string[]
}

/** Why a change of one repository would never reach the target. */
export interface Unreachable {
  readonly code: 'SourceElsewhere' | 'RevisionPinned' | 'FieldIgnored'
  readonly sentence: string
}

export function liveEngine(live: KubeObject, { objects, problems, byLabel }: ClaimedObjects): LiveEngine {
  const links = engineChain(live, objects, byLabel ? { trackingMethod: 'label' } : {})
  // A release that no HelmRelease makes was installed by hand: nobody reconciles it.
  return { links: links.filter(({ object }) => object.kind !== 'Release'), problems }
}

/** Those who applied the object itself, and not those who applied them. */
function direct({ links }: LiveEngine): readonly ChainLink[] {
  const [first] = confirmed({ links, problems: [] })
  if (first === undefined) return []
  return [first]
}

function confirmed({ links }: LiveEngine): readonly ChainLink[] {
  return links.filter(({ relation }) => relation !== 'claimed by')
}

export function isConfirmed(engine: LiveEngine): boolean {
  return engine.links[0]?.relation === 'applied by'
}

interface Feed {
  readonly revision: WantedRevision
  readonly object: string
}

/** The revisions of one repository that sources take files or values from. */
function feedsOf(sources: readonly EngineSource[], url: string | undefined): readonly Feed[] {
  return sources.flatMap((source) => {
    const object = describeTarget(source.object)
    return [source, ...source.valueSources]
      .filter((each) => each.repositoryUrl === url)
      .map(({ revision }) => ({ revision, object }))
  })
}

function urlsOf(sources: readonly EngineSource[]): readonly string[] {
  return sources.flatMap(({ repositoryUrl: url, valueSources }) => [
    ...(url === undefined ? [] : [url]),
    ...valueSources.map((each) => each.repositoryUrl),
  ])
}

/**
 * Whether what a confirmed engine follows can be reached through a repository and its base branch: undefined when it can,
 * or when it is not known. What is not confirmed refuses nothing here, and confirms nothing either.
 */
export function unreachable(
  engine: LiveEngine,
  repository: { readonly url: string; readonly branch: string },
): Unreachable | undefined {
  if (!isConfirmed(engine)) return undefined
  const url = repositoryUrl(repository.url)
  const all = confirmed(engine).flatMap(({ sources }) => sources)
  const own = direct(engine).flatMap(({ sources }) => sources)
  // Values may stand in an engine's object, which others brought there from another repository than the chart's.
  const feeds = [feedsOf(own, url), feedsOf(all, url)].find((each) => each.length > 0) ?? []
  const who = describeTarget((direct(engine)[0] ?? engine.links[0])?.object ?? noObject)
  const known = urlsOf(all)
  if (feeds.length === 0) {
    if (known.length === 0) return undefined
    const where = [...new Set(known)].join(', ')
    return {
      code: 'SourceElsewhere',
      sentence: `${who} applies it from ${where}, which is not a configured repository of its namespace`,
    }
  }
  if (feeds.some(({ revision }) => followsBranch(revision, repository.branch) || revision.kind === 'unknown'))
    return undefined
  const [feed] = feeds
  const follows = `${feed?.object ?? who} follows ${describeRevision(feed?.revision ?? { kind: 'unknown' })}`
  return feeds.some(({ revision }) => revision.kind === 'branch')
    ? {
        code: 'SourceElsewhere',
        sentence: `${follows}, and pull requests go into ${repository.branch}: a merge changes nothing`,
      }
    : {
        code: 'RevisionPinned',
        sentence: `${follows} and no branch: a merge changes nothing until that moves`,
      }
}

const noObject = { apiVersion: '', kind: 'object', namespace: '', name: '' }

/** A change of these fields that an engine leaves alone, where that is certain. */
export function ignoredChange(
  sources: readonly EngineSource[],
  rendered: KubeObject,
  fields: readonly string[],
): Unreachable | undefined {
  const target = targetOf(rendered)
  for (const field of fields) {
    const pointer = jsonPointer(asJson(rendered), parseFieldPath(field))
    if (pointer === undefined) continue
    const hold = sources
      .flatMap((source) => holdsFor(source, { target, pointer }))
      .find(({ reason, only }) => reason === 'Ignored' && (only?.pointers.length ?? 0) > 0)
    if (hold !== undefined) return { code: 'FieldIgnored', sentence: hold.sentence }
  }
  return undefined
}

/** The sources whose holds concern the target: the confirmed engine's own, else those that Git names around it. */
export function heldSources(engine: LiveEngine, inGit: readonly EngineSource[]): readonly EngineSource[] {
  if (isConfirmed(engine)) return direct(engine).flatMap(({ sources }) => sources)
  const claimed = new Set(engine.links.map(({ object }) => targetKey(object)))
  const named = inGit.filter(({ object }) => claimed.has(targetKey(object)))
  return named.length > 0 ? named : inGit
}

/** What is told of the engine on the pull request and in the status; undefined where nothing speaks of one. */
export function sourceEngine(engine: LiveEngine, inGit: readonly EngineSource[]): SourceEngine | undefined {
  const [link] = engine.links
  const sources = heldSources(engine, inGit)
  if (link === undefined && inGit.length === 0) return undefined
  const holds = distinct(sources.flatMap((each) => each.holds).filter(({ only }) => only === undefined))
  if (link !== undefined && isConfirmed(engine))
    return { object: describeTarget(link.object), confirmed: true, why: link.sentence, holds }
  const names = [...new Set(inGit.map(({ object }) => describeTarget(object)))]
  const why =
    [link?.sentence, ...engine.problems].filter((each) => each !== undefined).join('; ') ||
    `${names.join(', ')} in Git would make it, and no label or annotation of it says so`
  return { object: 'unknown', confirmed: false, why, holds }
}

function distinct(holds: readonly Hold[]): SourceEngine['holds'] {
  const bySentence = new Map(holds.map(({ reason, sentence }) => [sentence, { reason, sentence }]))
  return [...bySentence.values()]
}

import { describeChange, type FieldChange } from '#src/domain/change.ts'
import { differences } from '#src/domain/difference.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import { equalJson, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { describeTarget, type TargetRef } from '#src/domain/target.ts'
import type { Rendered, RootRenderer } from './render-root.ts'
import type { RepositoryFiles } from './repository-files.ts'
import type { RepositoryReader } from './repository-reader.ts'
import { identityOf, isTarget, objectsOf, withNamespace } from './target-match.ts'
import type { Origin } from './trace.ts'
import { isUnparsable } from './yaml-text.ts'

/** What an edit is held against. */
export interface Claim {
  readonly target: TargetRef
  readonly origin: Origin
  /** What the target must be afterwards. */
  readonly expected: JsonObject
  readonly changes: readonly FieldChange[]
}

export type EditProver = (
  before: RepositoryFiles,
  after: RepositoryFiles,
  claim: Claim,
) => Promise<KubeObject>

const MAX_LISTED = 10

/**
 * Builds everything that reaches a changed file, before and after, and compares every object. Returns the target as it is
 * afterwards. BlastRadius when another object differs, ProofFailed when the target is not exactly what it should be.
 */
export function editProver(
  reader: RepositoryReader,
  renderer: RootRenderer,
  rootsOf: (files: RepositoryFiles) => Promise<readonly string[]>,
  namespaceOf: (path: string) => string | undefined,
): EditProver {
  async function plainObjects(files: RepositoryFiles, file: string): Promise<Rendered> {
    const documents = (await reader.parse(files, [file])).get(file)
    if (documents === undefined || isUnparsable(documents)) return []
    return objectsOf(documents).map(({ object }) => object)
  }

  /** A root that cannot be built before the edit is not live in that form, and proves nothing. */
  async function builtBefore(
    files: RepositoryFiles,
    root: string,
    isOwn: boolean,
  ): Promise<Rendered | undefined> {
    try {
      return await renderer.render(files, root)
    } catch (error) {
      if (isOwn || !(error instanceof OperatorError) || error.code !== 'RenderFailed') throw error
      return undefined
    }
  }

  return async (before, after, claim) => {
    const { origin, target } = claim
    const changed = [...after.changed.keys()].filter((path) => before.version(path) !== after.version(path))
    const others: string[] = []
    let result: KubeObject | undefined
    const compare = (source: string, isOwn: boolean, was: Rendered, is: Rendered) => {
      const namespace = namespaceOf(source)
      for (const [i, object] of was.entries()) {
        const now = is[i]
        const own = isOwn && isTarget(object, target, namespace)
        if (own) {
          result = now === undefined ? undefined : withNamespace(now, namespace)
        } else if (now === undefined || !equalJson(asJson(object), asJson(now))) {
          others.push(`${identityOf(object)} (${source || '.'})`)
        }
      }
      for (const extra of is.slice(was.length)) others.push(`${identityOf(extra)} (${source || '.'})`)
    }
    for (const root of new Set([
      ...(origin.kind === 'kustomize' ? [origin.root] : []),
      ...(await rootsOf(before)),
    ])) {
      const { files } = await renderer.closure(before, root)
      if (!changed.some((path) => files.includes(path))) continue
      const isOwn = origin.kind === 'kustomize' && root === origin.root
      const was = await builtBefore(before, root, isOwn)
      if (was !== undefined) compare(root, isOwn, was, await renderer.render(after, root))
    }
    if (origin.kind === 'plain') {
      compare(
        origin.file,
        true,
        await plainObjects(before, origin.file),
        await plainObjects(after, origin.file),
      )
    }
    if (others.length > 0) throw blastRadius(claim, others)
    if (result === undefined || !equalJson(asJson(result), claim.expected)) throw notProven(claim, result)
    return result
  }
}

function blastRadius({ target, changes }: Claim, others: readonly string[]): OperatorError {
  const listed = others.slice(0, MAX_LISTED).join(', ')
  const more = others.length > MAX_LISTED ? ` and ${others.length - MAX_LISTED} more` : ''
  const fields = changes.map(({ field }) => field).join(', ')
  return new OperatorError('BlastRadius', `the source of ${fields} also feeds ${listed}${more}`, {
    object: describeTarget(target),
  })
}

function notProven({ target, expected, changes }: Claim, result: KubeObject | undefined): OperatorError {
  const object = describeTarget(target)
  if (result === undefined)
    return new OperatorError('ProofFailed', 'it is no longer rendered after the edit', { object })
  const wrong = differences(expected, asJson(result))
    .slice(0, 5)
    .map(({ path }) => formatFieldPath(path))
  const wanted = changes.map(describeChange).join(', ').slice(0, 300)
  return new OperatorError(
    'ProofFailed',
    `after the edit for ${wanted} these fields are not as intended: ${wrong.join(', ')}`,
    { object },
  )
}

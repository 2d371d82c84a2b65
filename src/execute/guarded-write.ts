import type { KubeApi, ObjectRef } from '#src/cluster/kube-api.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { FIELD_MANAGER, type ProposedPatch } from '#src/domain/remediation.ts'
import { describeTarget, targetOf } from '#src/domain/target.ts'
import { refusalOf } from './api-refusal.ts'
import type { FieldConflict } from './managed-fields.ts'

export interface Intended {
  readonly patch: ProposedPatch
  /** All of it as one JSON Patch, whatever `patch` is. */
  readonly operations: readonly JsonObject[]
  /** Takes fields from other managers. Never without having judged them. */
  readonly force: boolean
}

/** `stale`: the object is not the one that was read. Nothing was written then, nor on conflicts. */
export type Written =
  | { readonly kind: 'written'; readonly object: KubeObject }
  | { readonly kind: 'conflict'; readonly conflicts: readonly FieldConflict[] }
  | { readonly kind: 'stale' }

/**
 * uid and resourceVersion go along: an apply would otherwise create a deleted object anew, or force a field from
 * somebody who took it a moment ago. Seen on 1.36: another resourceVersion is a 409, no object for the uid too.
 */
export async function write(
  api: KubeApi,
  live: KubeObject,
  intended: Intended,
  { dryRun }: { readonly dryRun: boolean },
): Promise<Written> {
  const options = { dryRun, fieldManager: FIELD_MANAGER, fieldValidation: 'Strict' } as const
  const { patch, force } = intended
  try {
    const object =
      patch.apply === undefined
        ? await api.jsonPatch(refOf(live), patch.remove ?? [], options)
        : await api.apply(withPreconditions(patch.apply, live), { ...options, force })
    return { kind: 'written', object }
  } catch (error) {
    return afterRefusal(api, live, error, intended)
  }
}

async function afterRefusal(
  api: KubeApi,
  live: KubeObject,
  error: unknown,
  intended: Intended,
): Promise<Written> {
  const object = describeTarget(targetOf(live))
  const refusal = refusalOf(error)
  switch (refusal?.kind) {
    case undefined:
      throw error
    case 'stale':
      return { kind: 'stale' }
    case 'conflict':
      return refusal
    case 'gone':
      throw new OperatorError('TargetGone', 'it was deleted meanwhile', { object, cause: error })
    case 'denied':
      if (await mayPatch(api, live)) break
      throw new OperatorError('ApplyForbidden', refusal.sentence, { object, cause: error })
    case 'unexplained': {
      const opinion = await opinionOn(api, live, intended)
      if (opinion === 'stale') return { kind: 'stale' }
      if (opinion === 'refused') break
      throw error
    }
    case 'refused':
      break
  }
  throw new OperatorError('DryRunRefused', refusal.sentence, { object, cause: error })
}

/**
 * A 500 may be a value that server-side apply cannot convert (seen on 1.36: `1 GB` as a quantity), or an API server in
 * trouble. The same change as a JSON Patch is answered with a 422 in the first case.
 */
async function opinionOn(api: KubeApi, live: KubeObject, { operations }: Intended) {
  try {
    await api.jsonPatch(refOf(live), operations, { dryRun: true })
    return undefined
  } catch (error) {
    return refusalOf(error)?.kind
  }
}

/**
 * Authorization and admission both answer 403. A patch whose `test` cannot hold tells them apart: authorization is asked
 * before the patch is tried, admission never sees it.
 */
async function mayPatch(api: KubeApi, live: KubeObject): Promise<boolean> {
  try {
    await api.jsonPatch(refOf(live), [{ op: 'test', path: '/metadata/uid', value: '' }], { dryRun: true })
    return true
  } catch (error) {
    return refusalOf(error)?.kind !== 'denied'
  }
}

function withPreconditions(body: JsonObject, { metadata }: KubeObject): JsonObject {
  const own = body['metadata'] as JsonObject
  return { ...body, metadata: { ...own, uid: metadata.uid, resourceVersion: metadata.resourceVersion } }
}

export function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name }
}

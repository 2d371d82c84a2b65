import { OperatorError } from '#src/domain/errors.ts'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject, member } from '#src/domain/kube-object.ts'
import type { Clock } from '#src/runtime/clock.ts'
import type { Discovery } from './discovery.ts'
import type { KubeApi } from './kube-api.ts'

const POLL_MS = 100
const PATIENCE_MS = 30_000

/**
 * Installs a CustomResourceDefinition, or brings it up to date, and waits until the API server serves its kind.
 * For the demo and tests: in a real cluster an administrator does it. Throws ApiUnreachable after 30 s.
 */
export async function ensureCrd(
  cluster: { readonly api: KubeApi; readonly discovery: Discovery },
  crd: JsonObject,
  clock: Clock,
): Promise<void> {
  const applied = await cluster.api.apply(crd, { force: true })
  const ref = { apiVersion: applied.apiVersion, kind: applied.kind, name: applied.metadata.name }
  const { apiVersion, kind } = servedBy(crd)
  for (const end = clock.monotonic() + PATIENCE_MS; clock.monotonic() < end; await clock.sleep(POLL_MS)) {
    const now = await cluster.api.get(ref)
    if (now && isEstablished(now) && (await isServed(cluster.discovery, apiVersion, kind))) return
  }
  throw new OperatorError('ApiUnreachable', 'the API server does not serve it after 30 s', {
    object: ref.name,
  })
}

function servedBy(crd: JsonObject): { readonly apiVersion: string; readonly kind: string } {
  const versions = at(crd, 'spec', 'versions')
  const first = isArray(versions) ? versions[0] : undefined
  const [group, version, kind] = [
    at(crd, 'spec', 'group'),
    at(first, 'name'),
    at(crd, 'spec', 'names', 'kind'),
  ]
  return { apiVersion: `${String(group)}/${String(version)}`, kind: String(kind) }
}

function isEstablished(crd: KubeObject): boolean {
  const conditions = at(asJson(crd), 'status', 'conditions')
  const isTrue = (each: JsonObject) => each['type'] === 'Established' && each['status'] === 'True'
  return isArray(conditions) && conditions.filter(isObject).some(isTrue)
}

/** Discovery follows a moment after Established. */
async function isServed(discovery: Discovery, apiVersion: string, kind: string): Promise<boolean> {
  try {
    await discovery.resource(apiVersion, kind)
    return true
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'ApiNotFound') return false
    throw error
  }
}

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((here, key) => member(here, key), value)
}

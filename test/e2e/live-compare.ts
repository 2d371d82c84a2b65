import assert from 'node:assert/strict'
import { differences } from '#src/domain/difference.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import { equalJson, isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { describeTarget, targetKey } from '#src/domain/target.ts'
import { byTarget, type EngineScene, liveTarget } from './engine-scene.ts'

/** The labels or annotations with which an engine marks what it applied: the only thing that we do not render. */
export type Tracking = (object: KubeObject) => {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

const KUBECTL_NOTE = 'kubectl.kubernetes.io/last-applied-configuration'
const REVISION = 'deployment.kubernetes.io/revision'

/** Fields that each object is compared on, counted. */
export interface Compared {
  readonly objects: number
  readonly fields: number
}

/**
 * Every field that we render stands in the live object with the same value. Absent and empty are the same to the API
 * server for maps and lists; it adds defaults, also to the items of lists, but no items.
 */
export function assertLive(rendered: readonly KubeObject[], live: readonly KubeObject[]): Compared {
  const found = byTarget(live)
  let fields = 0
  for (const object of rendered) {
    const who = describeTarget(liveTarget(object))
    const other = found.get(targetKey(liveTarget(object)))
    assert.ok(other, `${who} is not live; there is ${[...found.keys()].join(' ')}`)
    const unlike = notHeld(asJson(object), asJson(other), '', () => {
      fields += 1
    })
    assert.deepEqual(unlike, [], `${who} lives as we render it`)
  }
  return { objects: rendered.length, fields }
}

function notHeld(ours: Json, live: Json | undefined, at: string, count: () => void): readonly string[] {
  if (ours === null || (isObject(ours) && Object.keys(ours).length === 0)) return []
  if (isArray(ours) && ours.length === 0) return []
  if (isObject(ours) && isObject(live))
    return Object.entries(ours).flatMap(([key, value = null]) =>
      notHeld(value, live[key], `${at}.${key}`, count),
    )
  if (isArray(ours) && isArray(live) && ours.length === live.length)
    return ours.flatMap((item, i) => notHeld(item, live[i], `${at}[${i}]`, count))
  count()
  return live !== undefined && equalJson(ours, live)
    ? []
    : [`${at}: ${JSON.stringify(ours)} is ${JSON.stringify(live)}`]
}

/**
 * What the engine's own manager holds is what we render, no more and no less: an apply of our objects in its name, as a
 * dry run, changes nothing. The API server itself is the judge of what is equal.
 */
export async function assertAppliesAsIs(
  scene: EngineScene,
  manager: string,
  rendered: readonly KubeObject[],
  live: readonly KubeObject[],
  tracking: Tracking,
): Promise<void> {
  const found = byTarget(live)
  const items = rendered.map((object) => marked(object, tracking))
  const text = await scene.kubectl(
    ['apply', '--server-side', '--dry-run=server', `--field-manager=${manager}`, '--output=json', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  )
  const answer = JSON.parse(text) as KubeObject & { readonly items?: readonly KubeObject[] }
  for (const after of answer.items ?? [answer]) {
    const before = found.get(targetKey(liveTarget(after)))
    assert.ok(before)
    const changed = changedFields(before, after)
    assert.deepEqual(changed, [], `${describeTarget(liveTarget(after))}: ${manager} would change nothing`)
  }
}

/** What the engine noted of its last client-side apply is what we render, no more and no less. */
export function assertNoted(
  rendered: readonly KubeObject[],
  live: readonly KubeObject[],
  tracking: Tracking,
): void {
  const found = byTarget(live)
  for (const object of rendered) {
    const note = found.get(targetKey(liveTarget(object)))?.metadata.annotations?.[KUBECTL_NOTE]
    const noted = JSON.parse(note ?? 'null') as Json
    const differing = differences(asJson(marked(object, tracking)), noted)
    assert.deepEqual(differing, [], `${describeTarget(liveTarget(object))} was applied as we render it`)
  }
}

function marked(object: KubeObject, tracking: Tracking): KubeObject {
  const { labels, annotations } = tracking(object)
  const { metadata } = object
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(labels && { labels: { ...metadata.labels, ...labels } }),
      ...(annotations && { annotations: { ...metadata.annotations, ...annotations } }),
    },
  }
}

/** `FIELD: BEFORE → AFTER` for what a person or an engine sets; controllers' and the server's own notes left out. */
export function changedFields(before: KubeObject, after: KubeObject): readonly string[] {
  return differences(setFields(before), setFields(after)).map(
    (each) => `${formatFieldPath(each.path)}: ${JSON.stringify(each.before)} → ${JSON.stringify(each.after)}`,
  )
}

function setFields(object: KubeObject): JsonObject {
  const { status, metadata, ...rest } = asJson(object)
  assert.ok(isObject(metadata))
  const { resourceVersion, managedFields, generation, creationTimestamp, uid, annotations, ...kept } =
    metadata
  const { [KUBECTL_NOTE]: applied, [REVISION]: revision, ...own } = isObject(annotations) ? annotations : {}
  return { ...rest, metadata: { ...kept, annotations: own } }
}

/** The live objects that differ now, with what differs, by `Kind namespace/name`. */
export function changedObjects(
  before: readonly KubeObject[],
  after: readonly KubeObject[],
): Readonly<Record<string, readonly string[]>> {
  const [old, now] = [byTarget(before), byTarget(after)]
  const keys = [...new Set([...old.keys(), ...now.keys()])]
  return Object.fromEntries(
    keys.flatMap((key): readonly (readonly [string, readonly string[]])[] => {
      const [one, other] = [old.get(key), now.get(key)]
      if (one === undefined || other === undefined) return [[key, [one === undefined ? 'new' : 'gone']]]
      const fields = changedFields(one, other)
      return fields.length === 0 ? [] : [[describeTarget(liveTarget(one)), fields]]
    }),
  )
}

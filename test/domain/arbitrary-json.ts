import fc from 'fast-check'
import type { Segment } from '#src/domain/field-path.ts'
import type { Json, JsonObject } from '#src/domain/json.ts'

/**
 * Keys as they come in manifests, among them those that JavaScript objects inherit. None ends with a backslash: where
 * objects with such a key were seen before, JSON.parse of V8 (Node 24.21) reads `{"":1,"\"":2}` as one with the key `\`.
 */
export const anyKey: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'name',
    'image',
    'app.kubernetes.io/name',
    'constructor',
    '__proto__',
    '',
    'a b',
    '0',
    '"',
    ']',
    'a\\b',
    '$x-y',
  ),
  fc.string({ maxLength: 6 }).filter((key) => !key.endsWith('\\')),
)

export const anySegment: fc.Arbitrary<Segment> = fc.oneof(
  fc.record({ member: anyKey }, { noNullPrototype: true }),
  fc.record({ index: fc.nat(20) }, { noNullPrototype: true }),
  fc.record(
    { by: fc.constantFrom('name', 'mountPath', 'containerPort'), is: anyKey },
    { noNullPrototype: true },
  ),
)

/** JSON as a manifest has it: objects, atomic lists, and lists whose items are told by their name. */
export const { json: anyJson } = fc.letrec<{ json: Json; object: JsonObject }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Json>(null, true, 0, 1, '', 'x', 'web'),
    fc.array(fc.constantFrom<Json>('a', 'b', 1), { maxLength: 3 }),
    fc.uniqueArray(tie('object'), {
      maxLength: 3,
      selector: (item) => item['name'],
    }),
    tie('object'),
  ),
  object: fc
    .tuple(fc.constantFrom('a', 'b', 'c'), fc.array(fc.tuple(anyKey, tie('json')), { maxLength: 3 }))
    .map(([name, members]): JsonObject => Object.fromEntries([...members, ['name', name]])),
}))

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseFieldPath } from '#src/domain/field-path.ts'
import type { Json, JsonObject } from '#src/domain/json.ts'
import { mayHold, type ObjectType, typeOf } from '#src/domain/object-type.ts'

/** In the forms that an API server uses: a reference wrapped in an allOf, an int-or-string, a free object, a map. */
const schemas: JsonObject = {
  'test.Web': {
    type: 'object',
    'x-kubernetes-group-version-kind': [{ group: 'test', version: 'v1', kind: 'Web' }],
    properties: {
      kind: { type: 'string' },
      spec: { allOf: [{ $ref: '#/components/schemas/test.Spec' }], default: {} },
    },
  },
  'test.Spec': {
    type: 'object',
    required: ['items'],
    properties: {
      items: { type: 'array', items: { default: {}, allOf: [{ $ref: '#/components/schemas/test.Item' }] } },
      port: { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
      policy: { type: 'string', enum: ['Always', 'Never'] },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      self: { $ref: '#/components/schemas/test.Circle' },
    },
  },
  'test.Item': {
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string' },
      count: { type: 'integer' },
      args: { type: 'array', items: { type: 'string' } },
    },
  },
  'test.Circle': { $ref: '#/components/schemas/test.Circle' },
}
const type = typeOf(schemas, 'test/v1', 'Web') ?? assert.fail()
const holds = (field: string, value?: Json, of: ObjectType = type) =>
  mayHold(of, parseFieldPath(field), value)

const allowed: Record<string, [string, Json?]> = {
  'a text in an item': ['spec.items[name=a].name', 'b'],
  'an item with all that it needs': ['spec.items[name=a]', { name: 'a', count: 1 }],
  'a list of texts': ['spec.items[0].args', ['x']],
  'a number where a number or a text may stand': ['spec.port', 80],
  'a text there': ['spec.port', 'http'],
  'a label of any name': ['spec.labels["a.b/c"]', 'x'],
  'one of the listed words': ['spec.policy', 'Never'],
  'anything below a free field': ['spec.free.what.ever', [1]],
  'the absence of what is not required': ['spec.items[name=a].count'],
}
const refused: Record<string, [string, Json?]> = {
  'a field that the server does not know': ['spec.unicorn', 'x'],
  'a field below a text': ['kind.x', 'x'],
  'a number for a text': ['spec.items[name=a].name', 1],
  'half a number': ['spec.items[name=a].count', 0.5],
  'an item without its name': ['spec.items[name=a]', { count: 1 }],
  'an item with a strange member': ['spec.items[name=a]', { name: 'a', unicorn: 1 }],
  'a list with a number among texts': ['spec.items[0].args', ['x', 1]],
  'a flag where a number or a text may stand': ['spec.port', true],
  'another word': ['spec.policy', 'Sometimes'],
  null: ['spec.policy', null],
  'the absence of what is required': ['spec.items'],
  'anything behind a reference that leads back to itself': ['spec.self', 'x'],
  'a member that objects inherit': ['spec.constructor', 'x'],
}

describe('a type allows', () => {
  for (const [sentence, [field, value]] of Object.entries(allowed))
    it(sentence, () => assert.equal(holds(field, value), true))
})

describe('a type does not allow', () => {
  for (const [sentence, [field, value]] of Object.entries(refused))
    it(sentence, () => assert.equal(holds(field, value), false))
})

it('there is no type for another version or kind', () => {
  assert.equal(typeOf(schemas, 'test/v2', 'Web'), undefined)
  assert.equal(typeOf(schemas, 'v1', 'Web'), undefined)
})

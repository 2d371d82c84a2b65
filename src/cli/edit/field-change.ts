import type { FieldChange } from '#src/domain/change.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { type FieldPath, formatFieldPath, positionOf, type Segment, valueAt } from '#src/domain/field-path.ts'
import { isArray, type Json, ownMember } from '#src/domain/json.ts'
import { namedPath } from '#src/domain/named-path.ts'
import type { FieldRequest } from './field-argument.ts'

/**
 * The change that a request means for the object as it is rendered; undefined when it is so already. A list position
 * becomes the item's name where every item has one. EditRefused for fields that Git does not decide.
 */
export function changeFor(request: FieldRequest, object: Json): FieldChange | undefined {
  const path = namedPath(request.path, object)
  const field = formatFieldPath(path)
  refuseIdentity(path, field)
  const present = valueAt(object, path)
  if (request.op === 'remove') return present === undefined ? undefined : { op: 'remove', field }
  refuseNewContainer(path, object)
  const value = inItsType(request, path, present)
  return JSON.stringify(value) === JSON.stringify(present) ? undefined : { op: 'set', field, value }
}

function refuseIdentity(path: FieldPath, field: string): void {
  const [first, second] = path
  const isMetadata = first !== undefined && 'member' in first && first.member === 'metadata'
  const top = first !== undefined && 'member' in first ? first.member : ''
  const inner = second !== undefined && 'member' in second ? second.member : ''
  if (top === 'kind' || (isMetadata && ['', 'name', 'namespace', 'generateName'].includes(inner)))
    throw new OperatorError('EditRefused', 'it tells which object this is; another one would come of it', {
      object: field,
    })
  if (
    top === 'status' ||
    (isMetadata && /^(uid|resourceVersion|generation|managedFields|creationTimestamp)$/.test(inner))
  )
    throw new OperatorError('EditRefused', 'the cluster writes it, not Git', { object: field })
}

const CONTAINERS: ReadonlySet<string> = new Set(['containers', 'initContainers', 'ephemeralContainers'])

/** A mistyped name must not become one container more. */
function refuseNewContainer(path: FieldPath, object: Json): void {
  for (const [i, segment] of path.entries()) {
    const list = path[i - 1]
    if (!('by' in segment) || list === undefined || !('member' in list) || !CONTAINERS.has(list.member))
      continue
    if (i === path.length - 1) continue
    const items = valueAt(object, path.slice(0, i))
    if (isArray(items) && positionOf(items, segment) < 0) {
      const names = items.map((item) => String(ownMember(item, 'name'))).join(', ')
      throw new OperatorError('EditRefused', `there is no such container; there is ${names}`, {
        object: formatFieldPath(path.slice(0, i + 1)),
      })
    }
  }
}

/** Fields that hold a number or a name: a plain number stays one. */
const NUMBER_OR_NAME: ReadonlySet<string> = new Set([
  'port',
  'targetPort',
  'maxSurge',
  'maxUnavailable',
  'minAvailable',
])

/** Maps whose values the API takes only as strings. */
const STRING_MAPS: ReadonlySet<string> = new Set([
  ...[
    'labels',
    'annotations',
    'matchLabels',
    'nodeSelector',
    'selector',
    'data',
    'stringData',
    'commonLabels',
  ],
  ...['limits', 'requests', 'hard', 'capacity', 'parameters'],
])
const STRING_LISTS: ReadonlySet<string> = new Set(['command', 'args'])

/** A plain scalar in the type that stands there, or that the API wants there: `1.20` for a text is the text "1.20". */
function inItsType(
  { value, plain }: Extract<FieldRequest, { op: 'set' }>,
  path: FieldPath,
  present: Json | undefined,
): Json {
  if (plain === undefined || typeof value === 'string' || value === null) return value
  const last = memberOf(path.at(-1))
  if (typeof present === 'string')
    return typeof value === 'number' && NUMBER_OR_NAME.has(last) ? value : plain
  return present === undefined && isStringPlace(path) ? plain : value
}

function isStringPlace(path: FieldPath): boolean {
  const [around, last] = [memberOf(path.at(-2)), path.at(-1)]
  if (last !== undefined && !('member' in last)) return STRING_LISTS.has(around)
  if (STRING_MAPS.has(around)) return memberOf(path[0]) !== 'data' || path.length === 2
  return memberOf(last) === 'value' && memberOf(path.at(-3)) === 'env'
}

function memberOf(segment: Segment | undefined): string {
  return segment !== undefined && 'member' in segment ? segment.member : ''
}

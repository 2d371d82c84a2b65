import { isListKey } from './difference.ts'
import { type FieldPath, type Segment, valueAt } from './field-path.ts'
import { isArray, type Json, ownMember } from './json.ts'

/** `containers[0]` → `containers[name=web]` where every item has a name: positions differ between a base and its patches. */
export function namedPath(path: FieldPath, object: Json): FieldPath {
  const named: Segment[] = []
  for (const segment of path) {
    const list = named.length === 0 ? object : valueAt(object, named)
    const name =
      'index' in segment && isArray(list) && isListKey(list, 'name')
        ? ownMember(list[segment.index], 'name')
        : undefined
    named.push(name === undefined ? segment : { by: 'name', is: String(name) })
  }
  return named
}

import type { Family, Fault } from '#src/domain/fault.ts'
import { type FieldPath, isWithin, parseFieldPath, type Segment } from '#src/domain/field-path.ts'
import { containerPath, isWorkloadKind, podSpecPath } from '#src/domain/target.ts'
import { CONTAINER_RULES, OBJECT_RULES, POD_RULES } from './allow-list-rules.ts'
import type { ContainerRef } from './container-view.ts'

/** What a field may hold; the schema gate knows each. */
export type FieldShape =
  | 'image'
  | 'strings'
  | 'text'
  | 'env-list'
  | 'env-item'
  | 'env-source'
  | 'key-reference'
  | 'field-reference'
  | 'object-name'
  | 'data-key'
  | 'port'
  | 'port-name'
  | 'quantity'
  | 'whole-number'
  | 'number-or-percent'
  | 'flag'
  | 'only-false'
  | 'label-value'
  | 'labels'
  | 'json'

export interface FieldRule {
  readonly below: 'container' | 'pod' | 'object'
  /** A field path below that; `*` stands for any item or member. */
  readonly pattern: string
  readonly shape: FieldShape
  readonly families: readonly Family[]
  /** Kinds of objects; absent: every workload. */
  readonly kinds?: readonly string[]
  /** True: everything below the pattern as well. Only for fields that no value makes dangerous. */
  readonly deep?: boolean
}

const both = ['config', 'run'] as const

/** Every field that may ever be proposed, and for which families of faults. What is not here is never touched. */
export const FIELD_RULES: readonly FieldRule[] = [
  { below: 'container', pattern: 'image', shape: 'image', families: ['image', 'run'] },
  { below: 'container', pattern: 'command', shape: 'strings', families: ['run'] },
  { below: 'container', pattern: 'args', shape: 'strings', families: ['run'] },
  { below: 'container', pattern: 'workingDir', shape: 'text', families: ['run'] },
  { below: 'container', pattern: 'env', shape: 'env-list', families: ['run'] },
  { below: 'container', pattern: 'env[name=*]', shape: 'env-item', families: ['run'] },
  { below: 'container', pattern: 'env[name=*].value', shape: 'text', families: ['run'] },
  { below: 'container', pattern: 'env[name=*].valueFrom', shape: 'env-source', families: ['run'] },
  ...(['configMapKeyRef', 'secretKeyRef'] as const).flatMap((source): readonly FieldRule[] => {
    const at = `env[name=*].valueFrom.${source}`
    return [
      { below: 'container', pattern: at, shape: 'key-reference', families: ['run'] },
      { below: 'container', pattern: `${at}.name`, shape: 'object-name', families: both },
      { below: 'container', pattern: `${at}.key`, shape: 'data-key', families: both },
    ]
  }),
  {
    below: 'container',
    pattern: 'env[name=*].valueFrom.fieldRef',
    shape: 'field-reference',
    families: ['run'],
  },
  {
    below: 'container',
    pattern: 'env[name=*].valueFrom.fieldRef.fieldPath',
    shape: 'text',
    families: ['run'],
  },
  ...['envFrom[index=*].configMapRef.name', 'envFrom[index=*].secretRef.name'].map(
    (pattern): FieldRule => ({ below: 'container', pattern, shape: 'object-name', families: ['config'] }),
  ),
  ...[
    'volumes[name=*].configMap.name',
    'volumes[name=*].secret.secretName',
    'volumes[name=*].projected.sources[index=*].configMap.name',
    'volumes[name=*].projected.sources[index=*].secret.name',
  ].map((pattern): FieldRule => ({ below: 'pod', pattern, shape: 'object-name', families: ['config'] })),
  ...['configMap', 'secret'].flatMap((source): readonly FieldRule[] => [
    { below: 'pod', pattern: `volumes[name=*].${source}.items[key=*]`, shape: 'json', families: ['config'] },
  ]),
  ...POD_RULES,
  ...CONTAINER_RULES,
  ...OBJECT_RULES,
]

/** True when a fault of this family, in this container of such a workload, may be answered with this field. */
export function isAllowed(path: FieldPath, kind: string, family: Family, ref: ContainerRef): boolean {
  return rulesOf(path, kind, ref).some(({ families }) => families.includes(family))
}

/** What a field holds, whatever the fault; undefined for fields that nobody may propose. */
export function shapeOf(path: FieldPath, kind: string, ref: ContainerRef): FieldShape | undefined {
  const rules = rulesOf(path, kind, ref)
  return (rules.find(({ deep }) => deep !== true) ?? rules[0])?.shape
}

/** The path below the container or the pod spec of a fault, without its place in the workload; else the whole path. */
export function relativePath(path: FieldPath, kind: string, ref: Pick<Fault, 'role' | 'container'>) {
  if (!isWorkloadKind(kind)) return { below: 'object' as const, path }
  const pod = podSpecPath(kind)
  if (!isWithin(path, pod)) return { below: 'object' as const, path }
  const container = containerPath(kind, ref.role, ref.container)
  const inContainer = ref.container === '' ? isInAnyContainer(path, pod.length) : isWithin(path, container)
  if (inContainer) return { below: 'container' as const, path: path.slice(container.length) }
  return { below: 'pod' as const, path: path.slice(pod.length) }
}

/* A fault of the whole object may be answered in any of its containers. */
function isInAnyContainer(path: FieldPath, depth: number): boolean {
  const [list, item] = path.slice(depth)
  if (list === undefined || item === undefined || !('member' in list) || !('by' in item)) return false
  return item.by === 'name' && (list.member === 'containers' || list.member === 'initContainers')
}

function rulesOf(path: FieldPath, kind: string, ref: ContainerRef): readonly FieldRule[] {
  const relative = relativePath(path, kind, ref)
  return FIELD_RULES.filter(
    ({ below, pattern, kinds, deep }) =>
      below === relative.below &&
      (kinds === undefined ? isWorkloadKind(kind) : kinds.includes(kind)) &&
      matches(relative.path, parseFieldPath(pattern), deep === true),
  )
}

function matches(path: FieldPath, pattern: FieldPath, deep: boolean): boolean {
  const fits = deep ? path.length >= pattern.length : path.length === pattern.length
  return fits && pattern.every((step, i) => matchesStep(path[i], step))
}

function matchesStep(segment: Segment | undefined, step: Segment): boolean {
  if (segment === undefined) return false
  if ('member' in step) return 'member' in segment && (step.member === '*' || segment.member === step.member)
  if (!('by' in step)) return false
  if (step.by === 'index') return 'index' in segment
  return 'by' in segment && segment.by === step.by && (step.is === '*' || segment.is === step.is)
}

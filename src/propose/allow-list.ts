import type { Fault, Family } from '#src/domain/fault.ts'
import { type FieldPath, isWithin, parseFieldPath, type Segment } from '#src/domain/field-path.ts'
import { containerPath, isWorkloadKind, podSpecPath } from '#src/domain/target.ts'
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

interface FieldRule {
  readonly below: 'container' | 'pod'
  /** A field path below that; `*` stands for any item. */
  readonly pattern: string
  readonly shape: FieldShape
  readonly families: readonly Family[]
}

const both = ['config', 'run'] as const

/** Every field that may ever be proposed, for which families of faults. What is not here is never touched. */
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
]

/** True when a fault of this family, in this container of such a workload, may be answered with this field. */
export function isAllowed(path: FieldPath, kind: string, family: Family, ref: ContainerRef): boolean {
  return ruleOf(path, kind, ref)?.families.includes(family) ?? false
}

/** What a field holds, whatever the fault; undefined for fields that nobody may propose. */
export function shapeOf(path: FieldPath, kind: string, ref: ContainerRef): FieldShape | undefined {
  return ruleOf(path, kind, ref)?.shape
}

/** The path below the container or the pod spec of a fault, without its place in the workload. */
export function relativePath(path: FieldPath, kind: string, ref: Pick<Fault, 'role' | 'container'>) {
  if (!isWorkloadKind(kind)) return undefined
  const container = containerPath(kind, ref.role, ref.container)
  const pod = podSpecPath(kind)
  if (isWithin(path, container)) return { below: 'container' as const, path: path.slice(container.length) }
  return isWithin(path, pod) ? { below: 'pod' as const, path: path.slice(pod.length) } : undefined
}

function ruleOf(path: FieldPath, kind: string, ref: ContainerRef): FieldRule | undefined {
  const relative = relativePath(path, kind, ref)
  if (relative === undefined) return undefined
  return FIELD_RULES.find(
    ({ below, pattern }) => below === relative.below && matches(relative.path, parseFieldPath(pattern)),
  )
}

function matches(path: FieldPath, pattern: FieldPath): boolean {
  return path.length === pattern.length && pattern.every((step, i) => matchesStep(path[i], step))
}

function matchesStep(segment: Segment | undefined, step: Segment): boolean {
  if (segment === undefined) return false
  if ('member' in step) return 'member' in segment && segment.member === step.member
  if (!('by' in step)) return false
  if (step.by === 'index') return 'index' in segment
  return 'by' in segment && segment.by === step.by && (step.is === '*' || segment.is === step.is)
}

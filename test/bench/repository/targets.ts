import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { FieldChange } from '#src/domain/change.ts'
import type { TargetRef } from '#src/domain/target.ts'
import type { Place } from './place.ts'

export const FIELD: FieldChange = {
  op: 'set',
  field: 'spec.template.spec.containers[name=app].resources.limits.memory',
  value: '512Mi',
}

/** Two Deployments of every overlay's own. */
export const ONE = 0
export const ANOTHER = 3

export function overlayOf(app: number): string {
  return `apps/app${app}/prod`
}

export function overlayTarget(app: number, i: number): TargetRef {
  const name = `app${app}-prod-${i}`
  return { apiVersion: 'apps/v1', kind: 'Deployment', namespace: `app${app}-prod`, name }
}

/** The least that a render costs: the renderer alone, on the files where they lie. */
export async function build({ kustomize, tree }: Place, app: number): Promise<void> {
  await promisify(execFile)(kustomize, ['build', join(tree, overlayOf(app))], { maxBuffer: 2 ** 26 })
}

export async function twoBuilds(place: Place, app: number): Promise<void> {
  await build(place, app)
  await build(place, app)
}

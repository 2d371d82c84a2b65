import { FIELD_MANAGER } from '#src/domain/remediation.ts'
import { engineOfManager } from './engine.ts'
import type { Owner } from './managed-fields.ts'

/**
 * Who wins a field that Git wants to change and somebody else owns.
 * `git`: kubectl in all its forms, objects from before server-side apply, Helm, and ourselves.
 * `engine`: a GitOps engine, which writes what was merged itself.
 * `manager`: the other one: autoscalers, controllers, and whoever is not known.
 */
export function winnerOver({ manager, subresource }: Owner): 'git' | 'engine' | 'manager' {
  if (subresource !== '') return 'manager'
  if (manager === FIELD_MANAGER || YIELDING.test(manager)) return 'git'
  return engineOfManager(manager) === undefined ? 'manager' : 'engine'
}

const YIELDING = /^(kubectl(-.*)?|before-first-apply|helm)$/i

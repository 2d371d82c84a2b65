import { basename, isAbsolute, relative, resolve } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'
import type { Root } from '#src/domain/root.ts'
import type { Checkout } from '#src/manifests/open-checkout.ts'

export interface RootArguments {
  readonly root: string
  readonly values: readonly string[]
  readonly release: string | undefined
  readonly namespace: string | undefined
}

/**
 * The root that a command line names. Paths are taken from the repository, absolute ones inside it too; a folder with a
 * Chart.yaml is a chart. ConfigInvalid where there is none, EditRefused where a path leads out of the repository.
 */
export function rootArgument(checkout: Checkout, { root, values, release, namespace }: RootArguments): Root {
  const folder = locate(checkout, root, 'folder', '--root')
  const isChart = checkout.files.find('Chart.yaml', folder).kind === 'file'
  if (!isChart) {
    const [option] = [
      values.length > 0 ? '--values' : undefined,
      release === undefined ? undefined : '--release',
    ].filter((each) => each !== undefined)
    if (option !== undefined)
      throw new OperatorError('ConfigInvalid', `${folder || '.'} is no chart: it has no Chart.yaml`, {
        object: option,
      })
    return { folder }
  }
  const layers = values.map((path) => ({
    kind: 'file' as const,
    path: locate(checkout, path, 'file', '--values'),
  }))
  const name = release ?? basename(folder || checkout.folder)
  return { folder, helm: { release: name, namespace: namespace || 'default', values: layers } }
}

function locate(checkout: Checkout, path: string, kind: 'file' | 'folder', option: string): string {
  const inside = isAbsolute(path) ? relative(checkout.folder, resolve(path)) : path
  const found = checkout.files.find(inside)
  if (found.kind === 'outside')
    throw new OperatorError('EditRefused', 'it leads out of the repository', { object: `${option} ${path}` })
  if (found.kind !== kind)
    throw new OperatorError('ConfigInvalid', `there is no such ${kind} in ${checkout.folder}`, {
      object: `${option} ${path}`,
    })
  return found.path
}

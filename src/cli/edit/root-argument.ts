import { basename, isAbsolute, relative, resolve } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'
import type { Root } from '#src/domain/root.ts'
import type { Checkout } from '#src/manifests/checkout/open-checkout.ts'

export interface RootArguments {
  readonly root: string
  readonly values: readonly string[]
  readonly release: string | undefined
  readonly namespace: string | undefined
}

/**
 * The root that a command line names. Paths are taken from the repository, else from the current folder; they lead into
 * the repository. A folder with a Chart.yaml is a chart. ConfigInvalid where there is none, EditRefused where a path leads out of the repository.
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
  const fromHere = () => checkout.files.find(relative(checkout.folder, resolve(path)))
  const inRepository = isAbsolute(path) ? fromHere() : checkout.files.find(path)
  const isThere = inRepository.kind === kind || inRepository.kind === 'outside'
  const found = isThere || isAbsolute(path) ? inRepository : fromHere()
  if (found.kind === 'outside' && (isAbsolute(path) || inRepository.kind === 'outside'))
    throw new OperatorError('EditRefused', 'it leads out of the repository', { object: `${option} ${path}` })
  if (found.kind !== kind)
    throw new OperatorError('ConfigInvalid', `there is no such ${kind} in ${checkout.folder}`, {
      object: `${option} ${path}`,
    })
  return found.path
}

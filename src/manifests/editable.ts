import { isObject, type Json } from '#src/domain/json.ts'
import { folderOf, type RepositoryFiles } from './repository-files.ts'

const GENERATED = /^\s*#.*\b(do not edit|generated (by|from|with)|auto-?generated)\b/im

/** Why a file is never edited by us, as a sentence; undefined when it may be. */
export function notEditable(
  files: RepositoryFiles,
  file: string,
  text: string,
  documents: readonly Json[],
): string | undefined {
  if (documents.some((json) => isObject(json) && json['sops'] !== undefined)) {
    return 'the file is encrypted with SOPS, whose checksum covers every field'
  }
  if (documents.some((json) => isObject(json) && json['kind'] === 'SealedSecret')) {
    return 'the file holds a SealedSecret, which only kubeseal can write'
  }
  const head = text.split('\n', 10).filter((line) => /^\s*#/.test(line))
  if (GENERATED.test(head.join('\n')))
    return 'its header says that the file is generated; change what generates it'
  for (let folder = folderOf(file); ; folder = folderOf(folder)) {
    const inFolder = (name: string) => files.entry(folder === '' ? name : `${folder}/${name}`) !== undefined
    if (inFolder('hydrator.metadata')) return 'the file was rendered by a hydrator; change its dry source'
    if (inFolder('Chart.yaml') && !isValuesFile(file.slice(folder === '' ? 0 : folder.length + 1)))
      return 'the file belongs to a Helm chart'
    if (folder === '') return undefined
  }
}

/** Values are the part of a chart that is edited; what lies in `templates/` or in a vendored `charts/` is not. */
function isValuesFile(path: string): boolean {
  return (
    /\.ya?ml$/.test(path) &&
    !/^(templates|charts|crds)\//.test(path) &&
    !/^(Chart|requirements)\.ya?ml$/.test(path)
  )
}

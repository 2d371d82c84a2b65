import { OperatorError } from '#src/domain/errors.ts'
import { isArray, isObject, type Json } from '#src/domain/json.ts'
import { asJson, type KubeObject, member } from '#src/domain/kube-object.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { isUnparsable } from '#src/manifests/yaml/yaml-text.ts'
import type { DeclaredConfig } from './manifests.ts'
import { mapLimit } from './map-limit.ts'
import type { RootRenderer } from './render-root.ts'
import type { RepositoryFiles } from './repository-files.ts'
import { defaultNamespace, type RepositoryMapper } from './repository-map.ts'
import type { RepositoryReader } from './repository-reader.ts'
import { objectsOf } from './target-match.ts'

const MAX_DECLARED = 1000

/**
 * ConfigMaps and Secrets that Git declares for a namespace: names and keys, never a value. Secrets also by what makes
 * them (SealedSecret, ExternalSecret). What cannot be read or built is left out.
 */
export async function declaredConfig(
  spec: Pick<RepositorySpec, 'paths'>,
  reader: RepositoryReader,
  renderer: RootRenderer,
  mapOf: RepositoryMapper,
  files: RepositoryFiles,
  namespace: string,
): Promise<readonly DeclaredConfig[]> {
  const mentioning = async (paths: readonly string[]) => {
    const facts = await reader.facts(files, paths)
    return paths.filter((path) => facts.get(path)?.ofConfig)
  }
  const map = await mapOf(files)
  const declared = new Map<string, DeclaredConfig>()
  const add = (object: KubeObject, source: string) => {
    if ((object.metadata.namespace ?? defaultNamespace(spec, source)) !== namespace) return
    const config = configOf(object)
    if (config && declared.size < MAX_DECLARED) declared.set(`${config.kind}/${config.name}`, config)
  }
  for (const [file, documents] of await reader.parse(files, await mentioning(map.plain))) {
    if (isUnparsable(documents)) continue
    for (const { object } of objectsOf(documents)) add(object, file)
  }
  await mapLimit(map.roots, 3, async ({ root }) => {
    const closure = await renderer.closure(files, root)
    if ((await mentioning(closure.files)).length === 0) return
    try {
      for (const object of await renderer.render(files, root)) add(object, root.folder)
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code === 'Internal') throw error
    }
  })
  return [...declared.values()].sort((a, b) => (a.kind + a.name < b.kind + b.name ? -1 : 1))
}

function configOf(object: KubeObject): DeclaredConfig | undefined {
  const json = asJson(object)
  const { name } = object.metadata
  const keys = (...values: readonly (Json | undefined)[]) => [
    ...new Set(values.flatMap((value) => (isObject(value) ? Object.keys(value) : []))),
  ]
  if (object.kind === 'ConfigMap' && object.apiVersion === 'v1') {
    return { kind: 'ConfigMap', name, keys: keys(json['data'], json['binaryData']) }
  }
  if (object.kind === 'Secret' && object.apiVersion === 'v1') {
    return { kind: 'Secret', name, keys: keys(json['data'], json['stringData']) }
  }
  const spec = json['spec']
  if (object.kind === 'SealedSecret')
    return { kind: 'Secret', name, keys: keys(member(spec, 'encryptedData')) }
  if (object.kind === 'ExternalSecret') {
    const given = member(member(spec, 'target'), 'name')
    const data = member(spec, 'data')
    const items = isArray(data) ? data.map((each) => member(each, 'secretKey')) : []
    return {
      kind: 'Secret',
      name: typeof given === 'string' ? given : name,
      keys: items.filter((each) => typeof each === 'string'),
    }
  }
  return undefined
}

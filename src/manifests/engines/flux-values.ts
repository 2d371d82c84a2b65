import { isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { InlineSite, ValuesLayer } from '#src/domain/root.ts'
import { targetOf } from '#src/domain/target.ts'
import { isUnparsable, parseManifestText } from '#src/manifests/yaml/yaml-text.ts'
import type { EngineObjects } from './engine-objects.ts'
import type { Unrenderable } from './engine-source.ts'
import { generatorFile } from './generated-config.ts'
import { at, isTrue, objectAt, objectsAt, textAt } from './reading.ts'
import { setValue } from './set-value.ts'
import type { TreeIndex } from './tree-index.ts'

/** Where a HelmRelease's ConfigMaps may be generated: a repository, and the folder of what applies the release. */
export interface ValuesFiles {
  readonly tree: TreeIndex | undefined
  readonly below: string | undefined
}

/**
 * The values of a HelmRelease as the helm-controller layers them (fluxcd/pkg chartutil, ChartValuesFromReferences, and
 * its documentation): `valuesFrom` in order, then `values`, then the entries of `valuesFrom` that have a `targetPath`.
 * Secrets are never read.
 */
export function fluxValues(
  objects: EngineObjects,
  files: ValuesFiles,
  release: KubeObject,
): readonly ValuesLayer[] | Unrenderable {
  const { spec } = asJson(release)
  const before: ValuesLayer[] = []
  const after: ValuesLayer[] = []
  for (const from of objectsAt(spec, 'valuesFrom')) {
    const layer = referenced(objects, files, release.metadata.namespace ?? '', from)
    if (layer === undefined) continue
    if ('problem' in layer) return layer
    if (textAt(from, 'targetPath') === undefined) before.push(layer)
    else after.push(layer)
  }
  const values = objectAt(spec, 'values')
  const inline: readonly ValuesLayer[] =
    values === undefined
      ? []
      : [{ kind: 'inline', values, site: { object: targetOf(release), field: 'spec.values' } }]
  return [...before, ...inline, ...after]
}

function referenced(
  objects: EngineObjects,
  { tree, below }: ValuesFiles,
  namespace: string,
  from: JsonObject,
): ValuesLayer | Unrenderable | undefined {
  const name = textAt(from, 'name') ?? ''
  const key = textAt(from, 'valuesKey') ?? 'values.yaml'
  const targetPath = textAt(from, 'targetPath')
  if (textAt(from, 'kind') !== 'ConfigMap')
    return { problem: `values come from the Secret ${namespace}/${name}, and Secrets are not read` }
  const file = tree === undefined ? undefined : generatorFile(tree, name, key, below)
  if (file !== undefined && targetPath === undefined) return { kind: 'file', path: file }
  const config = objects.find('', 'ConfigMap', namespace, name)
  const text = at(config && asJson(config), 'data', key)
  if (config === undefined || typeof text !== 'string') {
    if (isTrue(from, 'optional')) return undefined
    const missing = config === undefined ? 'which is not there' : `which has no key ${key}`
    return { problem: `values come from the ConfigMap ${namespace}/${name}, ${missing}` }
  }
  const site = {
    object: targetOf(config),
    field: `data[${JSON.stringify(key)}]`,
    ...(file !== undefined && { file }),
  }
  return targetPath === undefined
    ? valuesText(text, { ...site, text: true })
    : single(targetPath, text, isTrue(from, 'literal'), site)
}

/** Values written as a text of YAML. */
export function valuesText(text: string, site: InlineSite): ValuesLayer | Unrenderable {
  const parsed = parseManifestText(text)
  const what = `the values in ${site.field} of ${site.object.kind} ${site.object.namespace}/${site.object.name}`
  if (isUnparsable(parsed)) return { problem: `${what} cannot be read: ${parsed.error}` }
  const json: Json = parsed.documents[0]?.json ?? {}
  return isObject(json) ? { kind: 'inline', values: json, site } : { problem: `${what} are not a mapping` }
}

/** One value: quoted text stays text, a comma would begin the next key in helm's reading. */
function single(
  targetPath: string,
  text: string,
  literal: boolean,
  site: InlineSite,
): ValuesLayer | Unrenderable {
  const quoted = /^(['"])([\s\S]*)\1$/.exec(text)
  const asText = literal || quoted !== null
  const value = literal ? text.replaceAll('\\', '\\\\') : (quoted?.[2] ?? text)
  if (!literal && /^[^{]*(?<!\\),/.test(value))
    return {
      problem: `the value for ${targetPath} has a comma, which Helm takes for the start of another one`,
    }
  const set = setValue(targetPath, literal && value.startsWith('{') ? `\\${value}` : value, asText)
  return 'problem' in set
    ? set
    : { kind: 'inline', values: set.values, site: { ...site, valueAt: set.valueAt } }
}

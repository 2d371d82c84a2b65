import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'

/** The names that kustomize looks for, in its order. */
export const KUSTOMIZATION_NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const

/** One text in a kustomization that kustomize opens as a file or builds as a folder. */
export interface Reference {
  readonly field: string
  readonly path: string
  /** What it may be; a text of several lines is content of its own and no reference. */
  readonly to: 'file' | 'either'
  /** Its documents configure plugins, which may name further files. */
  readonly isPlugin: boolean
}

const EITHER = ['resources', 'bases', 'components'] as const
const FILES = ['crds', 'configurations'] as const
const PLUGINS = ['generators', 'transformers', 'validators'] as const

/** Everything a kustomization refers to. */
export function referencesOf(kustomization: Json): readonly Reference[] {
  if (!isObject(kustomization)) return []
  const references: Reference[] = []
  const add = (field: string, value: Json | undefined, to: Reference['to'], isPlugin = false) => {
    if (typeof value === 'string' && value !== '' && !(mayBeInline(field) && isInline(value)))
      references.push({ field, path: value, to, isPlugin })
  }
  for (const field of EITHER) for (const each of list(kustomization[field])) add(field, each, 'either')
  for (const field of FILES) for (const each of list(kustomization[field])) add(field, each, 'file')
  for (const field of PLUGINS) for (const each of list(kustomization[field])) add(field, each, 'either', true)
  for (const each of list(kustomization['patchesStrategicMerge'])) add('patchesStrategicMerge', each, 'file')
  for (const field of ['patches', 'patchesJson6902', 'replacements'])
    for (const each of objects(kustomization[field])) add(`${field}.path`, each['path'], 'file')
  for (const field of ['configMapGenerator', 'secretGenerator'])
    for (const each of objects(kustomization[field]))
      for (const path of generatorFiles(each)) add(`${field}.files`, path, 'file')
  const openapi = kustomization['openapi']
  if (isObject(openapi)) add('openapi.path', openapi['path'], 'file')
  return references
}

const PLUGIN_FIELDS: ReadonlySet<string> = new Set(PLUGINS)

function mayBeInline(field: string): boolean {
  return PLUGIN_FIELDS.has(field) || field === 'patchesStrategicMerge'
}

/** kustomize takes a text for content first, and for a path only when it is no YAML mapping. */
function isInline(text: string): boolean {
  return text.includes('\n') || /^\s*\{/.test(text) || /:\s/.test(text)
}

/** Texts in a kustomization that configure generators, transformers and validators themselves. */
export function inlinePlugins(kustomization: Json): readonly string[] {
  if (!isObject(kustomization)) return []
  return PLUGINS.flatMap((field) => list(kustomization[field])).filter(
    (each) => typeof each === 'string' && isInline(each),
  ) as string[]
}

/** `key=path` or `path`. */
function generatorFiles(generator: JsonObject): readonly string[] {
  const named = list(generator['files']).map((each) =>
    typeof each === 'string' ? each.slice(each.indexOf('=') + 1) : '',
  )
  return [
    ...named,
    ...[generator['env'], ...list(generator['envs'])].filter((each) => typeof each === 'string'),
  ]
}

/** Why a kustomization is not built at all; undefined when it may be. */
export function forbiddenIn(kustomization: Json): string | undefined {
  if (!isObject(kustomization)) return 'the kustomization is not a mapping'
  for (const field of ['helmCharts', 'helmChartInflationGenerator', 'helmGlobals']) {
    if (kustomization[field] !== undefined) return `${field} needs Helm, which is not run here`
  }
  return undefined
}

/** Why the configuration of a generator or transformer is refused: it could reach out of the checkout. */
export function forbiddenInPlugin(config: Json): string | undefined {
  if (isObject(config) && config['kind'] === 'HelmChartInflationGenerator')
    return 'Helm charts are not inflated here'
  const text = JSON.stringify(config)
  if (/"[a-z][a-z0-9+.-]*:\/\//i.test(text))
    return 'the configuration of a generator or transformer names a URL'
  if (/config\.(kubernetes|k8s)\.io\/function/.test(text)) return 'functions (containers, exec) are not run'
  return undefined
}

/** The files that the configuration of a generator or transformer may name, as paths beside it. */
export function pluginFiles(config: Json): readonly string[] {
  if (!isObject(config)) return []
  const replacements = objects(config['replacements']).map((each) => each['path'])
  return [config['path'], ...list(config['paths']), ...replacements, ...generatorFiles(config)].filter(
    (each) => typeof each === 'string',
  )
}

/** True when a kustomization (or a generator's configuration) generates data that the name may be made of. */
export function mayGenerate(config: Json, kind: string, name: string): boolean {
  if (!isObject(config) || (kind !== 'ConfigMap' && kind !== 'Secret')) return false
  const metadata = config['metadata']
  const names = objects(config[kind === 'Secret' ? 'secretGenerator' : 'configMapGenerator']).map(
    (each) => each['name'],
  )
  if (config['kind'] === `${kind}Generator`)
    names.push(config['name'], isObject(metadata) ? metadata['name'] : undefined)
  return names.some((each) => typeof each === 'string' && name.includes(each))
}

/** True for a text that kustomize would take for a remote resource. */
export function looksRemote(path: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/|^git::|^gh:|^git@|^[^/\s]+@[^/\s]+:|[?&]ref=|^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?\/.*(\/\/|\.git)|^github\.com\//i.test(
    path,
  )
}

export function isComponent(kustomization: Json): boolean {
  return isObject(kustomization) && kustomization['kind'] === 'Component'
}

function list(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : []
}

function objects(value: Json | undefined): readonly JsonObject[] {
  return list(value).filter(isObject)
}

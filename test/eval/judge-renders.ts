import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join, posix } from 'node:path'
import { promisify } from 'node:util'
import { parse, parseAllDocuments } from 'yaml'
import { isObject, type Json } from '#src/domain/json.ts'
import type { JudgedRoot } from './expectation.ts'

const run = promisify(execFile)

/** The real renderers, called by their own command lines: the judge shares no rendering with what it judges. */
export interface Tools {
  readonly kustomize: () => Promise<string>
  readonly helm: () => Promise<string>
}

/** Everything that one root renders, by `group/kind namespace/name`. */
export type JudgedObjects = ReadonlyMap<string, Json>

const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']
const MAX_OUTPUT = 64 * 2 ** 20

/** Renders a root of a tree. Throws with the renderer's own words. */
export async function renderRoot(tree: string, root: JudgedRoot, tools: Tools): Promise<JudgedObjects> {
  const env = { PATH: process.env['PATH'], HOME: tree }
  if (typeof root !== 'string') {
    const values = root.values.flatMap((path) => ['--values', join(tree, path)])
    const args = ['template', root.release, join(tree, root.chart), '--namespace', root.namespace, ...values]
    const { stdout } = await run(await tools.helm(), args, { env, maxBuffer: MAX_OUTPUT })
    return objectsIn([stdout])
  }
  if (isKustomization(tree, root)) {
    const { stdout } = await run(await tools.kustomize(), ['build', join(tree, root)], {
      env,
      maxBuffer: MAX_OUTPUT,
    })
    return objectsIn([stdout])
  }
  const files = plainFiles(tree).filter((path) => root === '.' || root === '' || path.startsWith(`${root}/`))
  return objectsIn(await Promise.all(files.map((path) => readFile(join(tree, path), 'utf8'))))
}

/**
 * All other roots of a tree: kustomizations that no other one refers to, charts with each of their values files, plain
 * manifests one by one.
 */
export function otherRoots(tree: string, root: JudgedRoot): readonly JudgedRoot[] {
  const folders = KUSTOMIZATIONS.flatMap((name) => globSync(`**/${name}`, { cwd: tree })).map(folderOf)
  const referred = new Set(folders.flatMap((folder) => referredBy(tree, folder)))
  const kustomizations = folders.filter((folder) => !referred.has(folder) && !isComponent(tree, folder))
  const charts = globSync('**/Chart.yaml', { cwd: tree })
    .map(folderOf)
    .filter(
      (chart) => !/(^|\/)charts\/[^/]+$/.test(chart) || !existsSync(join(tree, chart, '../../Chart.yaml')),
    )
  const own = typeof root === 'string' ? [] : root.values
  const values = globSync('**/*values*.y*ml', { cwd: tree }).filter((path) => !own.includes(path))
  const ofCharts = charts.flatMap((chart): JudgedRoot[] => {
    const isOwn = typeof root !== 'string' && root.chart === chart
    const layers = values.filter((path) => basename(path) !== 'values.yaml' || dirname(path) !== chart)
    const release = { chart, release: basename(chart) || 'release', namespace: 'default' }
    const plain = isOwn && own.length === 0 ? [] : [{ ...release, values: [] }]
    return [...plain, ...layers.map((path) => ({ ...release, values: [path] }))]
  })
  const plain = plainFiles(tree).map(folderOf)
  return [...kustomizations, ...ofCharts, ...new Set(plain)].filter((each) => each !== root)
}

/** True when a kustomization takes in another one, at any depth. */
export function reaches(tree: string, from: JudgedRoot, to: JudgedRoot): boolean {
  if (typeof from !== 'string' || typeof to !== 'string') return false
  const seen = new Set<string>()
  const open = [from]
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    if (seen.has(folder)) continue
    seen.add(folder)
    open.push(...referredBy(tree, folder))
  }
  return from !== to && seen.has(to)
}

function referredBy(tree: string, folder: string): readonly string[] {
  const file = KUSTOMIZATIONS.map((name) => join(tree, folder, name)).find((path) => existsSync(path))
  if (file === undefined) return []
  const content: unknown = readYaml(file)
  if (!isObject(content)) return []
  return ['resources', 'bases', 'components'].flatMap((key) => {
    const list = content[key]
    if (!Array.isArray(list)) return []
    return list.flatMap((each) => (typeof each === 'string' ? [posix.join(folder, each)] : []))
  })
}

function isComponent(tree: string, folder: string): boolean {
  const file = KUSTOMIZATIONS.map((name) => join(tree, folder, name)).find((path) => existsSync(path))
  const content: unknown = file === undefined ? undefined : readYaml(file)
  return isObject(content) && content['kind'] === 'Component'
}

function readYaml(file: string): unknown {
  return parse(readFileSync(file, 'utf8'), { logLevel: 'silent' })
}

function plainFiles(tree: string): readonly string[] {
  const charts = globSync('**/Chart.yaml', { cwd: tree }).map(folderOf)
  return globSync('**/*.{yaml,yml,json}', { cwd: tree })
    .filter((path) => !KUSTOMIZATIONS.includes(basename(path)) && !isKustomization(tree, folderOf(path)))
    .filter((path) => !charts.some((chart) => chart === '.' || path.startsWith(`${chart}/`)))
    .sort()
}

function isKustomization(tree: string, folder: string): boolean {
  return KUSTOMIZATIONS.some((name) => existsSync(join(tree, folder, name)))
}

function folderOf(path: string): string {
  return posix.dirname(path)
}

function objectsIn(texts: readonly string[]): JudgedObjects {
  const found = new Map<string, Json>()
  const add = (value: Json) => {
    if (!isObject(value)) return
    const { kind, apiVersion, metadata, items } = value
    if (String(kind).endsWith('List') && Array.isArray(items)) return items.forEach(add)
    if (typeof kind !== 'string' || !isObject(metadata)) return
    const group = String(apiVersion).includes('/') ? String(apiVersion).split('/')[0] : ''
    const { namespace = '', name } = metadata
    let key = `${group}/${kind} ${String(namespace)}/${String(name)}`
    while (found.has(key)) key += '+'
    found.set(key, value)
  }
  for (const text of texts) {
    const documents = parseAllDocuments(text, { logLevel: 'silent' })
    if ('empty' in documents) continue
    for (const document of documents) add(document.toJS({ maxAliasCount: 100 }) as Json)
  }
  return found
}

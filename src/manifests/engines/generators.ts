import { posix } from 'node:path'
import { isArray, isObject, type Json, type JsonObject, ownMember } from '#src/domain/json.ts'
import { globMatches } from './glob.ts'
import { goTemplate, TemplateProblem } from './go-template.ts'
import { flattened, pathParameters } from './parameters.ts'
import { isTrue, objectAt, objectsAt, textAt, textsAt } from './reading.ts'
import { repositoryUrl } from './repository-url.ts'
import type { TreeIndex, Trees } from './tree-index.ts'

/** More is no ApplicationSet of people, and a matrix multiplies. */
const MOST_SETS = 2000

/** How the templates of an ApplicationSet are written (`spec.goTemplate`). */
export interface TemplateKind {
  readonly go: boolean
}

/**
 * The parameters that a generator gives, each for one Application. Throws a TemplateProblem for generators that need
 * more than the repository's files (clusters, pull requests, …), and for what is not understood here.
 */
export function parametersOf(
  generator: JsonObject,
  trees: Trees,
  kind: TemplateKind,
  depth = 0,
): readonly JsonObject[] {
  if (depth > 2) throw new TemplateProblem('generators are nested too deep')
  if (generator['selector'] !== undefined)
    throw new TemplateProblem('a selector chooses among what is generated')
  const found = bounded(ofKind(generator, trees, kind, depth))
  return found
}

function ofKind(
  generator: JsonObject,
  trees: Trees,
  kind: TemplateKind,
  depth: number,
): readonly JsonObject[] {
  const list = objectAt(generator, 'list')
  const git = objectAt(generator, 'git')
  const matrix = objectAt(generator, 'matrix')
  const merge = objectAt(generator, 'merge')
  for (const each of [list, git, matrix, merge]) {
    const template = objectAt(each, 'template')
    if (template !== undefined && Object.keys(template).some((key) => !isEmpty(template[key])))
      throw new TemplateProblem('a generator has a template of its own')
  }
  if (list !== undefined) return fromList(list, kind)
  if (git !== undefined) return fromGit(git, trees, kind)
  if (matrix !== undefined) return fromMatrix(matrix, trees, kind, depth)
  if (merge !== undefined) return fromMerge(merge, trees, kind, depth)
  throw new TemplateProblem(
    `the generator ${Object.keys(generator).join(', ') || 'without a kind'} needs more than the repository`,
  )
}

/** The API server writes empty members into templates that nobody gave. */
function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true
  return isObject(value) && Object.keys(value).every((key) => isEmpty(value[key]))
}

function bounded<T>(sets: readonly T[]): readonly T[] {
  if (sets.length > MOST_SETS) throw new TemplateProblem(`it generates more than ${MOST_SETS} Applications`)
  return sets
}

function fromList(list: JsonObject, { go }: TemplateKind): readonly JsonObject[] {
  if (textAt(list, 'elementsYaml') !== undefined)
    throw new TemplateProblem('elementsYaml is generated itself')
  return objectsAt(list, 'elements').map((element) => (go ? element : flattened(element)))
}

function fromGit(git: JsonObject, trees: Trees, kind: TemplateKind): readonly JsonObject[] {
  const url = repositoryUrl(textAt(git, 'repoURL') ?? '')
  const tree = url === undefined ? undefined : trees.get(url)
  if (tree === undefined) throw new TemplateProblem(`the repository ${url ?? 'of its generator'} is not read`)
  const prefix = textAt(git, 'pathParamPrefix')
  const sets =
    git['directories'] !== undefined ? directories(git, tree, prefix, kind) : files(git, tree, prefix, kind)
  const values = objectAt(git, 'values')
  return values === undefined ? sets : sets.map((set) => withValues(set, values, kind))
}

/** Argo CD, Git generator: any exclusion wins, and folders that begin with a dot are never looked at. */
function directories(
  git: JsonObject,
  tree: TreeIndex,
  prefix: string | undefined,
  { go }: TemplateKind,
): readonly JsonObject[] {
  const wanted = objectsAt(git, 'directories')
  const fits = (folder: string, excluded: boolean) =>
    wanted.some(
      (each) =>
        isTrue(each, 'exclude') === excluded &&
        globMatches((textAt(each, 'path') ?? '').replace(/^\/|\/$/g, ''), folder, '/'),
    )
  return tree
    .folders()
    .filter((folder) => !/(?:^|\/)\./.test(folder) && fits(folder, false) && !fits(folder, true))
    .map((folder) => pathParameters(folder, undefined, prefix, go))
}

/** Each file is one set of parameters, or a list of them. */
function files(
  git: JsonObject,
  tree: TreeIndex,
  prefix: string | undefined,
  { go }: TemplateKind,
): readonly JsonObject[] {
  const wanted = objectsAt(git, 'files')
  const fits = (path: string, excluded: boolean) =>
    wanted.some(
      (each) =>
        isTrue(each, 'exclude') === excluded &&
        globMatches((textAt(each, 'path') ?? '').replace(/^\//, ''), path, '/'),
    )
  const found = tree.paths.filter((path) => fits(path, false) && !fits(path, true))
  return bounded(found).flatMap((path) => {
    const json = tree.json(path)
    const sets = isArray(json) ? json : [json]
    const folder = posix.dirname(path)
    const place = pathParameters(folder === '.' ? '' : folder, posix.basename(path), prefix, go)
    return sets.map((set) => {
      if (!isObject(set)) throw new TemplateProblem(`${path} holds no parameters`)
      return { ...(go ? set : flattened(set)), ...place }
    })
  })
}

function withValues(set: JsonObject, values: JsonObject, kind: TemplateKind): JsonObject {
  const rendered = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      typeof value === 'string' ? rendering(value, set, kind) : value,
    ]),
  )
  return kind.go ? { ...set, values: rendered } : { ...set, ...flattened({ values: rendered }) }
}

/** The second generator may use what the first gives. */
function fromMatrix(
  matrix: JsonObject,
  trees: Trees,
  kind: TemplateKind,
  depth: number,
): readonly JsonObject[] {
  const [first, second, ...others] = objectsAt(matrix, 'generators')
  if (first === undefined || second === undefined || others.length > 0)
    throw new TemplateProblem('a matrix is made of two generators')
  const sets: JsonObject[] = []
  for (const outer of parametersOf(first, trees, kind, depth + 1)) {
    const rendered = renderedTemplate(second, outer, kind)
    if (!isObject(rendered)) throw new TemplateProblem('a generator of a matrix is no mapping')
    for (const inner of parametersOf(rendered, trees, kind, depth + 1))
      sets.push(kind.go ? merged(outer, inner) : { ...outer, ...inner })
    bounded(sets)
  }
  return sets
}

function merged(below: JsonObject, above: JsonObject): JsonObject {
  const keys = [...new Set([...Object.keys(below), ...Object.keys(above)])]
  return Object.fromEntries(
    keys.map((key) => {
      const [a, b] = [ownMember(below, key), ownMember(above, key)]
      return [key, isObject(a) && isObject(b) ? merged(a, b) : (b ?? a)]
    }),
  )
}

/** Later generators change the sets of the first that have the same keys; what fits none is left out. */
function fromMerge(
  merge: JsonObject,
  trees: Trees,
  kind: TemplateKind,
  depth: number,
): readonly JsonObject[] {
  const keys = textsAt(merge, 'mergeKeys')
  const [base = [], ...others] = objectsAt(merge, 'generators').map((each) =>
    parametersOf(each, trees, kind, depth + 1),
  )
  const keyOf = (set: JsonObject) => JSON.stringify(keys.map((key) => ownMember(set, key) ?? null))
  const sets = new Map(base.map((set) => [keyOf(set), set]))
  for (const set of others.flat()) {
    const before = sets.get(keyOf(set))
    if (before !== undefined) sets.set(keyOf(set), kind.go ? merged(before, set) : { ...before, ...set })
  }
  return [...sets.values()]
}

/** Every text of a template, names of members included. */
export function renderedTemplate(template: Json, parameters: JsonObject, kind: TemplateKind): Json {
  if (typeof template === 'string') return rendering(template, parameters, kind)
  if (isArray(template)) return template.map((each) => renderedTemplate(each, parameters, kind))
  if (!isObject(template)) return template
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => [
      rendering(key, parameters, kind),
      value === undefined ? value : renderedTemplate(value, parameters, kind),
    ]),
  )
}

/** Without Go templates a parameter that is not there stays as it is written. */
function rendering(text: string, parameters: JsonObject, { go }: TemplateKind): string {
  if (!text.includes('{{')) return text
  if (go) return goTemplate(text, parameters)
  return text.replace(/\{\{([^{}]*)\}\}/g, (whole, name: string) => {
    const value = ownMember(parameters, name.trim())
    return typeof value === 'string' ? value : whole
  })
}

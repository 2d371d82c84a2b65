import { globSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject, type Json } from '#src/domain/json.ts'
import type { Alternative, Expectation, ExpectedFix, JudgedRoot } from './expectation.ts'
import { type JudgedObjects, otherRoots, reaches, renderRoot, type Tools } from './judge-renders.ts'
import { differingPaths, isNamedBy, unmet } from './judged-fields.ts'

export type Verdict = 'fixed' | 'wrong' | 'missed' | 'right to abstain'

export interface Judgement {
  readonly verdict: Verdict
  /** Why it is wrong; empty otherwise. */
  readonly why: string
}

export interface Trees {
  readonly before: string
  /** The same tree after every proposal was written. */
  readonly after: string
}

/** Judges what became of a tree, by rendering it before and after with the real renderers. */
export async function judge(
  expected: Expectation,
  proposals: number,
  trees: Trees,
  tools: Tools,
): Promise<Judgement> {
  if (expected.outcome === 'abstain') {
    return proposals === 0 && (await changedFiles(trees)).length === 0
      ? { verdict: 'right to abstain', why: '' }
      : { verdict: 'wrong', why: 'nothing should have been proposed' }
  }
  if (proposals === 0) return { verdict: 'missed', why: '' }
  const why = await whyNotFixed(expected, trees, tools)
  return why === undefined ? { verdict: 'fixed', why: '' } : { verdict: 'wrong', why }
}

async function whyNotFixed(expected: ExpectedFix, trees: Trees, tools: Tools): Promise<string | undefined> {
  const files = await changedFiles(trees)
  if (files.length === 0) return 'no file was changed'
  const changes = await changesOfRoots(expected, trees, tools)
  if (typeof changes === 'string') return changes
  const reasons = expected.anyOf.map((alternative) => whyNot(alternative, files, changes))
  return reasons.includes(undefined) ? undefined : reasons.join(' | ')
}

interface Changes {
  /** The target after. */
  readonly target: Json
  /** Paths of the target that differ, by the root it is judged in and those that take that in. */
  readonly own: readonly string[]
  /** Everything else that differs, in words. */
  readonly others: readonly string[]
}

async function changesOfRoots(expected: ExpectedFix, trees: Trees, tools: Tools): Promise<Changes | string> {
  const { root } = expected
  const was = await renderRoot(trees.before, root, tools)
  const is = await renderRoot(trees.after, root, tools).catch((error: unknown) => String(error))
  if (typeof is === 'string') return `the root no longer renders: ${is.slice(0, 300)}`
  const key = targetKey(was, expected)
  const target = key === undefined ? undefined : is.get(key)
  if (key === undefined) throw new Error('expect.yaml: the root does not render the target')
  if (target === undefined) return 'the target is no longer rendered'
  const own = [...differingPaths(was.get(key), target)]
  const others = [...otherObjects(was, is, new Set([key]), root)]
  for (const other of otherRoots(trees.before, root)) {
    const before = await renderRoot(trees.before, other, tools).catch(() => undefined)
    if (before === undefined) continue
    const after = await renderRoot(trees.after, other, tools).catch(() => undefined)
    if (after === undefined) return `${describe(other)} no longer renders`
    const takesIn = reaches(trees.before, other, root) || isPartOf(root, other) || isPartOf(other, root)
    const same = takesIn ? new Set([key]) : new Set<string>()
    for (const each of same) own.push(...differingPaths(before.get(each), after.get(each)))
    others.push(...otherObjects(before, after, same, other))
  }
  return { target, own, others }
}

/** A plain folder is judged with everything below it, and found again folder by folder, and in what holds it. */
function isPartOf(root: JudgedRoot, other: JudgedRoot): boolean {
  if (typeof root !== 'string' || typeof other !== 'string') return false
  return root === '.' || root === '' || other === root || other.startsWith(`${root}/`)
}

function whyNot(
  { file, fields }: Alternative,
  files: readonly string[],
  changes: Changes,
): string | undefined {
  const strange = file === undefined ? [] : files.filter((each) => each !== file)
  if (strange.length > 0) return `other files differ: ${strange.join(', ')}`
  const troubles = Object.entries(fields).flatMap(
    ([field, condition]) => unmet(changes.target, field, condition) ?? [],
  )
  if (troubles.length > 0) return troubles.join('; ')
  const more = changes.own.filter((path) => !isNamedBy(path, Object.keys(fields)))
  if (more.length > 0) return `more of the target differs: ${more.slice(0, 5).join(', ')}`
  return changes.others.length > 0 ? `others differ: ${changes.others.slice(0, 5).join('; ')}` : undefined
}

function targetKey(objects: JudgedObjects, { target, root }: ExpectedFix): string | undefined {
  const { kind, name, namespace } = target
  const given = typeof root === 'string' ? undefined : root.namespace
  const namespaces = [namespace ?? '', ...(namespace === given || given === undefined ? [''] : [given]), '']
  const matches = [...objects].filter(([, object]) => {
    const metadata = isObject(object) ? object['metadata'] : undefined
    return isObject(object) && object['kind'] === kind && isObject(metadata) && metadata['name'] === name
  })
  for (const each of namespaces) {
    const found = matches.find(([, object]) => namespaceOf(object) === each)
    if (found !== undefined) return found[0]
  }
  return undefined
}

function namespaceOf(object: Json): string {
  const metadata = isObject(object) ? object['metadata'] : undefined
  const namespace = isObject(metadata) ? metadata['namespace'] : undefined
  return typeof namespace === 'string' ? namespace : ''
}

function* otherObjects(
  was: JudgedObjects,
  is: JudgedObjects,
  target: ReadonlySet<string>,
  root: JudgedRoot,
): Generator<string> {
  for (const key of new Set([...was.keys(), ...is.keys()])) {
    if (target.has(key)) continue
    const paths = differingPaths(was.get(key), is.get(key))
    if (paths.length > 0) yield `${key} of ${describe(root)} (${paths.slice(0, 3).join(', ')})`
  }
}

function describe(root: JudgedRoot): string {
  return typeof root === 'string' ? root : `${root.chart} with ${root.values.join(', ') || 'its own values'}`
}

/** Files that differ, came or went; `.git` does not count. */
async function changedFiles({ before, after }: Trees): Promise<readonly string[]> {
  const list = (folder: string) =>
    globSync('**/*', { cwd: folder }).filter((path) => !/^\.git(\/|$)/.test(path))
  const paths = [...new Set([...list(before), ...list(after)])].sort()
  const changed: string[] = []
  for (const path of paths) {
    const [a, b] = await Promise.all([before, after].map((folder) => contentOf(join(folder, path))))
    if (a === undefined ? b !== undefined : b === undefined || !a.equals(b)) changed.push(path)
  }
  return changed
}

async function contentOf(path: string): Promise<Buffer | undefined> {
  const facts = await stat(path).catch(() => undefined)
  return facts?.isFile() ? readFile(path) : undefined
}

import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

const caseSchema = z.object({
  title: z.string(),
  fault: z.string(),
  tags: z.array(z.string()).default([]),
  now: z.string().optional(),
})

/** One case as the proposing side may see it: everything but `expect.yaml`. */
export interface EvalCase extends z.infer<typeof caseSchema> {
  /** From the folder that was asked for. */
  readonly name: string
  readonly folder: string
  readonly state: string
  readonly logs: string | undefined
  readonly settings: string | undefined
  /** The commits' folders, oldest first. */
  readonly commits: readonly string[]
}

/** Every folder below one with a `case.yaml`, sorted. */
export async function findCases(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const cases = entries.filter((entry) => entry.isFile() && entry.name === 'case.yaml')
  const inCommits = (path: string) => relative(folder, path).split('/').includes('commits')
  return cases
    .map(({ parentPath }) => parentPath)
    .filter((path) => !inCommits(path))
    .sort()
}

export async function readCase(folder: string, top: string): Promise<EvalCase> {
  const facts = caseSchema.parse(parse(await readFile(join(folder, 'case.yaml'), 'utf8')))
  const given = (name: string) => (existsSync(join(folder, name)) ? join(folder, name) : undefined)
  const commits = await readdir(join(folder, 'commits'), { withFileTypes: true })
  const names = commits.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  if (names.length === 0) throw new Error('commits/ holds no folder')
  return {
    ...facts,
    name: relative(top, folder) || '.',
    folder,
    state: join(folder, 'state.yaml'),
    logs: given('logs'),
    settings: given('operator.yaml'),
    commits: names.sort().map((name) => join(folder, 'commits', name)),
  }
}

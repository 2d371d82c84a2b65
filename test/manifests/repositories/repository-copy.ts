import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

/** Bytes of the files below a folder, as text that keeps every byte, by path. */
export type Contents = ReadonlyMap<string, string>

export interface RepositoryCopy {
  readonly folder: string
  readonly original: Contents
  contents(): Promise<Contents>
  /** As it was. */
  restore(): Promise<void>
}

/** A checkout of a repository of this folder, to write into. */
export async function copyOf(name: string): Promise<RepositoryCopy & { remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), `aiops-operator-${name}-`))
  await cp(join(import.meta.dirname, name), folder, { recursive: true, verbatimSymlinks: true })
  const original = await contentsOf(folder)
  return {
    folder,
    original,
    contents: () => contentsOf(folder),
    async restore() {
      for (const [path, text] of await contentsOf(folder)) {
        const before = original.get(path)
        if (before === undefined) await rm(join(folder, path))
        else if (before !== text) await writeFile(join(folder, path), before, 'latin1')
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function contentsOf(folder: string): Promise<Contents> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const read = files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name)
    return [relative(folder, path), await readFile(path, 'latin1')] as const
  })
  return new Map(await Promise.all(read))
}

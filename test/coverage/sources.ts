import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { FileCoverage } from './coverage.ts'

const SRC = join(import.meta.dirname, '../../src')

/** Every source file with its number of lines, none of them covered yet. */
export async function allSources(): Promise<readonly FileCoverage[]> {
  const files = globSync('**/*.{ts,js}', { cwd: SRC })
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(SRC, file), 'utf8')
      return { path: file.split(sep).join('/'), lines: text.trimEnd().split('\n').length, covered: 0 }
    }),
  )
}

/** The path below src/ of what the runner measured; undefined for everything else. */
export function belowSources(path: string): string | undefined {
  const below = relative(SRC, path)
  return below.startsWith('..') ? undefined : below.split(sep).join('/')
}

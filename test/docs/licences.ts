import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const LOCK = join(import.meta.dirname, '../../package-lock.json')

interface Locked {
  readonly dev?: boolean
  readonly license?: string
}

/** Licences of what is installed with the package, and whose they are, as docs/licences.md lists them. */
export async function licencesTable(): Promise<string> {
  const { packages } = JSON.parse(await readFile(LOCK, 'utf8'))
  const names = new Map<string, Set<string>>()
  for (const [path, { dev, license }] of Object.entries<Locked>(packages)) {
    if (path === '' || dev) continue
    const licence = license ?? 'not told'
    const known = names.get(licence) ?? new Set()
    names.set(licence, known.add(path.replace(/^.*node_modules\//, '')))
  }
  const rows = [...names].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const cells = rows.map(([licence, own]) => `| ${licence} | ${[...own].sort().join(', ')} |\n`)
  return `| Licence | Packages |\n| --- | --- |\n${cells.join('')}`
}

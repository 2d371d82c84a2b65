import { posix } from 'node:path'
import type { Room } from './rooms.ts'
import type { SourceFile } from './source-file.ts'

/** Every rule that the file breaks, a sentence each. */
export function violations(file: SourceFile, rooms: Readonly<Record<string, Room>>): readonly string[] {
  const room = Object.hasOwn(rooms, file.room) ? rooms[file.room] : undefined
  if (room === undefined)
    return [`src/${file.path}: there is no room ${file.room} in test/architecture/rooms.ts`]
  const said = [
    ...file.imports.flatMap((specifier) => importViolation(file, room, specifier)),
    ...(file.hasDefaultExport ? ['has a default export'] : []),
    ...file.reExports.map((specifier) => `exports what ${specifier} exports; import it from there`),
    ...(isAdapter(file, room) ? [] : file.effects.map((effect) => `uses ${effect}; only adapters may`)),
  ]
  return said.map((sentence) => `src/${file.path}: ${sentence}`)
}

function importViolation(
  file: SourceFile,
  room: Room,
  specifier: SourceFile['imports'][number],
): readonly string[] {
  const { module, typeOnly } = specifier
  if (module === undefined) return ['imports a module whose name is computed']
  if (module.startsWith('./')) {
    return module.endsWith('.ts') || file.path === 'entry.js' ? [] : [`imports ${module} without .ts`]
  }
  if (module.startsWith('.')) return [`imports ${module}; across folders it is #src/…`]
  if (!module.startsWith('#src/')) {
    const allowed = typeOnly || isAdapter(file, room) || room.libraries.includes(module)
    return allowed ? [] : [`imports ${module}; only adapters may`]
  }
  const path = module.slice('#src/'.length)
  if (posix.normalize(path) !== path || !path.endsWith('.ts'))
    return [`imports ${module}, which is no plain path`]
  if (path.split('/')[0] === file.room) return []
  return room.imports.some((allowed) => covers(allowed, path))
    ? []
    : [`imports ${module}; ${file.room} may not`]
}

/** `*`, a room, a folder (ending in `/`) or one file. */
function covers(allowed: string, path: string): boolean {
  return (
    allowed === '*' || allowed === path || path.startsWith(allowed.endsWith('/') ? allowed : `${allowed}/`)
  )
}

function isAdapter(file: SourceFile, { adapters }: Room): boolean {
  if (adapters === 'everything') return true
  const inside = file.path.slice(file.room.length + 1)
  return adapters.some((adapter) => (adapter.endsWith('/') ? inside.startsWith(adapter) : inside === adapter))
}

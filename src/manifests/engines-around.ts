import { rootId } from '#src/domain/root.ts'
import type { EngineRoot } from './engine-roots.ts'
import { isBelow } from './repository-files.ts'
import type { Origin } from './trace.ts'

/** The engines' roots that make an object: by the name of the root, else all that make the same of the same folder. */
export function enginesAround(roots: readonly EngineRoot[], origin: Origin): readonly EngineRoot[] {
  if (origin.kind === 'rendered') {
    const named = roots.filter(({ key }) => key === origin.key)
    return named.length > 0 ? named : roots.filter(({ root }) => rootId(root) === rootId(origin.root))
  }
  const around = roots
    .filter(({ root }) => root.helm === undefined && isBelow(origin.file, root.folder))
    .sort((a, b) => b.root.folder.length - a.root.folder.length)
  return around.filter(({ root }) => root.folder === around[0]?.root.folder)
}

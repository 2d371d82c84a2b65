import { fixKey } from '#src/domain/fault.ts'
import type { Edit } from '#src/domain/proposal.ts'
import { type TargetRef, targetKey } from '#src/domain/target.ts'
import { repositoryUrl } from '#src/manifests/engines/repository-url.ts'

/**
 * The fix key of an edit. Operators of several clusters that see the same faulty line meet on its branch, so the
 * repository counts by host and path, however each of them spells its address. `marker`: what else tells this change of
 * these fields from another.
 */
export function fixKeyOf(
  url: string,
  edits: readonly Pick<Edit, 'file' | 'field'>[],
  target: TargetRef,
  marker?: string,
): string {
  const places = edits.map(({ file, field }) => `${file}#${field}`)
  const told = marker === undefined ? places : [...places, marker]
  return fixKey(repositoryUrl(url) ?? url, told, targetKey(target))
}

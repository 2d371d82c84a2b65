import { readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { ContainerLog } from '#src/domain/cluster-state.ts'
import { OperatorError } from '#src/domain/errors.ts'

/** Of a longer log only its end is kept, as the kubelet's own rotation would. */
const MOST_BYTES = 1024 * 1024

/** Reads `<namespace>/<pod>/<container>.log` and `.previous.log` below a folder. ConfigInvalid when there is no such folder. */
export async function readLogFiles(folder: string): Promise<readonly ContainerLog[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new OperatorError('ConfigInvalid', 'there is no such folder', { object: `--logs ${folder}`, cause })
  })
  const logs = new Map<string, ContainerLog>()
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name)
    const [namespace, pod, file, ...deeper] = path.slice(join(folder, '/').length).split(sep)
    const [, container, previous] = /^(.+?)(\.previous)?\.log$/.exec(file ?? '') ?? []
    if (namespace === undefined || pod === undefined || container === undefined || deeper.length > 0) continue
    const key = `${namespace}/${pod}/${container}`
    const text = (await readFile(path)).subarray(-MOST_BYTES).toString('utf8')
    const known = logs.get(key) ?? { namespace, pod, container }
    logs.set(key, { ...known, ...(previous === undefined ? { current: text } : { previous: text }) })
  }
  return [...logs.values()]
}

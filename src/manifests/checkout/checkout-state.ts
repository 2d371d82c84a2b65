import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isStale } from '#src/manifests/scratch.ts'

const PREFIX = 'aiops-operator-checkout-'
/** The folder for temporary files may be shared with processes whose numbers mean nothing here. */
const LEFT_ALONE_MS = 600_000

/**
 * A new folder of this process for all that work on a checkout leaves, below the system's folder for temporary files.
 * What a killed process of the same user left there is removed.
 */
export async function makeCheckoutState(): Promise<string> {
  const parent = tmpdir()
  const mine = `${process.pid}-${Math.round(performance.timeOrigin)}-`
  for (const name of await readdir(parent).catch(() => [])) {
    if (!name.startsWith(PREFIX) || name.startsWith(`${PREFIX}${mine}`)) continue
    const folder = join(parent, name)
    const facts = await lstat(folder).catch(() => undefined)
    if (facts?.isDirectory() !== true || facts.uid !== process.getuid?.()) continue
    if (Date.now() - facts.mtimeMs < LEFT_ALONE_MS) continue
    if (await isStale(folder, name.slice(PREFIX.length)))
      await rm(folder, { recursive: true, force: true }).catch(() => {})
  }
  return mkdtemp(join(parent, `${PREFIX}${mine}`))
}

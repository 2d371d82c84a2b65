import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Folders for one job each, removed when the job ends. */
export interface Scratch {
  use<T>(job: (folder: string) => Promise<T>): Promise<T>
}

const DAY_MS = 86_400_000

/**
 * Scratch folders below `parent`. Those that a crashed process left behind are removed now: the name tells the process
 * and its start, and a container's next process often has the same number.
 */
export async function openScratch(parent: string): Promise<Scratch> {
  await mkdir(parent, { recursive: true, mode: 0o700 })
  const origin = Math.round(performance.timeOrigin)
  const mine = `${process.pid}-${origin}-`
  for (const name of await readdir(parent)) {
    if (!name.startsWith(mine) && (await isStale(join(parent, name), name)))
      await rm(join(parent, name), { recursive: true, force: true })
  }
  return {
    async use(job) {
      const folder = await mkdtemp(join(parent, mine))
      try {
        return await job(folder)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

/** True when the process that the folder's name tells (`<pid>-…`) is gone, or it is older than a day. */
export async function isStale(folder: string, name: string): Promise<boolean> {
  const owner = Number(/^(\d+)-/.exec(name)?.[1])
  if (!Number.isSafeInteger(owner) || owner === process.pid || !isAlive(owner)) return true
  const facts = await stat(folder).catch(() => undefined)
  return facts === undefined || Date.now() - facts.mtimeMs > DAY_MS
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** What lies in the folder of a kept demo, for `demo --stop`: its processes, in the order in which to stop them. */
const keptSchema = z.object({ pids: z.array(z.int().positive()) })
export type KeptDemo = z.output<typeof keptSchema>

const keptFile = (dir: string) => join(dir, 'demo.json')

export async function recordKept(dir: string, kept: KeptDemo): Promise<void> {
  await writeFile(keptFile(dir), JSON.stringify(kept))
}

/** Undefined where no demo was kept in this folder. */
export async function readKept(dir: string): Promise<KeptDemo | undefined> {
  try {
    return keptSchema.parse(JSON.parse(await readFile(keptFile(dir), 'utf8')))
  } catch {
    return undefined
  }
}

import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { Cluster } from '#src/cluster/connect.ts'
import { ensureCrd } from '#src/cluster/ensure-crd.ts'
import type { JsonObject } from '#src/domain/json.ts'
import { systemClock } from '#src/runtime/system-clock.ts'

export async function installRemediationCrd(cluster: Cluster): Promise<void> {
  const file = new URL('../../crds/aiops-operator.dev_remediations.yaml', import.meta.url)
  await ensureCrd(cluster, parse(await readFile(file, 'utf8')) as JsonObject, systemClock)
}

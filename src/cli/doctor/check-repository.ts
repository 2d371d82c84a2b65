import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '#src/config/config.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { openManifests } from '#src/manifests/open-manifests.ts'
import { IDENTITY } from '#src/open-repository.ts'
import { type Finding, findingsOf } from './finding.ts'

/** Milliseconds for the whole conversation. */
const TIMEOUT = 60_000

/** Can the repository be fetched with its credentials, and is the branch there? As the operator does it, in a folder that goes again. */
export async function checkRepository(
  spec: RepositorySpec,
  { renderer }: Pick<Config, 'renderer'>,
  env: NodeJS.ProcessEnv,
): Promise<readonly Finding[]> {
  const say = findingsOf(`repository ${spec.name}`)
  const stateFolder = await mkdtemp(join(tmpdir(), 'aiops-operator-doctor-'))
  try {
    const manifests = await openManifests(spec, {
      ...{ stateFolder, inherited: env, identity: IDENTITY, timeLimit: TIMEOUT },
      ...(renderer.kustomize !== undefined && { renderer: renderer.kustomize }),
      ...(renderer.helm !== undefined && { helm: renderer.helm }),
    })
    const revision = await manifests.fetch()
    return [say.ok(`${spec.branch} is at ${revision.slice(0, 12)}`)]
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return [say.failed(`${error.code}: ${error.message}`, error.remedy)]
  } finally {
    await rm(stateFolder, { recursive: true, force: true })
  }
}

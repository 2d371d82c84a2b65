import type { Config } from '#src/config/config.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { openPullRequests, openSides } from '#src/forge/open-forge.ts'
import { removeStore } from '#src/manifests/git/git-store.ts'
import { openManifests } from '#src/manifests/open-manifests.ts'
import type { OpenedRepository } from '#src/reconcile/live-repositories.ts'
import { type Fence, fenced } from '#src/runtime/fence.ts'
import type { Log } from '#src/runtime/log.ts'
import type { ForgeAccounts } from './forge-accounts.ts'

/** Committer of every commit of ours. */
export const IDENTITY = { name: 'aiops-operator', email: 'aiops-operator@users.noreply.aiops-operator.dev' }

export interface RepositoryOptions {
  readonly config: Config
  readonly env: NodeJS.ProcessEnv
  readonly log: Log
  /** Looked at before every write to the forge or to Git. */
  readonly fence?: Fence
}

/** One repository with the adapters that reach it. Makes the local store; sends nothing yet. */
export async function openRepository(
  spec: RepositorySpec,
  { config, env, log, fence }: RepositoryOptions,
  accounts: ForgeAccounts,
): Promise<OpenedRepository> {
  const stopping = new AbortController()
  const hosted = await accounts.open(spec)
  const manifests = await openManifests(spec, {
    stateFolder: config.stateDir,
    inherited: env,
    identity: IDENTITY,
    stop: stopping.signal,
    ...(hosted?.mint && { mint: hosted.mint }),
    ...(config.renderer.kustomize !== undefined && { renderer: config.renderer.kustomize }),
    ...(config.renderer.helm !== undefined && { helm: config.renderer.helm }),
  })
  const pullRequests = openPullRequests(spec, hosted?.api, {
    store: manifests,
    identity: `${IDENTITY.name} <${IDENTITY.email}>`,
    log,
  })
  const sides = hosted && openSides(hosted.api, spec.branch)
  return {
    spec,
    ...(fence === undefined
      ? { manifests, pullRequests, ...(sides && { hosted: sides }) }
      : {
          manifests: fenced(manifests, fence, ['push', 'deleteBranch']),
          pullRequests: fenced(pullRequests, fence),
          ...(sides && { hosted: { ...sides, checks: fenced(sides.checks, fence) } }),
        }),
    stop: () => stopping.abort(),
    forget: () => removeStore(spec, config.stateDir),
  }
}

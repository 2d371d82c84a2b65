import { appKeyRef, readSecret, tokenRef } from '#src/config/read-secret.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { appAccess } from '#src/forge/github/app-access.ts'
import { type AccountAccess, tokenAccess } from '#src/forge/hosted/account-access.ts'
import type { ForgeApi } from '#src/forge/hosted/forge-api.ts'
import type { Fetch } from '#src/forge/hosted/guarded-fetch.ts'
import type { Pace } from '#src/forge/hosted/pace.ts'
import { openNetwork } from '#src/forge/network.ts'
import { FORGE_TIMEOUT_MS, type HostedSpec, openForgeApi, paceOf } from '#src/forge/open-forge.ts'
import type { Log } from '#src/runtime/log.ts'
import { systemClock } from '#src/runtime/system-clock.ts'

export interface ForgeAccountsOptions {
  readonly env: NodeJS.ProcessEnv
  readonly log: Log
  /** Instead of the network. */
  readonly fetch?: Fetch
}

export interface HostedForge {
  readonly api: ForgeApi
  /** Gives the token for Git, where it is minted. */
  readonly mint?: () => Promise<string>
}

/** Logs in to the forges of all repositories. What one account does on several of them is paced together. */
export class ForgeAccounts {
  readonly #options: ForgeAccountsOptions
  readonly #paces = new Map<string, Pace>()

  constructor(options: ForgeAccountsOptions) {
    this.#options = options
  }

  /** Undefined on plain Git. Sends nothing yet. */
  async open({ forge, credentials, caFile }: RepositorySpec): Promise<HostedForge | undefined> {
    if (forge.type === 'git') return undefined
    const { env, log } = this.#options
    const fetch = this.#options.fetch ?? (await openNetwork({ env, caFile }))
    const access = this.#access(forge, credentials, fetch)
    const account = credentials?.appId ?? credentials?.tokenFile ?? credentials?.tokenEnv ?? ''
    const pace = this.#pace(`${forge.baseUrl} ${account}`, forge.type)
    const api = openForgeApi(forge, { access, log, fetch, pace })
    return { api, ...(credentials?.appId !== undefined && { mint: () => access.token() }) }
  }

  #access(forge: HostedSpec, credentials: RepositorySpec['credentials'], fetch: Fetch): AccountAccess {
    const { env } = this.#options
    const { appId, appInstallationId } = credentials ?? {}
    const key = appKeyRef(credentials)
    if (appId === undefined || key === undefined) {
      const ref = tokenRef(credentials)
      return tokenAccess(async () => (ref === undefined ? '' : readSecret(ref, env)))
    }
    const { baseUrl, owner, repo } = forge
    return appAccess({
      ...{ baseUrl, owner, repo, appId, fetch },
      ...(appInstallationId !== undefined && { installationId: appInstallationId }),
      privateKey: () => readSecret(key, env),
      timeoutMs: FORGE_TIMEOUT_MS,
      clock: systemClock,
    })
  }

  #pace(account: string, type: HostedSpec['type']): Pace {
    const pace = this.#paces.get(account) ?? paceOf(type, systemClock)
    this.#paces.set(account, pace)
    return pace
  }
}

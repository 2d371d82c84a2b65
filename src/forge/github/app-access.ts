import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { z } from 'zod'
import { OperatorError } from '#src/domain/errors.ts'
import type { AccountAccess } from '#src/forge/hosted/account-access.ts'
import { askFor } from '#src/forge/hosted/answers.ts'
import { type Fetch, guardedFetch } from '#src/forge/hosted/guarded-fetch.ts'
import { type Account, accountPayload } from '#src/forge/hosted/payloads.ts'
import { type RestCall, restCaller } from '#src/forge/hosted/rest-call.ts'
import type { Clock } from '#src/runtime/clock.ts'

export interface AppOptions {
  readonly baseUrl: string
  readonly owner: string
  readonly repo: string
  /** The App's number, or its client identifier. */
  readonly appId: string
  /** Asked of the forge unless given: the installation that may see the repository. */
  readonly installationId?: string
  /** PEM, PKCS#1 as GitHub gives it or PKCS#8; read again for each token. */
  readonly privateKey: () => Promise<string>
  readonly fetch: Fetch
  readonly timeoutMs: number
  readonly clock: Pick<Clock, 'now'>
}

/** An installation token lives for an hour, and is replaced so long before its end. Milliseconds. */
const BEFORE_EXPIRY = 5 * 60_000
/** "Generating a JSON Web Token (JWT) for a GitHub App": at most ten minutes; a minute back for clocks that differ. */
const JWT_SECONDS = { back: 60, ahead: 9 * 60 }

const installation = z.object({ id: z.number() })
const installationToken = z.object({ token: z.string(), expires_at: z.string() })
const app = z.object({ slug: z.string() })

interface Minted {
  readonly token: string
  readonly until: number
}

/**
 * A GitHub App on one repository: tokens that are good for that repository alone, minted with the App's key, and replaced
 * before they expire or when one was refused. Throws CredentialsMissing for a key that is none, ForgeAuth when the App is
 * not installed there.
 */
export function appAccess(options: AppOptions): AccountAccess {
  const { owner, repo, baseUrl, fetch, timeoutMs, clock } = options
  const object = `repository ${owner}/${repo}`
  const asApp = restCaller(
    baseUrl,
    guardedFetch({ baseUrl, scheme: 'Bearer', token: () => signed(options), fetch, timeoutMs }),
  )
  let minted: Promise<Minted> | undefined
  let account: Promise<Account> | undefined

  async function mint(): Promise<Minted> {
    const id = options.installationId ?? (await installationOf(asApp, object, owner, repo))
    const path = `/app/installations/${id}/access_tokens`
    const answer = await askFor({ object, doing: 'getting an installation token' }, installationToken, () =>
      asApp('POST', path, { json: { repositories: [repo] } }),
    )
    const expires = Date.parse(answer.expires_at)
    return { token: answer.token, until: Number.isNaN(expires) ? 0 : expires - BEFORE_EXPIRY }
  }

  async function token(refused?: string): Promise<string> {
    const asked = minted
    const now = await asked?.catch(() => undefined)
    if (now !== undefined && now.token !== refused && clock.now() < now.until) return now.token
    // Whoever waited beside us may have asked for the next one already.
    if (minted === asked) minted = mint()
    return (await (minted ?? mint())).token
  }

  async function whoAmI(): Promise<Account> {
    const { slug } = await askFor({ object, doing: 'reading the App' }, app, () => asApp('GET', '/app'))
    const asInstallation = restCaller(baseUrl, guardedFetch({ baseUrl, token, fetch, timeoutMs }))
    return askFor({ object, doing: `reading the account of App ${slug}` }, accountPayload, () =>
      asInstallation('GET', `/users/${encodeURIComponent(`${slug}[bot]`)}`),
    )
  }

  return {
    token,
    async self() {
      account ??= whoAmI()
      account.catch(() => {
        account = undefined
      })
      return account
    },
  }
}

async function installationOf(asApp: RestCall, object: string, owner: string, repo: string): Promise<number> {
  const doing = 'looking for the installation of the App (install it on this repository)'
  const { id } = await askFor({ object, doing }, installation, () =>
    asApp('GET', `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}/installation`),
  )
  return id
}

async function signed({ appId, privateKey, clock }: AppOptions): Promise<string> {
  const key = keyOf(await privateKey())
  const now = Math.floor(clock.now() / 1000)
  const claims = { iat: now - JWT_SECONDS.back, exp: now + JWT_SECONDS.ahead, iss: appId }
  const text = `${encoded({ alg: 'RS256', typ: 'JWT' })}.${encoded(claims)}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function keyOf(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    // The cause could quote the key.
    throw new OperatorError('CredentialsMissing', 'the key of the GitHub App is no private key in PEM')
  }
}

import { isObject } from '#src/domain/json.ts'
import type { ForgeSpec, RepositorySpec } from '#src/domain/repository.ts'
import { type ConfigInput, configSchema } from './config-schema.ts'
import { type ConfigSources, mergeSources } from './config-sources.ts'
import type { ListenAddress } from './listen-address.ts'
import { modelProblems } from './model-checks.ts'
import type { Problem } from './problem.ts'
import { repositoryProblems } from './repository-checks.ts'
import type { RepositoryInput } from './repository-schema.ts'
import { schemaProblems } from './schema-problems.ts'
import { apiOf, forgeOf } from './server-url.ts'

/** Where a credential is kept. It is read when it is used, never held. */
export type SecretRef = { readonly file: string } | { readonly env: string }

/** The whole configuration, checked. Times in milliseconds, sizes in bytes. docs/configuration.md tells each setting. */
export type Config = Readonly<Omit<ConfigInput, 'repositories' | 'webhook'>> & {
  readonly repositories: readonly RepositorySpec[]
  /** Undefined: no webhook server. */
  readonly webhook: WebhookConfig | undefined
}

export interface WebhookConfig {
  readonly listen: ListenAddress
  /** At least one; a delivery signed with any of them is genuine. */
  readonly secrets: readonly SecretRef[]
  readonly maxBody: number
}

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Reads all sources and tells everything that is wrong with them at once, in the order of the file. */
export function parseConfig(sources: ConfigSources): ParsedConfig {
  const { settings, problems: unreadable, where } = mergeSources(sources)
  if (unreadable.length > 0) return { ok: false, problems: unreadable }
  const parsed = configSchema.safeParse(settings)
  const problems = [
    ...(parsed.success ? [] : schemaProblems(parsed.error.issues, settings, where)),
    ...repositoryProblems(settings['repositories'], where),
    ...webhookProblems(settings['webhook'], where),
    ...modelProblems(settings, where),
  ]
  if (!parsed.success || problems.length > 0) return { ok: false, problems: inOrder(problems) }
  const { repositories, webhook, ...rest } = parsed.data
  return {
    ok: true,
    config: { ...rest, repositories: repositories.map(repositorySpec), webhook: webhookConfig(webhook) },
  }
}

function webhookProblems(
  webhook: unknown,
  where: (path: readonly PropertyKey[]) => string | undefined,
): readonly Problem[] {
  if (!isObject(webhook)) return []
  const has = (key: string) => webhook[key] !== undefined && String(webhook[key]) !== ''
  const secret = has('secretFile') || has('secretEnv')
  const problem = (key: string, message: string) => [{ key, where: where(key.split('.')), message }]
  if (has('listen') && !secret)
    return problem('webhook.secretFile', 'is missing: a webhook server needs secretFile or secretEnv')
  if (secret && !has('listen'))
    return problem('webhook.listen', 'is missing: a webhook secret is named, and no address to listen on')
  return []
}

function webhookConfig(webhook: ConfigInput['webhook']): WebhookConfig | undefined {
  const { listen, secretFile, secretEnv, maxBody } = webhook
  if (listen === undefined) return undefined
  return {
    listen,
    maxBody,
    secrets: [...secretFile.map((file) => ({ file })), ...secretEnv.map((env) => ({ env }))],
  }
}

/** What an entry of `repositories` means, once the schema and the cross-checks have nothing against it. */
export function repositorySpec({
  insecure,
  forge,
  credentials,
  paths,
  caFile,
  ...rest
}: RepositoryInput): RepositorySpec {
  return {
    ...rest,
    ...(insecure && { insecure }),
    ...(caFile !== undefined && { caFile }),
    forge: forge.type === 'git' ? forge : hostedSpec(rest.url, forge),
    paths: paths.map(defined),
    ...(credentials && { credentials: defined(credentials) }),
  }
}

function hostedSpec(
  url: string,
  { type, baseUrl, owner, repo, approval }: Exclude<RepositoryInput['forge'], { type: 'git' }>,
): ForgeSpec {
  const derived = forgeOf(url, type)
  return {
    type,
    baseUrl: (baseUrl ?? apiOf(new URL(url), type)).replace(/\/$/, ''),
    owner: owner ?? derived?.owner ?? '',
    repo: repo ?? derived?.repo ?? '',
    approval,
  }
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Without the members that are undefined: absent and undefined are not the same to exactOptionalPropertyTypes. */
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Defined<T>
}

/** One problem per place, in the order of the file, with what has no line at the end. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const line = ({ where }: Problem) =>
    Number(/^line (\d+)$/.exec(where ?? '')?.[1] ?? Number.POSITIVE_INFINITY)
  const unique = problems.filter(
    (problem, index) =>
      problems.findIndex(({ key, where }) => key === problem.key && where === problem.where) === index,
  )
  return unique.toSorted((a, b) => (line(a) === line(b) ? 0 : line(a) - line(b)))
}

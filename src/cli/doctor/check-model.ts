import type { Config } from '#src/config/config.ts'
import { apiKeyRef } from '#src/config/model-checks.ts'
import { readSecret } from '#src/config/read-secret.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { isArray, isObject, type JsonObject } from '#src/domain/json.ts'
import type { ModelProvider } from '#src/domain/model-provider.ts'
import { ask, networkReason } from './asked.ts'
import { type Finding, findingsOf } from './finding.ts'

type Models = Pick<Config, 'proposers' | 'ollama' | 'openai' | 'claude'>

/** Does each configured model server answer, and have the model? No evidence is sent, and no token is spent. */
export async function checkModels(config: Models, env: NodeJS.ProcessEnv): Promise<readonly Finding[]> {
  const providers = config.proposers.filter((name) => name !== 'playbooks' && name !== 'memory')
  return Promise.all(providers.map((provider) => modelFinding(provider, config, env)))
}

interface Listing {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The names in the answer. */
  readonly named: (body: JsonObject) => readonly unknown[]
}

async function modelFinding(
  provider: ModelProvider,
  config: Models,
  env: NodeJS.ProcessEnv,
): Promise<Finding> {
  const say = findingsOf(`model (${provider})`)
  const { url, model } = config[provider]
  try {
    const listing = await listingOf(provider, config, env)
    const { status, body } = await ask(listing.url, { headers: listing.headers })
    if (status === 401 || status === 403) {
      return say.failed(`${url} refuses the API key`, `Renew the key of ${provider} in the configuration.`)
    }
    if (status !== 200 || !isObject(body)) {
      const remedy = `Check ${provider}.url: it is the root of the server's API.`
      return say.failed(`${url} answered with HTTP ${status}, not as a model server does`, remedy)
    }
    const names = listing.named(body)
    if (names.includes(model) || names.includes(`${model}:latest`)) return say.ok(`${url} has ${model}`)
    const remedy = provider === 'ollama' ? `ollama pull ${model}` : `Name a model that the server has.`
    return say.failed(`${url} has no model ${model}`, remedy)
  } catch (error) {
    if (error instanceof OperatorError) return say.failed(error.message, error.remedy)
    const remedy = `Start the server or correct ${provider}.url; playbooks go on without a model.`
    return say.failed(`${url}: ${networkReason(error)}`, remedy)
  }
}

async function listingOf(provider: ModelProvider, config: Models, env: NodeJS.ProcessEnv): Promise<Listing> {
  const root = config[provider].url.replace(/\/$/, '')
  if (provider === 'ollama') {
    return { url: `${root}/api/tags`, headers: {}, named: (body) => each(body['models'], 'name') }
  }
  const ref = apiKeyRef(config[provider])
  const key = ref === undefined ? undefined : await readSecret(ref, env)
  const named = (body: JsonObject) => each(body['data'], 'id')
  if (provider === 'claude') {
    const headers = { 'anthropic-version': '2023-06-01', ...(key !== undefined && { 'x-api-key': key }) }
    return { url: `${root}/v1/models?limit=1000`, headers, named }
  }
  const headers = key === undefined ? undefined : { authorization: `Bearer ${key}` }
  return { url: `${root}/models`, headers: headers ?? {}, named }
}

function each(list: unknown, member: string): readonly unknown[] {
  return isArray(list) ? list.filter(isObject).map((entry) => entry[member]) : []
}

import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import type { SecretRef } from './config.ts'
import type { ConfigInput } from './config-schema.ts'
import type { Problem } from './problem.ts'
import { urlProblem } from './server-url.ts'

type Where = (path: readonly PropertyKey[]) => string | undefined

const HOSTED = ['openai', 'claude'] as const

/** What single settings of hosted models cannot tell: a key that goes over an open line, a model that is never asked. */
export function modelProblems(settings: JsonObject, where: Where): readonly Problem[] {
  const asked = isArray(settings['proposers']) ? settings['proposers'] : []
  return HOSTED.flatMap((name) => problemsOf(name, settings[name], asked.includes(name), where))
}

function problemsOf(
  name: (typeof HOSTED)[number],
  section: Json | undefined,
  isAsked: boolean,
  where: Where,
): readonly Problem[] {
  const given = isObject(section) ? section : {}
  const has = (key: string) => given[key] !== undefined && String(given[key]) !== ''
  const problem = (key: string, message: string): Problem => ({
    key: `${name}.${key}`,
    where: where([name, key]),
    message,
  })
  const hasKey = has('apiKeyFile') || has('apiKeyEnv')
  const { url } = given
  const isOpen =
    typeof url === 'string' &&
    urlProblem(url, ['https', 'http'], 'anywhere') === undefined &&
    urlProblem(url, ['https', 'http'], 'loopback') !== undefined
  return [
    ...(has('apiKeyFile') && has('apiKeyEnv')
      ? [problem('apiKeyEnv', 'is one too many: apiKeyFile names the key already')]
      : []),
    ...(hasKey && isOpen
      ? [problem('url', 'is plain http, on which anybody on the way can read the API key; use https')]
      : []),
    ...(isAsked && name === 'claude' && !hasKey
      ? [problem('apiKeyFile', 'is missing: claude is a proposer, and has neither apiKeyFile nor apiKeyEnv')]
      : []),
    ...(isAsked && !has('namespaces')
      ? [
          problem(
            'namespaces',
            `is missing: ${name} is a proposer, and no namespace's evidence may be sent to it`,
          ),
        ]
      : []),
  ]
}

/** Where the API key of a hosted model is kept; undefined when none is configured. */
export function apiKeyRef({ apiKeyFile, apiKeyEnv }: ConfigInput['claude']): SecretRef | undefined {
  if (apiKeyFile !== undefined) return { file: apiKeyFile }
  return apiKeyEnv === undefined ? undefined : { env: apiKeyEnv }
}

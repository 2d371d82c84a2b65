import { parse } from 'yaml'
import { isObject, type JsonObject } from '#src/domain/json.ts'
import { readConfigFile } from './config-file.ts'
import type { Problem } from './problem.ts'
import { allSettings, type Setting } from './settings.ts'

/** Where settings come from. A flag wins over a variable, a variable over the file, the file over the default. */
export interface ConfigSources {
  /** The configuration file's text. */
  readonly file?: string
  /** Variables by name; an empty one counts as not set. Names that belong to no setting are not looked at. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Values by flag name without dashes in front (`ollama-url`); `true` for a flag given without a value. */
  readonly flags?: Readonly<Record<string, string | boolean | undefined>>
}

/** All sources laid over each other, not checked yet. */
export interface MergedSources {
  readonly settings: JsonObject
  readonly problems: readonly Problem[]
  where(path: readonly PropertyKey[]): string | undefined
}

export function mergeSources(sources: ConfigSources): MergedSources {
  const file = readConfigFile(sources.file ?? '')
  const origins = new Map<string, string>()
  let settings = file.settings
  for (const setting of allSettings()) {
    const given = givenText(setting, sources)
    if (given === undefined) continue
    settings = withMember(settings, setting.key.split('.'), readAs(setting, given.text))
    origins.set(setting.key, given.where)
  }
  return {
    settings,
    problems: file.problems,
    where: (path) => {
      const origin = origins.get(String(path[0])) ?? origins.get(path.slice(0, 2).map(String).join('.'))
      if (origin !== undefined) return origin
      const line = file.lineOf(path)
      return line === undefined ? undefined : `line ${line}`
    },
  }
}

function givenText(
  { env, flag }: Setting,
  sources: ConfigSources,
): { text: string; where: string } | undefined {
  const flagValue = sources.flags?.[flag]
  if (flagValue !== undefined) return { text: String(flagValue), where: `flag --${flag}` }
  const variable = sources.env?.[env]
  return variable === undefined || variable === '' ? undefined : { text: variable, where: `variable ${env}` }
}

/** What does not read as its type stays text: the schema then says what it expected. */
function readAs({ type }: Setting, text: string): unknown {
  switch (type) {
    case 'true or false':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'whole number':
      return /^-?\d+$/.test(text) ? Number(text) : text
    case 'list of texts':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '')
    case 'list of repositories':
      return yamlOrText(text)
    default:
      return text
  }
}

function yamlOrText(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 })
  } catch {
    return text
  }
}

/** A copy with one member set. A section that is no mapping in the file stays, so that the schema refuses it. */
function withMember(root: JsonObject, [name, ...rest]: readonly string[], value: unknown): JsonObject {
  if (name === undefined) return root
  const below = root[name]
  if (rest.length === 0) return { ...root, [name]: value } as JsonObject
  if (below !== undefined && !isObject(below)) return root
  return { ...root, [name]: withMember(below ?? {}, rest, value) }
}

import { z } from 'zod'
import { configSchema } from './config-schema.ts'
import type { SettingType } from './fields.ts'

/**
 * One setting under its four names. The rule is mechanical: `ollama.contextTokens` in the file is
 * `OLLAMA_CONTEXT_TOKENS` in the environment and `--ollama-context-tokens` as a flag.
 */
export interface Setting {
  readonly key: string
  readonly env: string
  readonly flag: string
  readonly type: SettingType
  /** As one writes it in the file; undefined where there is none. */
  readonly fallback: unknown
  readonly about: string
}

/** Every setting, in the order of the schema. */
export function allSettings(): readonly Setting[] {
  return settingsIn(configSchema, [])
}

function settingsIn(schema: z.ZodObject, at: readonly string[]): readonly Setting[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const path = [...at, name]
    const { inner, fallback } = unwrap(field)
    if (inner instanceof z.ZodObject) return settingsIn(inner, path)
    const { type, about } = z.globalRegistry.get(field as z.ZodType) as Pick<Setting, 'type' | 'about'>
    return [{ key: path.join('.'), env: envName(path), flag: flagName(path), type, fallback, about }]
  })
}

/** The schema inside `optional` and `prefault`, and the default that the latter gives. */
export function unwrap(schema: z.core.$ZodType): { inner: z.core.$ZodType; fallback: unknown } {
  if (schema instanceof z.ZodPrefault) {
    return { inner: unwrap(schema.def.innerType).inner, fallback: schema.def.defaultValue }
  }
  if (schema instanceof z.ZodOptional) return unwrap(schema.def.innerType)
  return { inner: schema, fallback: undefined }
}

function envName(path: readonly string[]): string {
  return path.map((name) => name.replace(/[A-Z]/g, '_$&').toUpperCase()).join('_')
}

function flagName(path: readonly string[]): string {
  return path.map((name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)).join('-')
}

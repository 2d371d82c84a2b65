import { lintSource } from '@secretlint/core'
import { secretLintProfiler } from '@secretlint/profiler'
import { rules } from '@secretlint/secretlint-rule-preset-recommend'

/** Positions of secrets in a text: UTF-16 offsets, end exclusive. */
export type Scan = (text: string) => Promise<readonly (readonly [start: number, end: number])[]>

/**
 * The maintained scanner with its recommended rules, less the one that lets a comment in the text (`secretlint-disable`)
 * switch the others off: the text is untrusted.
 */
export function createScan(): Scan {
  // It marks every step on the process-wide performance timeline and keeps the entries: memory without end.
  secretLintProfiler.mark = () => undefined
  const config = {
    rules: rules
      .filter(({ meta }) => !meta.id.endsWith('filter-comments'))
      .map((rule) => ({ id: rule.meta.id, rule, options: {} })),
  }
  return async (content) => {
    const source = { content, filePath: 'evidence.txt', ext: '.txt', contentType: 'text' as const }
    const { messages } = await lintSource({ source, options: { config, noPhysicFilePath: true } })
    return messages.map(({ range }) => [range[0], range[1]] as const)
  }
}

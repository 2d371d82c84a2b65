/** `skipped`: could not be looked at, for a reason that the sentence gives. */
export type Level = 'ok' | 'warning' | 'failed' | 'skipped'

/** One line of `doctor`. What failed keeps the operator from its work; a remedy says what to do about it. */
export interface Finding {
  readonly check: string
  readonly level: Level
  readonly sentence: string
  readonly remedy?: string
}

/** Makes the findings of one check. */
export function findingsOf(check: string) {
  return {
    ok: (sentence: string): Finding => ({ check, level: 'ok', sentence }),
    skipped: (sentence: string): Finding => ({ check, level: 'skipped', sentence }),
    warning: (sentence: string, remedy: string): Finding => ({ check, level: 'warning', sentence, remedy }),
    failed: (sentence: string, remedy: string): Finding => ({ check, level: 'failed', sentence, remedy }),
  }
}

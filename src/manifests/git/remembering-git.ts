import { BoundedCache } from '#src/runtime/bounded-cache.ts'
import type { GitResult, LocalGit } from './git-process.ts'

const MEMORY_FOR_ANSWERS = 16 * 2 ** 20

/**
 * Remembers lasting answers: what is said of commits named by full id, in a store whose history is complete. Everything
 * else is asked every time.
 */
export function rememberingGit(git: LocalGit): LocalGit {
  const answers = new BoundedCache<GitResult>(MEMORY_FOR_ANSWERS)
  const asked = new Map<string, Promise<GitResult>>()
  return async (args, options = {}) => {
    const { lasting } = options
    if (lasting === undefined || lasting.length === 0) return git(args, options)
    const key = args.join('\0')
    const known = answers.get(key)
    if (known) return known
    const asking = asked.get(key) ?? git(args, options).finally(() => asked.delete(key))
    asked.set(key, asking)
    const answer = await asking
    if (lasting.includes(answer.code)) answers.set(key, answer, key.length + answer.stdout.length + 200)
    return answer
  }
}

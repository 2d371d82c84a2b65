import type { Checks, OpenHead } from '#src/forge/checks.ts'
import type { ForgeApi } from './forge-api.ts'
import { headBranchOf, isOurs } from './pull-facts.ts'

export function hostedChecks(api: ForgeApi, baseBranch: string): Checks {
  return {
    async openHeads() {
      const [pulls, queued, self] = await Promise.all([
        api.openPulls(baseBranch),
        api.queued(baseBranch),
        api.self(),
      ])
      const heads = pulls.map(
        (pull): OpenHead => ({
          sha: pull.head.sha,
          pullRequest: String(pull.number),
          branch: headBranchOf(pull),
          isOurs: isOurs(pull, self),
        }),
      )
      // What a queued commit adds to its base is a pull request that is open, and is told by that one's number.
      const inQueue = queued.flatMap(({ sha, number }) => {
        const head = heads.find(({ pullRequest }) => pullRequest === String(number))
        return head ? [{ ...head, sha }] : []
      })
      return [...heads, ...inQueue]
    },
    ensureCheck: (sha, report) => api.ensureCheck(sha, report),
  }
}

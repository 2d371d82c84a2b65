import { type Finding, findingsOf } from './finding.ts'

/** HTTP dates have whole seconds, and an answer takes its time. Milliseconds. */
const NOTICEABLE = 5_000
/** Settle times, tokens with an end and certificates are judged by the clock. */
const TOO_FAR = 60_000

/** Compares our clock with the `date` of an answer that just came. */
export function clockFinding(whose: string, date: string | string[] | undefined, now: number): Finding {
  const say = findingsOf('clock')
  const theirs = Date.parse(String(date))
  if (Number.isNaN(theirs)) return say.skipped(`the ${whose} tells no time`)
  const apart = Math.abs(now - theirs)
  if (apart <= NOTICEABLE) return say.ok(`agrees with the ${whose}`)
  const sentence = `${Math.round(apart / 1000)} s apart from the ${whose}`
  const remedy = 'Let both keep time by NTP.'
  return apart > TOO_FAR ? say.failed(sentence, remedy) : say.warning(sentence, remedy)
}

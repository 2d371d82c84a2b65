import type { Remediation } from '#src/domain/remediation.ts'
import { describeTarget } from '#src/domain/target.ts'
import { neutral } from './neutral.ts'
import { clip, oneLine } from './visible.ts'

type Named = Pick<Remediation, 'target' | 'fault'>

/** `container web of Deployment shop/web`, or the object alone. */
export function placeOf({ fault, target }: Named): string {
  if (fault.container === '') return describeTarget(target)
  const role = fault.role === 'main' ? 'container' : `${fault.role} container`
  return `${role} ${fault.container} of ${describeTarget(target)}`
}

/** A pull request's title: the summary, which has to name the workload. */
export function titleOf(remediation: Named, summary: string): string {
  return neutral(clip(named(remediation, sentence(summary)), 200))
}

/** A commit's subject, at most 72 characters: the workload in front, not again at length in the middle. */
export function subjectOf(remediation: Named, summary: string): string {
  const text = sentence(summary).replace(new RegExp(` (?:of|in) ${escaped(placeOf(remediation))}`), '')
  const subject = named(remediation, text)
  const whole = neutral(clip(subject, 72))
  return whole.length <= 72 ? whole : neutral(clip(subject, 72 - (whole.length - 72)))
}

function named({ target }: Named, text: string): string {
  return text.includes(describeTarget(target)) ? text : `${target.namespace}/${target.name}: ${text}`
}

function sentence(summary: string): string {
  return oneLine(summary, 500).replace(/\.$/, '')
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

import { describeChange } from '#src/domain/change.ts'
import { fixOf, fixTrailer, REMEDIATION_TRAILER } from '#src/domain/fix-trailer.ts'
import type { Plan, Remediation } from '#src/domain/remediation.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { afterMerge } from './after-merge.ts'
import { excerptOf, plural } from './evidence-excerpt.ts'
import { FAULT_WORDS } from './fault-words.ts'
import { renderPlain } from './render.ts'
import { placeOf, subjectOf } from './subject.ts'
import { clip } from './visible.ts'

const WIDTH = 72
const MOST_ITEMS = 12

/** All that a reviewer without a forge needs, in 72 columns; our trailers are the last paragraph. */
export function commitMessage(
  template: string,
  remediation: Remediation,
  plan: Plan,
  repository: RepositorySpec,
): string {
  const { target, fault, attempt, namespace, name } = remediation
  const { proposal, verdicts, source, fixKey } = plan
  const evidence = excerptOf(remediation.evidence, fault.container)
  const place = placeOf(remediation)
  const text = renderPlain(template, {
    subject: subjectOf(remediation, proposal.summary),
    place: place.charAt(0).toUpperCase() + place.slice(1),
    trouble: FAULT_WORDS[fault.reason],
    reason: fault.reason,
    facts: [
      ...evidence.exits.map((exit) => `It ${exit}.`),
      ...evidence.events.slice(0, 3).map(({ reason, count }) => `${reason} ×${count}.`),
    ],
    rootCause: proposal.rootCause,
    changes: proposal.changes.slice(0, MOST_ITEMS).map((change) => clip(describeChange(change), 300)),
    grounds: proposal.grounds.slice(0, MOST_ITEMS).map(({ evidence }) => evidence),
    risk: proposal.risk,
    proposer: proposal.model === undefined ? proposal.proposer : `${proposal.proposer} (${proposal.model})`,
    checks: verdicts.map(({ gate, verdict }) => `${gate} ${verdict}`).join(', ') || plural(0, 'gate'),
    plainGit: repository.forge.type === 'git',
    baseBranch: source.baseBranch,
    afterMerge: afterMerge(repository, target),
    trailers: `${fixTrailer(fixOf(fixKey, attempt))}\n${REMEDIATION_TRAILER}: ${namespace}/${name}`,
  })
  const [subject = '', ...body] = text.split('\n')
  return [subject, ...body.flatMap(wrapped)].join('\n')
}

/**
 * Indented lines (field paths) and trailers have to stay whole. No line begins with what a bot would take for a command, or
 * git for a comment.
 */
function wrapped(line: string): readonly string[] {
  if (line.length <= WIDTH || line.startsWith('  ') || /^[A-Z][A-Za-z-]+: \S+$/.test(line)) return [line]
  const indent = line.startsWith('- ') ? '  ' : ''
  const lines: string[] = []
  let current = ''
  for (const word of line.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`
    if (longer.length <= WIDTH || current === '-' || /^[/#]/.test(word)) current = longer
    else {
      lines.push(current)
      current = indent + word
    }
  }
  return [...lines, current]
}

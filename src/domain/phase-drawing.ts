import { exits, isFinal, PHASES } from './phase.ts'

/** The state machine as a Mermaid diagram, which GitHub and Gitea draw. One line per transition, in the table's order. */
export function phaseDiagram(): string {
  const transitions = PHASES.flatMap((from) => exits[from].map((to) => `  ${from} --> ${to}`))
  const ends = PHASES.filter(isFinal).map((phase) => `  ${phase} --> [*]`)
  return [
    'stateDiagram-v2',
    `  [*] --> ${PHASES[0]}`,
    ...transitions,
    '  Applied --> [*]: Recovered',
    ...ends,
  ].join('\n')
}

/** The same for a terminal: each phase and what may follow it. */
export function phaseTable(): string {
  const width = Math.max(...PHASES.map((phase) => phase.length))
  return PHASES.map((phase) => {
    const next = [...exits[phase], ...(phase === 'Applied' ? ['(end, once recovered)'] : [])]
    return `${phase.padEnd(width)}  ${next.length === 0 ? '(end)' : `→ ${next.join(' | ')}`}`
  }).join('\n')
}

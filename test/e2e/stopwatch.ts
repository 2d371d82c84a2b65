export interface Stopwatch {
  /** What was reached now, since the stage before. */
  stage(name: string): void
  /** One line: every stage with its seconds. */
  told(): string
}

export function stopwatch(): Stopwatch {
  const stages: string[] = []
  const started = performance.now()
  let last = started
  return {
    stage(name) {
      const now = performance.now()
      stages.push(`${name} ${seconds(now - last)}`)
      last = now
    },
    told: () => [...stages, `together ${seconds(last - started)}`].join(' · '),
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}

import assert from 'node:assert/strict'
import type { Finding } from '#src/cli/doctor/finding.ts'

/** The only finding of that level; a remedy comes with it. */
export function only(findings: readonly Finding[], level: 'failed' | 'warning'): Finding {
  const found = findings.filter((each) => each.level === level)
  assert.equal(found.length, 1, JSON.stringify(findings, null, 2))
  const [finding] = found
  assert.ok(finding?.remedy, 'a red line comes with a remedy')
  return finding
}

export function allOk(findings: readonly Finding[]): void {
  assert.ok(findings.length > 0)
  assert.deepEqual(
    findings.filter(({ level }) => level !== 'ok'),
    [],
  )
}

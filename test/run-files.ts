import { appendFile } from 'node:fs/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import type { FileCoverage } from './coverage/coverage.ts'
import { belowSources } from './coverage/sources.ts'

/** A file to which every runner appends one line, `PASSED FAILED`, for whoever adds them up. */
const SUMMARY = 'AIOPS_TEST_SUMMARY'

export interface RunOptions {
  readonly files: readonly string[]
  readonly testNamePatterns: readonly string[]
  /** Files at once. */
  readonly concurrency: number
  /** Milliseconds for one file. */
  readonly timeout: number
  readonly signal: AbortSignal
  /** Measures which lines of src/ ran, and is told of it at the end. */
  readonly onCoverage?: (files: readonly FileCoverage[]) => void
}

/**
 * Runs test files, reports to standard output and gives the exit code: not 0 on a failed test, on a skipped or todo one,
 * on a file without a test, and when there was none.
 */
export async function runFiles(settings: RunOptions): Promise<number> {
  const { files, testNamePatterns, onCoverage, ...options } = settings
  const coverage = onCoverage !== undefined && { coverage: true, coverageIncludeGlobs: ['src/**'] }
  const stream = run({
    ...{ ...options, ...coverage, files: [...files], testNamePatterns: [...testNamePatterns] },
  })
  stream.on('test:coverage', ({ summary }) => onCoverage?.(summary.files.flatMap(measured)))
  let refused = 0
  let empty = 0
  let counted = { tests: 0, passed: 0, skipped: 0, todo: 0 }
  let success = false
  const refuse = (kind: string, event: { name: string; file?: string | undefined }) => {
    refused += 1
    process.stderr.write(`a ${kind} test counts as failed: ${event.name} (${event.file})\n`)
  }
  stream.on('test:pass', (event) => {
    if (event.name === event.file) {
      // The runner counts a file without a test in it, or without one that matches the pattern, as a test.
      empty += 1
      if (testNamePatterns.length === 0) refuse('file without a', event)
    }
    if (event.skip !== undefined) refuse('skipped', event)
    if (event.todo !== undefined) refuse('todo', event)
  })
  stream.on('test:summary', (event) => {
    if (event.file !== undefined) return
    counted = event.counts
    success = event.success
  })
  await new Promise<void>((done, reject) => {
    const report = stream.compose(new spec())
    report.pipe(process.stdout)
    report.on('end', () => done())
    report.on('error', reject)
  })
  const none = counted.tests - empty <= 0
  if (none) console.error('no test ran')
  const { tests, passed, skipped, todo } = counted
  const failed = tests - passed - skipped - todo + refused
  const summary = process.env[SUMMARY]
  if (summary) await appendFile(summary, `${passed - empty} ${failed}\n`)
  return success && failed === 0 && !none ? 0 : 1
}

function measured(file: {
  readonly path: string
  readonly totalLineCount: number
  readonly coveredLineCount: number
}): readonly FileCoverage[] {
  const path = belowSources(file.path)
  return path === undefined ? [] : [{ path, lines: file.totalLineCount, covered: file.coveredLineCount }]
}

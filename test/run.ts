import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { parseArgs } from 'node:util'
import { SERVER_NAMES } from '#src/embedded/artifacts.ts'
import { findServers } from '#src/embedded/provision.ts'
import { BROKER, startBroker } from './servers/broker.ts'

/**
 * `npm test`: every test file, in bounded concurrency, with one control plane, one Git server and one Gitea for all.
 *
 *   npm test -- [PATH…] [--test-name-pattern REGEX]… [--test-concurrency N]
 *
 * Fails on a failed test, on a skipped or todo one, and when there was none.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'test-name-pattern': { type: 'string', multiple: true },
      'test-concurrency': { type: 'string' },
    },
  })
  const files = testFiles(positionals)
  if (files.length === 0) {
    console.error(`no test files${positionals.length > 0 ? ` match ${positionals.join(' ')}` : ''}`)
    return 1
  }
  const progress = (line: string) => console.error(line)
  const whole = positionals.length === 0
  // Before the first test, so that its time is its own: a cold machine builds for ten minutes.
  if (whole) await findServers(SERVER_NAMES, { progress })
  const broker = await startBroker(progress)
  process.env[BROKER] = broker.socket
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  try {
    const timeout = whole ? 600_000 : Number.POSITIVE_INFINITY
    return await runTests(
      files,
      values['test-name-pattern'] ?? [],
      Number(values['test-concurrency']),
      timeout,
      interrupted.signal,
    )
  } finally {
    await broker.stop()
  }
}

function testFiles(paths: readonly string[]): string[] {
  const root = resolve(import.meta.dirname, '..')
  const found =
    paths.length > 0
      ? paths.flatMap((path) => (path.endsWith('.ts') ? globSync(path) : globSync(`${path}/**/*.test.ts`)))
      : globSync('test/**/*.test.ts', { cwd: root, exclude: ['test/e2e/**', 'test/bench/**'] }).map((file) =>
          resolve(root, file),
        )
  return [...new Set(found.map((file) => resolve(file)))].sort()
}

async function runTests(
  files: string[],
  testNamePatterns: string[],
  concurrency: number,
  /** Milliseconds for one file. */
  timeout: number,
  signal: AbortSignal,
): Promise<number> {
  const stream = run({
    files,
    testNamePatterns,
    concurrency: concurrency || Math.max(2, Math.min(6, availableParallelism())),
    timeout,
    signal,
  })
  let failed = false
  let tests = 0
  let empty = 0
  const refuse = (kind: string, event: { name: string; file?: string | undefined }) => {
    failed = true
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
  stream.on('test:fail', () => {
    failed = true
  })
  stream.on('test:summary', (event) => {
    if (event.file === undefined) {
      tests = event.counts.tests
      if (!event.success) failed = true
    }
  })
  await new Promise<void>((done, reject) => {
    const report = stream.compose(new spec())
    report.pipe(process.stdout)
    report.on('end', () => done())
    report.on('error', reject)
  })
  const none = tests - empty <= 0
  if (none) console.error('no test ran')
  return failed || none ? 1 : 0
}

process.exitCode = await main()

import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SERVER_NAMES } from '#src/embedded/artifacts.ts'
import { findServers } from '#src/embedded/provision.ts'
import { ROOMS } from './architecture/rooms.ts'
import { byRoom, coverageTable, type FileCoverage, missed } from './coverage/coverage.ts'
import { allSources } from './coverage/sources.ts'
import { runFiles } from './run-files.ts'
import { BROKER, startBroker } from './servers/broker.ts'

/**
 * `npm test`: every test file, in bounded concurrency, with one control plane, one Git server and one Gitea for all.
 *
 *   npm test -- [PATH…] [--test-name-pattern REGEX]… [--test-concurrency N] [--coverage]
 *
 * Fails on a failed test, on a skipped or todo one, and when there was none.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'test-name-pattern': { type: 'string', multiple: true },
      'test-concurrency': { type: 'string' },
      coverage: { type: 'boolean', default: false },
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
  // Every file runs in a process of its own, and compiles the same sources.
  process.env['NODE_COMPILE_CACHE'] ??= resolve(import.meta.dirname, '../node_modules/.cache/compile')
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  let covered: readonly FileCoverage[] = []
  const onCoverage = (files: readonly FileCoverage[]) => {
    covered = files
  }
  try {
    const code = await runFiles({
      files,
      testNamePatterns: values['test-name-pattern'] ?? [],
      // One more than there are processors: whole scenes spend much of their time waiting.
      concurrency: Number(values['test-concurrency']) || Math.max(2, Math.min(6, availableParallelism() + 1)),
      timeout: whole ? 600_000 : Number.POSITIVE_INFINITY,
      signal: interrupted.signal,
      ...(values.coverage && { onCoverage }),
    })
    return values.coverage ? Math.max(code, await judgeCoverage(covered)) : code
  } finally {
    await broker.stop()
  }
}

/** Prints lines by room; 1 where an aim was missed. */
async function judgeCoverage(covered: readonly FileCoverage[]): Promise<number> {
  const isPure = (room: string) => ROOMS[room]?.adapters.length === 0
  const rooms = byRoom(await allSources(), covered, isPure)
  console.log(coverageTable(rooms))
  return missed(rooms).length > 0 ? 1 : 0
}

function testFiles(paths: readonly string[]): string[] {
  const root = resolve(import.meta.dirname, '..')
  const found =
    paths.length > 0
      ? paths.flatMap((path) => (path.endsWith('.ts') ? globSync(path) : globSync(`${path}/**/*.test.ts`)))
      : globSync('test/**/*.test.ts', { cwd: root, exclude: ['test/e2e/**', 'test/bench/**'] }).map((file) =>
          resolve(root, file),
        )
  const files = [...new Set(found.map((file) => resolve(file)))].sort()
  // The longest first, so that none of them is left alone at the end.
  const isLong = (file: string) => LONG.test(relative(root, file))
  return [...files.filter(isLong), ...files.filter((file) => !isLong(file))]
}

/** Whole stories on real servers. */
const LONG = /^test\/(scenarios|cli)\//

process.exitCode = await main()

import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { incident } from './incident/incident.ts'
import type { Measurement } from './measurement.ts'
import { machine, summary, table } from './report.ts'
import { repository } from './repository/repository.ts'

const MEASUREMENTS: readonly Measurement[] = [incident, repository]

function usage(): string {
  const names = MEASUREMENTS.map(({ name, about }) => `  ${name}: ${about}`).join('\n')
  return `npm run bench -- [--only NAME] [--incidents N] [--at-once N] [--timeline] [--json FILE]

${names}`
}

/** What was asked for, or what is wrong with it. */
function settings() {
  try {
    return parseArgs({
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        only: { type: 'string' },
        incidents: { type: 'string', default: '50' },
        'at-once': { type: 'string', default: '4' },
        timeline: { type: 'boolean', default: false },
        json: { type: 'string' },
      },
    }).values
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** `npm run bench`: every measurement, or one. Prints figures and judges none: a time is a fact about a machine. */
async function main(): Promise<number> {
  const values = settings()
  if (typeof values === 'string') {
    console.error(`${values}\n\n${usage()}`)
    return 2
  }
  if (values.help) {
    console.log(usage())
    return 0
  }
  const [repeats, atOnce] = [Number(values.incidents), Number(values['at-once'])]
  const chosen = MEASUREMENTS.filter(({ name }) => values.only === undefined || name === values.only)
  const wrong =
    chosen.length === 0
      ? `there is no measurement ${values.only}; there are: ${MEASUREMENTS.map(({ name }) => name).join(', ')}`
      : [repeats, atOnce].every((each) => Number.isInteger(each) && each > 0)
        ? undefined
        : '--incidents and --at-once take whole numbers above 0'
  if (wrong !== undefined) {
    console.error(wrong)
    return 2
  }
  const results: object[] = []
  for (const { name, about, measure } of chosen) {
    console.log(`\n${name}: ${about}\n`)
    const progress = (line: string) => console.error(line)
    const measured = await measure({ repeats, atOnce, timeline: values.timeline, progress })
    console.log(table(measured))
    const { settings, comparisons, efforts } = measured
    results.push({
      name,
      settings,
      comparisons: comparisons.map((each) => ({ ...summary(each), ...each })),
      efforts,
    })
  }
  if (values.json !== undefined) {
    const whole = { date: new Date().toISOString(), machine: machine(), results }
    await writeFile(values.json, `${JSON.stringify(whole, null, 2)}\n`)
  }
  return 0
}

process.exitCode = await main()

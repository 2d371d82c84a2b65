import { EXIT } from '#src/cli/exit-code.ts'
import { type Output, printed, tableOf } from '#src/cli/printed.ts'
import type { Shell } from '#src/cli/shell.ts'
import { connectToCluster } from '#src/cluster/connect.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { asJson, member } from '#src/domain/kube-object.ts'
import { API_VERSION, isEnded } from '#src/domain/remediation.ts'
import { parseRemediation, REMEDIATION_KIND } from '#src/domain/remediation-wire.ts'
import { milliseconds } from '#src/domain/time.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { ageOf, type StatusRow, statusRow } from './rows.ts'

export interface StatusOptions {
  /** All namespaces without it. */
  readonly namespace: string | undefined
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
  /** Leaves out what has ended. */
  readonly open: boolean
  readonly output: Output
}

/** Prints the Remediations of a cluster, the one that moved last first. */
export async function status(options: StatusOptions, shell: Shell): Promise<number> {
  const rows = await readRows(options, (line) => void shell.stderr.write(`${line}\n`))
  const now = systemClock.now()
  shell.stdout.write(printed(options.output, rows, () => table(rows, now)))
  return EXIT.ok
}

async function readRows(
  { namespace, kubeconfig, context, open }: StatusOptions,
  warn: (line: string) => void,
): Promise<readonly StatusRow[]> {
  const cluster = connectToCluster({ kubeconfig, context }, systemClock)
  try {
    const within = namespace === undefined ? {} : { namespace }
    const objects = await cluster.api.list(API_VERSION, REMEDIATION_KIND, within)
    const read = objects.flatMap((object) => {
      try {
        const updated = milliseconds(member(asJson(object)['status'], 'lastUpdateTime'))
        return [{ remediation: parseRemediation(object), updated }]
      } catch (error) {
        if (!(error instanceof OperatorError)) throw error
        warn(`${error.code}: ${error.message}`)
        return []
      }
    })
    return read
      .filter(({ remediation }) => !open || !isEnded(remediation))
      .map(({ remediation, updated }) => statusRow(remediation, updated))
      .toSorted((a, b) => (a.since < b.since ? 1 : -1))
  } finally {
    await cluster.close()
  }
}

const HEADER = ['NAMESPACE', 'NAME', 'TARGET', 'FAULT', 'STAGE', 'FOR', 'AGE', 'PULL REQUEST', 'WHY']

function table(rows: readonly StatusRow[], now: number): string {
  if (rows.length === 0) return 'No Remediations.\n'
  return tableOf(
    HEADER,
    rows.map((row) => [
      ...[row.namespace, row.name, row.target, row.fault, row.stage],
      ...[ageOf(row.since, now), ageOf(row.detected, now), row.pullRequest ?? '-', firstLine(row.why)],
    ]),
  )
}

function firstLine(text = ''): string {
  const [line = ''] = text.split('\n')
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}

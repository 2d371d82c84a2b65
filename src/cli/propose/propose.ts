import { openForCommand } from '#src/cli/edit/command-checkout.ts'
import { EXIT } from '#src/cli/exit-code.ts'
import type { Shell } from '#src/cli/shell.ts'
import { clusterState } from '#src/domain/cluster-state.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { createRedactor } from '#src/evidence/redact.ts'
import type { ProposeChain } from '#src/propose/propose-chain.ts'
import { readLogFiles } from './log-files.ts'
import { namedRoots } from './named-roots.ts'
import { proposeOffline, writeProposals } from './offline.ts'
import { openChain } from './offline-chain.ts'
import { NO_SETTINGS, readOfflineSettings } from './offline-settings.ts'
import { type ProposeReport, proposeReport, proposeText } from './propose-report.ts'
import { newestTime, readStateFiles, timeArgument } from './state-files.ts'

export interface ProposeOptions {
  readonly state: readonly string[]
  readonly repo: string
  readonly logs: string | undefined
  readonly roots: readonly string[]
  /** RFC 3339; undefined: the newest time in the state. */
  readonly now: string | undefined
  readonly config: string | undefined
  readonly proposers: string
  readonly json: boolean
  readonly write: boolean
}

/** The whole pipeline without a cluster: from files to proposals. Resolves with the exit code. */
export async function propose(options: ProposeOptions, shell: Shell): Promise<number> {
  const chain = await openChain(options.proposers, shell)
  const report = await proposeFromFiles(options, chain, shell)
  shell.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : proposeText(report))
  const isBroken = report.findings.some(({ abstention }) => abstention?.code === 'Internal')
  return isBroken ? EXIT.failed : EXIT.ok
}

/** ConfigInvalid for files and folders that cannot be read. */
export async function proposeFromFiles(
  options: Omit<ProposeOptions, 'json' | 'proposers'>,
  chain: ProposeChain,
  shell: Pick<Shell, 'env' | 'stderr'>,
): Promise<ProposeReport> {
  const objects = await readStateFiles(options.state)
  const logs = options.logs === undefined ? [] : await readLogFiles(options.logs)
  const settings = options.config === undefined ? NO_SETTINGS : await readOfflineSettings(options.config)
  const now = options.now === undefined ? newestTime(objects) : timeArgument(options.now, '--now')
  if (now === undefined)
    throw new OperatorError('ConfigInvalid', 'the state tells no time; give one', { object: '--now' })
  const open = () => openForCommand(options.repo, shell)
  const redactor = createRedactor({ known: () => [] })
  const checkout = await open()
  try {
    const named = namedRoots(checkout, options.roots.length > 0 ? options.roots : settings.roots)
    const { registryTags } = settings
    const world = { state: clusterState(objects, logs), now, checkout, redactor, registryTags }
    const results = await proposeOffline({ world, chain, named })
    const written = options.write ? (await writeProposals(results, checkout, open)).files : []
    return await proposeReport(results, now, written, (text) => redactor.text(text))
  } finally {
    await checkout.close()
  }
}

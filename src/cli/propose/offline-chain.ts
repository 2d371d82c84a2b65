import type { Shell } from '#src/cli/shell.ts'
import { loadConfig } from '#src/config/load-config.ts'
import { createRedactor } from '#src/evidence/redact.ts'
import { knownSecrets } from '#src/known-secrets.ts'
import { modelSecrets } from '#src/model-secrets.ts'
import { type ProposerDeps, proposersOf } from '#src/propose/open-proposers.ts'
import { ProposeChain } from '#src/propose/propose-chain.ts'
import type { Proposer } from '#src/propose/proposer.ts'
import type { Log } from '#src/runtime/log.ts'
import { systemClock } from '#src/runtime/system-clock.ts'

export interface ChainOptions extends Partial<Pick<ProposerDeps, 'observe' | 'types'>> {
  /** Flags as of `run`: `ollama-model` … */
  readonly flags?: Readonly<Record<string, string>>
  /** Puts something around each proposer: an evaluation that looks at first answers. */
  readonly around?: (proposer: Proposer) => Proposer
}

/** Who is asked for fixes; the models' settings come from the environment, as for `run`. ConfigInvalid. */
export async function openChain(
  proposers: string,
  { env, stderr }: Pick<Shell, 'env' | 'stderr'>,
  { flags = {}, around = (proposer) => proposer, ...options }: ChainOptions = {},
) {
  const config = await loadConfig({ env, flags: { ...flags, proposers } })
  const redactor = createRedactor({ known: () => knownSecrets(config, config.repositories, env) })
  const deps = {
    ...{ clock: systemClock, observe: () => {}, ...options },
    ...modelSecrets(config, env, redactor),
  }
  return new ProposeChain((await proposersOf(config, deps)).map(around), warnings(stderr))
}

/** Only what a person has to know: a model that cannot be reached. */
function warnings(stderr: Shell['stderr']): Log {
  const tell = (message: string) => void stderr.write(`${message}\n`)
  const log: Log = { debug() {}, info() {}, warn: tell, error: tell, with: () => log }
  return log
}

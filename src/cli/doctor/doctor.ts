import { EXIT } from '#src/cli/exit-code.ts'
import { type Output, printed, tableOf } from '#src/cli/printed.ts'
import type { Shell } from '#src/cli/shell.ts'
import { connectToCluster } from '#src/cluster/connect.ts'
import type { Config } from '#src/config/config.ts'
import { loadConfig } from '#src/config/load-config.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { checkAccess, type Whose } from './check-access.ts'
import { checkApi } from './check-api.ts'
import { checkCrds } from './check-crds.ts'
import { checkForge } from './check-forge.ts'
import { checkHostKeys } from './check-host-keys.ts'
import { checkModels } from './check-model.ts'
import { checkRenderers } from './check-renderers.ts'
import { checkRepository } from './check-repository.ts'
import { checkWebhook } from './check-webhook.ts'
import type { Finding } from './finding.ts'

export interface DoctorOptions {
  readonly config: string | undefined
  /** Whose rights are looked at. */
  readonly whose: Whose
  /** The public address of the webhook. */
  readonly webhookUrl: string | undefined
  readonly output: Output
}

/** Looks at everything that the operator needs, and says for each thing that is missing what to do. Changes nothing. */
export async function doctor(options: DoctorOptions, shell: Shell): Promise<number> {
  const { config: path, output } = options
  const config = await loadConfig({ env: shell.env, ...(path !== undefined && { path }) })
  const findings = await allFindings(config, options, shell.env)
  shell.stdout.write(printed(output, findings, () => report(findings)))
  return findings.some(({ level }) => level === 'failed') ? EXIT.failed : EXIT.ok
}

async function allFindings(
  config: Config,
  { whose, webhookUrl }: DoctorOptions,
  env: NodeJS.ProcessEnv,
): Promise<readonly Finding[]> {
  const rest = Promise.all([
    checkWebhook(config.webhook, webhookUrl, env),
    checkRenderers(config, env),
    checkModels(config, env),
    ...config.repositories.flatMap((spec) => [
      checkHostKeys(spec),
      checkForge(spec, env, systemClock),
      checkRepository(spec, config, env),
    ]),
  ])
  return [...(await clusterFindings(config, whose)), ...(await rest).flat()]
}

async function clusterFindings(config: Config, whose: Whose): Promise<readonly Finding[]> {
  const access = { kubeconfig: config.kubeconfig }
  const api = await checkApi(access, systemClock)
  // What cannot be reached would say the same again for every question.
  if (api.some(({ check, level }) => check === 'API server' && level === 'failed')) return api
  const { transport, close } = connectToCluster(access, systemClock)
  try {
    return [...api, ...(await checkCrds(transport)), ...(await checkAccess(transport, config, whose))]
  } finally {
    await close()
  }
}

const MARK = { ok: 'ok', skipped: '-', warning: 'WARNING', failed: 'FAILED' } as const

function report(findings: readonly Finding[]): string {
  const rows = findings.map(({ check, level, sentence }) => [MARK[level], check, sentence])
  const remedies = findings.flatMap(({ check, level, sentence, remedy }) =>
    remedy === undefined ? [] : [`\n${MARK[level]} ${check}: ${sentence}\n  ${remedy}\n`],
  )
  return tableOf(['', 'CHECK', 'FOUND'], rows) + remedies.join('')
}

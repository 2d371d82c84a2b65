import { request } from 'undici'
import { KubeCredentials, type KubeCredentialsOptions } from '#src/cluster/kube-credentials.ts'
import { asOperatorError } from '#src/domain/errors.ts'
import { isObject } from '#src/domain/json.ts'
import type { Clock } from '#src/runtime/clock.ts'
import { clockFinding } from './clock.ts'
import { type Finding, findingsOf } from './finding.ts'

const OLDEST_MINOR = 27
/** ValidatingAdmissionPolicy is there for good from here on. */
const GUARDED_MINOR = 30
const TIMEOUT = 10_000

/** Can the API server be reached, is it new enough, and does its clock agree with ours? */
export async function checkApi(
  options: KubeCredentialsOptions,
  clock: Pick<Clock, 'now' | 'monotonic'>,
): Promise<readonly Finding[]> {
  const say = findingsOf('API server')
  const credentials = new KubeCredentials(options, () => clock.monotonic())
  try {
    const { server, headers, dispatcher } = await credentials.access()
    const limits = { headersTimeout: TIMEOUT, bodyTimeout: TIMEOUT }
    const answer = await request(`${server}/version`, { dispatcher, headers, ...limits })
    const text = await answer.body.text()
    if (answer.statusCode === 401) {
      const remedy = 'Renew the credentials that the kubeconfig or the ServiceAccount gives the operator.'
      return [say.failed(`${server} does not accept the credentials`, remedy)]
    }
    const found = versionIn(text)
    if (answer.statusCode !== 200 || found === undefined) {
      const remedy = 'Check the address in the kubeconfig: this is no Kubernetes API server.'
      return [say.failed(`${server} answered /version with HTTP ${answer.statusCode}`, remedy)]
    }
    return [versionFinding(found), clockFinding('API server', answer.headers['date'], clock.now())]
  } catch (error) {
    return [say.failed(reason(error), 'Check that the API server is reachable with this kubeconfig.')]
  } finally {
    await credentials.close()
  }
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  const { message } = asOperatorError(error)
  return code === undefined || message.includes(code) ? message : `${message} (${code})`
}

interface Version {
  readonly text: string
  readonly minor: number
}

function versionIn(text: string): Version | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    if (!isObject(parsed) || typeof parsed['gitVersion'] !== 'string') return undefined
    return { text: parsed['gitVersion'], minor: Number.parseInt(String(parsed['minor']), 10) }
  } catch {
    return undefined
  }
}

/** Exported for a test: no old API server is at hand. */
export function versionFinding({ text, minor }: Version): Finding {
  const say = findingsOf('API server')
  if (minor < OLDEST_MINOR) {
    return say.failed(`Kubernetes ${text} is older than 1.${OLDEST_MINOR}`, 'Upgrade the cluster.')
  }
  if (minor < GUARDED_MINOR) {
    const remedy = `Upgrade to 1.${GUARDED_MINOR} for the ValidatingAdmissionPolicies of docs/security.md.`
    return say.warning(`Kubernetes ${text} has no guards`, remedy)
  }
  return say.ok(`Kubernetes ${text}`)
}

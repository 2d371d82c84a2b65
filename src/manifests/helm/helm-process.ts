import { OperatorError } from '#src/domain/errors.ts'
import type { HelmRoot } from '#src/domain/root.ts'
import { type ConfinedLimits, runConfined } from '#src/manifests/confined-process.ts'

export interface HelmRequest {
  readonly release: Omit<HelmRoot, 'values'>
  /** The chart's folder or archive, relative to `home`. */
  readonly chart: string
  /** Values files, relative to `home`; later ones win. No name may hold a comma. */
  readonly values: readonly string[]
  /** False when a schema of the chart names other files or hosts, which helm would open. */
  readonly validate: boolean
  /** The scratch folder that the run may see and write to. */
  readonly home: string
}

/** Renders a chart; gives the YAML that helm prints. RendererMissing, RenderFailed. */
export type Helm = (request: HelmRequest) => Promise<string>

const LIMITS: ConfinedLimits = { timeMs: 30_000, output: 32 * 2 ** 20, memory: 1024 * 2 ** 20 }

/**
 * The real `helm template` (3 or 4), without cluster, plugins, repositories, post-renderers or name lookups. Objects of
 * test hooks are left out: no engine keeps them. `lookup` finds nothing, as in every engine's rendering.
 */
export function helmRunner(
  binary: string | undefined,
  limits: ConfinedLimits = LIMITS,
  stop?: AbortSignal,
): Helm {
  if (binary === undefined) {
    return () =>
      Promise.reject(new OperatorError('RendererMissing', 'the root is a Helm chart, and no helm is known'))
  }
  return async ({ release, chart, values, validate, home }) => {
    const refused = refusedRelease(release)
    if (refused !== undefined) throw new OperatorError('RenderFailed', refused)
    const options = [
      `--namespace=${release.namespace}`,
      ...values.map((path) => `--values=${path}`),
      ...(release.includeCrds === false ? [] : ['--include-crds']),
      '--skip-tests',
      ...(release.kubeVersion === undefined ? [] : [`--kube-version=${release.kubeVersion}`]),
      ...(release.apiVersions ?? []).map((each) => `--api-versions=${each}`),
      ...(validate ? [] : ['--skip-schema-validation']),
    ]
    const args = ['template', ...options, '--', release.release, `./${chart}`]
    return runConfined({ binary, args, home, env: helmFolders(home), stop }, limits)
  }
}

/** Everything that helm would look for in a home. */
function helmFolders(home: string): Readonly<Record<string, string>> {
  return {
    HELM_CONFIG_HOME: `${home}/helm`,
    HELM_CACHE_HOME: `${home}/helm`,
    HELM_DATA_HOME: `${home}/helm`,
    HELM_PLUGINS: `${home}/helm/plugins`,
    HELM_NO_PLUGINS: '1',
    KUBECONFIG: `${home}/helm/kubeconfig`,
  }
}

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
/** Helm's own rule: DNS labels joined by points, 53 characters. */
const RELEASE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const KUBE_VERSION = /^v?\d+\.\d+(\.\d+)?([-+][0-9A-Za-z.+-]+)?$/
const API_VERSION = /^[A-Za-z0-9.-]+(\/[A-Za-z0-9]+){0,2}$/

/** Why a release is not rendered, as a sentence; undefined when it may be. */
export function refusedRelease(release: Omit<HelmRoot, 'values'>): string | undefined {
  const shown = (text: string) => JSON.stringify(text.slice(0, 100))
  const { release: name, namespace, kubeVersion } = release
  if (name.length > 53 || !RELEASE.test(name)) {
    return `${shown(name)} is no release name: lower-case letters, digits, "-" and ".", 53 characters at most`
  }
  if (namespace.length > 63 || !DNS_LABEL.test(namespace)) return `${shown(namespace)} is no namespace`
  if (kubeVersion !== undefined && !KUBE_VERSION.test(kubeVersion)) {
    return `${shown(kubeVersion)} is no Kubernetes version such as v1.31.0`
  }
  const wrong = release.apiVersions?.find((each) => !API_VERSION.test(each))
  return wrong === undefined ? undefined : `${shown(wrong)} is no API version such as apps/v1`
}

import { posix } from 'node:path'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { Root } from '#src/domain/root.ts'
import type { Checkout } from '#src/manifests/checkout/open-checkout.ts'

/** The charts in the tree, each without and with every values file that may be meant for it. */
export function chartRoots(checkout: Checkout, live: KubeObject): readonly Root[] {
  return [...checkout.files.paths()]
    .filter(
      (path) => /(^|\/)Chart\.yaml$/.test(path) && !/(^|\/)charts\/[^/]+\/Chart\.yaml$/.test(innerOf(path)),
    )
    .flatMap((path) => rootsOf(checkout, folderOf(path), live))
}

/* A chart inside another chart is part of that. */
function innerOf(path: string): string {
  return path.startsWith('charts/') ? path.slice('charts/'.length) : path
}

/** Helm's own labels tell release and namespace. */
function rootsOf(checkout: Checkout, chart: string, live: KubeObject): readonly Root[] {
  const annotations = live.metadata.annotations ?? {}
  const labels = live.metadata.labels ?? {}
  const release =
    annotations['meta.helm.sh/release-name'] ?? labels['app.kubernetes.io/instance'] ?? labels['release']
  const namespace = annotations['meta.helm.sh/release-namespace'] ?? live.metadata.namespace ?? 'default'
  const name = release ?? posix.basename(chart || checkout.folder)
  const own = posix.join(chart, 'values.yaml')
  const values = [...checkout.files.paths()].filter(
    (path) => path !== own && isValuesFile(checkout, path, chart),
  )
  return [[], ...values.map((path) => [path])].map((paths) => ({
    folder: chart,
    helm: {
      release: name,
      namespace,
      values: paths.map((path) => ({ kind: 'file' as const, path })),
    },
  }))
}

function isValuesFile(checkout: Checkout, path: string, chart: string): boolean {
  const base = posix.basename(path)
  if (!/\.ya?ml$/.test(base)) return false
  const inChart = chart === '' || path.startsWith(`${chart}/`)
  if (inChart)
    return /values/i.test(path.slice(chart.length)) && !path.slice(chart.length).includes('templates/')
  return /values/i.test(path) && checkout.files.find(path).kind === 'file'
}

function folderOf(path: string): string {
  const folder = posix.dirname(path)
  return folder === '.' ? '' : folder
}

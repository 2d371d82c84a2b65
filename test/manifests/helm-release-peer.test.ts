import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { findServers } from '#src/embedded/provision.ts'
import { objectsPrinted, printedDocuments } from '#src/manifests/helm/helm-output.ts'
import { checkoutOf, type Tree } from '../cli/edit/edit-command.ts'
import { temporaryFolder } from './git-fixture.ts'
import { renderedRoots } from './rendered-roots.ts'

const URL = 'https://git.example/fleet.git'

const CONFIG_MAP = `apiVersion: v1
kind: ConfigMap
metadata:
  name: shared
  namespace: shop
data:
  values.yaml: |
    env: {A: shared, B: shared, GONE: shared}
    hosts: [shared]
    memory: 1Gi
  other.yaml: |
    env: {B: other}
  tag: "1.20"
  number: "3"
  quoted: '"3"'
`

function release(name: string, more: string): string {
  return `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: ${name}
  namespace: shop
spec:
  interval: 1h
  chart:
    spec:
      chart: ./charts/web
      sourceRef: {kind: GitRepository, name: fleet}
${more}`
}

const CHART: Tree = {
  'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: "9"\n',
  'charts/web/values.yaml':
    'env: {A: chart, B: chart, C: chart, GONE: chart}\nhosts: [chart]\nreplicas: 1\ntag: null\n',
  'charts/web/values-prod.yaml': 'env: {C: prod}\nmemory: 2Gi\n',
  'charts/web/crds/thing.yaml':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.com\nspec: {}\n',
  'charts/web/templates/all.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-{{ .Chart.Name }}
  namespace: {{ .Release.Namespace }}
data:
  values: {{ .Values | toJson | quote }}
  release: {{ .Release | toJson | quote }}
`,
}

/**
 * A HelmRelease, and what a person would type for the same according to Flux' documentation ("Values references",
 * "Values files"): `valuesFrom` in order, `values` on top, `targetPath` as `--set`.
 */
const CASES: Readonly<Record<string, Case>> = {
  'values alone': {
    spec: '  values:\n    env: {A: inline, GONE: null}\n    hosts: [inline, list]\n',
    values: ['env: {A: inline, GONE: null}\nhosts: [inline, list]\n'],
  },
  'ConfigMaps in order, and values on top': {
    spec: '  valuesFrom:\n  - {kind: ConfigMap, name: shared}\n  - {kind: ConfigMap, name: shared, valuesKey: other.yaml}\n  values:\n    env: {A: inline}\n',
    values: [
      'env: {A: shared, B: shared, GONE: shared}\nhosts: [shared]\nmemory: 1Gi\n',
      'env: {B: other}\n',
      'env: {A: inline}\n',
    ],
  },
  'target paths win over values': {
    spec: '  valuesFrom:\n  - {kind: ConfigMap, name: shared, valuesKey: tag, targetPath: tag}\n  - {kind: ConfigMap, name: shared, valuesKey: number, targetPath: replicas}\n  - {kind: ConfigMap, name: shared, valuesKey: number, targetPath: "env.dots\\\\.in"}\n  values:\n    replicas: 2\n    tag: inline\n    hosts: [a, b]\n',
    values: ['replicas: 2\ntag: inline\nhosts: [a, b]\n'],
    set: ['tag=1.20', 'replicas=3', 'env.dots\\.in=3'],
  },
  'a quoted target value is text': {
    spec: '  valuesFrom:\n  - {kind: ConfigMap, name: shared, valuesKey: quoted, targetPath: tag}\n',
    values: [],
    setString: ['tag=3'],
  },
  'a target namespace and no name': {
    spec: '  targetNamespace: elsewhere\n  values: {replicas: 4}\n',
    values: ['replicas: 4\n'],
    name: 'elsewhere-web',
    namespace: 'elsewhere',
  },
  'values files in the place of the chart’s own': {
    spec: '  values: {replicas: 5}\n',
    files: ['./charts/web/values-prod.yaml'],
    own: 'env: {C: prod}\nmemory: 2Gi\n',
    values: ['replicas: 5\n'],
  },
  'values files that begin with the chart’s own': {
    spec: '  values: {replicas: 6}\n',
    files: ['./charts/web/values.yaml', './charts/web/values-prod.yaml'],
    own: 'env: {A: chart, B: chart, C: prod, GONE: chart}\nhosts: [chart]\nreplicas: 1\ntag: null\nmemory: 2Gi\n',
    values: ['replicas: 6\n'],
  },
}

interface Case {
  readonly spec: string
  readonly values: readonly string[]
  readonly set?: readonly string[]
  readonly setString?: readonly string[]
  readonly name?: string
  readonly namespace?: string
  /** `valuesFiles`, and what the source-controller then packs as the chart's values.yaml. */
  readonly files?: readonly string[]
  readonly own?: string
}

const REPOSITORY = `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: fleet, namespace: shop}
spec: {interval: 1h, url: "${URL}", ref: {branch: main}}
`

for (const [title, each] of Object.entries(CASES)) {
  test(`a HelmRelease is what helm template makes of the same values: ${title}`, async (t) => {
    const programs = await findServers(['kustomize', 'helm'], { progress: () => {} })
    const text = release('web', each.spec)
    const files = each.files === undefined ? '' : `      valuesFiles: ${JSON.stringify(each.files)}\n`
    const folder = await checkoutOf(t, {
      ...CHART,
      'apps/release.yaml': text.replace('      sourceRef:', `${files}      sourceRef:`),
      'apps/all.yaml': `${REPOSITORY}---\n${CONFIG_MAP}`,
    })
    const [only, ...more] = await renderedRoots({ url: URL, person: { folder }, programs })
    assert.deepEqual(more, [])
    assert.deepEqual(only?.objects, await peer(folder, programs.helm, each))
  })
}

/** What `helm template` prints, with the values as files and `--set`. */
async function peer(folder: string, helm: string, { values, own, ...rest }: Case) {
  const work = await temporaryFolder()
  const chart = join(work, 'web')
  await cp(join(folder, 'charts/web'), chart, { recursive: true })
  if (own !== undefined) await writeFile(join(chart, 'values.yaml'), own)
  const layers: string[] = []
  for (const [i, text] of values.entries()) {
    layers.push(join(work, `${i}.yaml`))
    await writeFile(join(work, `${i}.yaml`), text)
  }
  const args = [
    ...['template', rest.name ?? 'web', chart, '--namespace', rest.namespace ?? 'shop', '--include-crds'],
    ...layers.flatMap((path) => ['-f', path]),
    ...(rest.set ?? []).flatMap((text) => ['--set', text]),
    ...(rest.setString ?? []).flatMap((text) => ['--set-string', text]),
  ]
  const { stdout } = await promisify(execFile)(helm, args, { env: { HOME: work } })
  const printed = objectsPrinted(printedDocuments(stdout))
  assert.ok(!('error' in printed))
  return printed.map(({ object }) => object)
}

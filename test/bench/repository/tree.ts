import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What is made: `apps` bases with four overlays each, and charts with releases of Flux. */
export interface TreeSize {
  readonly apps: number
  readonly manifestsPerBase: number
  readonly manifestsPerOverlay: number
  readonly releases: number
}

/** 10,000 manifests in 500 kustomizations, 100 of them named by objects of Flux, and 20 releases of two charts. */
export const LARGE: TreeSize = { apps: 100, manifestsPerBase: 56, manifestsPerOverlay: 11, releases: 20 }

export const ENVIRONMENTS = ['dev', 'test', 'stage', 'prod'] as const

function deployment(name: string, image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
    app.kubernetes.io/name: ${name}
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: ${name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ${name}
    spec:
      containers:
        - name: app
          image: ${image} # by the release train
          ports:
            - containerPort: 8080
          resources:
            requests: {cpu: 100m, memory: 128Mi}
            limits:
              memory: 256Mi
`
}

function configMap(name: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data:
  LOG_LEVEL: info
  TIMEOUT: "30"
  application.properties: |
    server.port=8080
    cache.size=100
`
}

function kustomization(resources: readonly string[], more = ''): string {
  const listed = resources.map((each) => `  - ${each}\n`).join('')
  return `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${listed}${more}`
}

/** Every third manifest is a Deployment. */
function manifest(name: string, i: number): string {
  return i % 3 === 0 ? deployment(name, `registry.example/${name}:1.${i}`) : configMap(name)
}

function* baseOf(app: string, count: number): Iterable<readonly [string, string]> {
  const names = Array.from({ length: count }, (_each, i) => `${app}-${i}`)
  for (const [i, name] of names.entries()) yield [`apps/${app}/base/${name}.yaml`, manifest(name, i)]
  yield [`apps/${app}/base/kustomization.yaml`, kustomization(names.map((name) => `${name}.yaml`))]
}

function* overlayOf(app: string, environment: string, count: number): Iterable<readonly [string, string]> {
  const folder = `apps/${app}/${environment}`
  const names = Array.from({ length: count - 1 }, (_each, i) => `${app}-${environment}-${i}`)
  for (const [i, name] of names.entries()) yield [`${folder}/${name}.yaml`, manifest(name, i)]
  const patch = `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${app}-0\nspec:\n  replicas: 3\n`
  yield [`${folder}/replicas.yaml`, patch]
  const resources = ['../base', ...names.map((name) => `${name}.yaml`)]
  const more = `namespace: ${app}-${environment}\npatches:\n  - path: replicas.yaml\n`
  yield [`${folder}/kustomization.yaml`, kustomization(resources, more)]
}

function* chartsAndReleases(count: number): Iterable<readonly [string, string]> {
  for (const chart of ['web', 'worker']) {
    yield [`charts/${chart}/Chart.yaml`, `apiVersion: v2\nname: ${chart}\nversion: 1.0.0\n`]
    yield [`charts/${chart}/values.yaml`, 'replicas: 2\nimage: registry.example/chart:1\n']
    yield [
      `charts/${chart}/templates/deployment.yaml`,
      deployment('{{ .Release.Name }}', '{{ .Values.image }}').replace(
        'replicas: 2',
        'replicas: {{ .Values.replicas }}',
      ),
    ]
  }
  for (let i = 0; i < count; i++) {
    const chart = i % 2 === 0 ? 'web' : 'worker'
    yield [
      `releases/release-${i}.yaml`,
      `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: release-${i}
  namespace: releases
spec:
  interval: 5m
  chart:
    spec:
      chart: charts/${chart}
      sourceRef: {kind: GitRepository, name: infra, namespace: flux-system}
  values:
    replicas: ${(i % 3) + 1}
`,
    ]
  }
}

function fluxKustomization(app: string): string {
  return `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: ${app}
  namespace: flux-system
spec:
  interval: 10m
  path: ./apps/${app}/prod
  prune: true
  sourceRef: {kind: GitRepository, name: infra}
`
}

/** Writes the tree into a folder; gives the number of files. */
export async function writeTree(folder: string, size: TreeSize, repositoryUrl: string): Promise<number> {
  let count = 0
  const put = async ([path, text]: readonly [string, string]) => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
    count += 1
  }
  for (let i = 0; i < size.apps; i++) {
    const app = `app${i}`
    for (const each of baseOf(app, size.manifestsPerBase)) await put(each)
    for (const environment of ENVIRONMENTS)
      for (const each of overlayOf(app, environment, size.manifestsPerOverlay)) await put(each)
  }
  for (const each of chartsAndReleases(size.releases)) await put(each)
  const source = `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: infra
  namespace: flux-system
spec:
  interval: 1m
  ref: {branch: main}
  url: ${repositoryUrl}
`
  await put(['clusters/prod/infra.yaml', source])
  for (let i = 0; i < size.apps; i++) await put([`clusters/prod/app${i}.yaml`, fluxKustomization(`app${i}`)])
  return count
}

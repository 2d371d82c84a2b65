import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkoutOf, contentOf, editJson, runHere } from './edit-command.ts'

const CHART = {
  'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: "2.0"\n',
  'charts/web/values.yaml': [
    'replicas: 1',
    'image:',
    '  repository: registry.example/web',
    '  tag: "1.0" # moved by releases',
    'resources: {}',
    'fixed: 1',
    '',
  ].join('\n'),
  'charts/web/templates/deployment.yaml': [
    'apiVersion: apps/v1',
    'kind: Deployment',
    'metadata:',
    '  name: {{ .Release.Name }}',
    'spec:',
    '  replicas: {{ .Values.replicas }}',
    '  revisionHistoryLimit: 3',
    '  selector: {matchLabels: {app: {{ .Release.Name }}}}',
    '  template:',
    '    metadata: {labels: {app: {{ .Release.Name }}}}',
    '    spec:',
    '      containers:',
    '      - name: web',
    '        image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"',
    '        {{- with .Values.resources }}',
    '        resources:',
    '          {{- toYaml . | nindent 10 }}',
    '        {{- end }}',
    '',
  ].join('\n'),
  'env/prod.yaml': 'replicas: 3\nimage:\n  tag: "1.1"\n',
}
const IMAGE = 'spec.template.spec.containers[name=web].image'
const root = ['--root', 'charts/web', '--values', 'env/prod.yaml', '--release', 'shop']

test('of a chart, the last values file that sets the key is edited', async (t) => {
  const repo = await checkoutOf(t, CHART)
  const { code, report, stderr } = await editJson(
    repo,
    ...[...root, '--target', 'Deployment/-/shop', '--set', `${IMAGE}=registry.example/web:1.2`, '--write'],
  )
  assert.equal(code, 0, stderr + JSON.stringify(report.error))
  assert.deepEqual(report.files, ['env/prod.yaml'])
  assert.equal(await contentOf(repo, 'env/prod.yaml'), 'replicas: 3\nimage:\n  tag: "1.2"\n')
})

test("a value that only the chart sets is set in the environment's own file", async (t) => {
  const repo = await checkoutOf(t, CHART)
  const memory = 'spec.template.spec.containers[name=web].resources.limits.memory'
  const { code, report, stderr } = await editJson(
    repo,
    ...[...root, '--target', 'Deployment/prod/shop', '--set', `${memory}=256Mi`, '--write'],
  )
  assert.equal(code, 0, stderr + JSON.stringify(report.error))
  assert.equal(
    await contentOf(repo, 'env/prod.yaml'),
    'replicas: 3\nimage:\n  tag: "1.1"\nresources:\n  limits:\n    memory: 256Mi\n',
  )
})

test("without a values file, the chart's own one is edited, comments and quotes kept", async (t) => {
  const repo = await checkoutOf(t, CHART)
  const { code } = await editJson(
    repo,
    ...[
      '--root',
      'charts/web',
      '--target',
      'Deployment/-/web',
      '--set',
      `${IMAGE}=registry.example/web:1.2`,
      '--write',
    ],
  )
  assert.equal(code, 0)
  assert.match(await contentOf(repo, 'charts/web/values.yaml'), /^ {2}tag: "1\.2" # moved by releases$/m)
})

test('what stands in a template is refused with its file and line', async (t) => {
  const repo = await checkoutOf(t, CHART)
  const { code, report } = await editJson(
    repo,
    ...[...root, '--target', 'Deployment/-/shop', '--set', 'spec.revisionHistoryLimit=5', '--write'],
  )
  assert.equal(code, 3)
  assert.equal(report.error?.code, 'EditRefused')
  assert.match(report.error?.message ?? '', /templates\/deployment\.yaml, line 7/)
})

const RELEASE = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: shop
  namespace: prod
spec:
  interval: 10m
  chart:
    spec:
      chart: ./charts/web
      reconcileStrategy: Revision
      sourceRef:
        kind: GitRepository
        name: infra
        namespace: flux-system
  values:
    replicas: 4
    image:
      tag: "1.3"   # by hand
`
const REPOSITORY = `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: infra
  namespace: flux-system
spec:
  interval: 1m
  url: https://git.example/infra.git
  ref: {branch: main}
`

test('what a HelmRelease renders is traced to its values, through the engine', async (t) => {
  const repo = await checkoutOf(t, { ...CHART, 'apps/release.yaml': RELEASE, 'apps/source.yaml': REPOSITORY })
  const { code, stdout, stderr } = await runHere([
    'trace',
    '--repo',
    repo,
    '--json',
    'Deployment/prod/shop',
    IMAGE,
  ])
  assert.equal(code, 0, stderr + stdout)
  const report = JSON.parse(stdout) as { file: string; line: number; engine: string; root: string }
  assert.deepEqual([report.file, report.line], ['apps/release.yaml', 19])
  assert.match(report.engine, /flux HelmRelease prod\/shop/)
})

test('what an Application renders is edited in its values, as an object or as a text', async (t) => {
  const application = (values: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  namespace: argocd
spec:
  project: default
  source:
    repoURL: https://git.example/infra.git
    targetRevision: main
    path: charts/web
    helm:
${values}
  destination:
    server: https://kubernetes.default.svc
    namespace: prod
`
  const forms = {
    '      valuesObject:\n        image:\n          tag: "1.3"': 15,
    '      values: |\n        image:\n          tag: "1.3"': 15,
  }
  for (const [values, line] of Object.entries(forms)) {
    const repo = await checkoutOf(t, { ...CHART, 'argo/shop.yaml': application(values) })
    const { code, stdout, stderr } = await runHere([
      'trace',
      '--repo',
      repo,
      '--json',
      'Deployment/prod/shop',
      IMAGE,
    ])
    assert.equal(code, 0, stderr + stdout)
    const report = JSON.parse(stdout) as { file: string; line: number; engine: string }
    assert.deepEqual(
      [report.file, report.line, report.engine],
      ['argo/shop.yaml', line, 'argocd Application argocd/shop'],
    )
  }
})

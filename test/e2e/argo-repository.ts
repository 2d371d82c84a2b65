import type { Files } from '../manifests/git-fixture.ts'

const NAMESPACES = [
  'ra-directory',
  'ra-kustomize',
  'ra-labels',
  'ra-helm',
  'ra-multi',
  'ra-sets',
  'ra-client',
]

/** A repository as a team on Argo CD keeps it: an app of apps whose children shape what is applied in each way. */
export function argoRepository(url: string): Files {
  return {
    'argocd/namespaces.yaml': NAMESPACES.map(
      (name) => `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n`,
    ).join('---\n'),
    'argocd/apps.yaml': [
      application('root', '', source(url, 'argocd', '    directory: {recurse: true}\n')),
      application(
        'directory',
        'ra-directory',
        source(
          url,
          'apps/directory',
          '    directory:\n      recurse: true\n      exclude: "{skipped,also}/*"\n',
        ),
      ),
      application(
        'kustomize',
        'ra-kustomize',
        source(
          url,
          'apps/overlays/prod',
          `    kustomize:
      namePrefix: eu-
      nameSuffix: -v2
      images:
      - registry.example.com/web:3.1
      - sidecar=registry.example.com/other/sidecar@sha256:${'ab'.repeat(32)}
      replicas:
      - name: web
        count: 2
      commonAnnotations: {example.com/owner: payments}
      patches:
      - target: {kind: Deployment, name: web}
        patch: |
          - op: replace
            path: /spec/template/spec/containers/0/env/0/value
            value: from the Application
`,
        ),
      ),
      application(
        'labels',
        'ra-labels',
        source(
          url,
          'apps/base',
          `    kustomize:
      namespace: ra-labels
      commonLabels: {team: payments, app: web}
      labelWithoutSelector: true
      labelIncludeTemplates: false
`,
        ),
      ),
      application(
        'client',
        'ra-client',
        source(url, 'apps/base', '    kustomize:\n      commonLabels: {team: shop}\n'),
        false,
      ),
      application(
        'helm',
        'ra-helm',
        source(
          url,
          'charts/web',
          `    helm:
      releaseName: shop
      valueFiles:
      - values-prod.yaml
      - ../../values/common.yaml
      - missing.yaml
      ignoreMissingValueFiles: true
      valuesObject:
        memory: 256Mi
        replicas: 2
      parameters:
      - name: env.LOG_LEVEL
        value: debug
      - name: replicas
        value: "1"
      - name: annotations.count
        value: "12"
        forceString: true
      fileParameters:
      - name: config
        path: ../../values/banner.txt
`,
        ),
      ),
      application(
        'multi',
        'ra-multi',
        `  sources:
  - repoURL: ${url}
    targetRevision: main
    path: charts/web
    helm:
      valueFiles:
      - $values/values/common.yaml
      - $values/values/multi.yaml
  - repoURL: ${url}
    targetRevision: main
    ref: values
  - repoURL: ${url}
    targetRevision: main
    path: apps/extra
`,
      ),
    ].join('---\n'),
    'sets/environments.yaml': `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata:
  name: environments
  namespace: argocd
spec:
  goTemplate: true
  generators:
  - git:
      repoURL: ${url}
      revision: main
      directories:
      - path: environments/*
      - path: environments/off
        exclude: true
  template:
    metadata:
      name: 'set-{{.path.basename}}'
    spec:
      project: default
      source:
        repoURL: ${url}
        targetRevision: main
        path: '{{.path.path}}'
        kustomize:
          nameSuffix: '-{{.path.basename}}'
      destination:
        server: https://kubernetes.default.svc
        namespace: ra-sets
      syncPolicy:
        automated: {prune: true, selfHeal: true}
        syncOptions: [ServerSideApply=true]
`,
    ...apps(),
    ...charts(),
  }
}

function application(name: string, namespace: string, sources: string, serverSide = true): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${name}
  namespace: argocd
spec:
  project: default
${sources}  destination:
    server: https://kubernetes.default.svc
    namespace: ${namespace || 'argocd'}
  syncPolicy:
    automated: {prune: true, selfHeal: true}
${serverSide ? '    syncOptions: [ServerSideApply=true]\n' : ''}`
}

function source(url: string, path: string, more: string): string {
  return `  source:
    repoURL: ${url}
    targetRevision: main
    path: ${path}
${more}`
}

function apps(): Files {
  return {
    'apps/directory/web.yaml': deployment('web', '1.0'),
    'apps/directory/deep/config.json':
      '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "json"}, "data": {"a": "b"}}\n',
    'apps/directory/deep/reader.yml': `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: rt:reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
`,
    'apps/directory/skipped/web.yaml': deployment('skipped', '1.0'),
    'apps/base/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- web.yaml
images:
- name: registry.example.com/web
  newTag: "2.0"
configMapGenerator:
- name: settings
  literals: [MODE=base]
`,
    'apps/base/web.yaml': deployment(
      'web',
      '1.0',
      '        envFrom:\n        - configMapRef:\n            name: settings\n',
    ),
    'apps/overlays/prod/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- ../../base
namePrefix: prod-
patches:
- path: memory.yaml
`,
    'apps/overlays/prod/memory.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: web
        resources:
          limits:
            memory: 256Mi # measured
`,
    'apps/extra/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: extra\ndata:\n  a: b\n',
    ...Object.fromEntries(
      ['dev', 'prod', 'off'].flatMap((name) => [
        [
          `environments/${name}/kustomization.yaml`,
          `resources:\n- ../../apps/base\nimages:\n- name: registry.example.com/web\n  newTag: "5.${name.length}"\n`,
        ],
      ]),
    ),
  }
}

function charts(): Files {
  return {
    'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: "9.1"\n',
    'charts/web/values.yaml': `image:
  repository: registry.example.com/web
  tag: ""
replicas: 1
memory: 64Mi
env:
  GREETING: hello
  LOG_LEVEL: info
annotations: {}
config: none
hosts: [a.example.com]
`,
    'charts/web/values-prod.yaml': 'image:\n  tag: "1.5"\nenv:\n  GREETING: from values-prod\n',
    'charts/web/templates/_names.tpl': '{{- define "web.name" -}}{{ .Release.Name }}-web{{- end -}}\n',
    'charts/web/templates/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "web.name" . }}
  labels:
    app.kubernetes.io/instance: {{ .Release.Name }}
    app.kubernetes.io/managed-by: {{ .Release.Service }}
    helm.sh/chart: "{{ .Chart.Name }}-{{ .Chart.Version }}"
  {{- with .Values.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels:
      app: {{ include "web.name" . }}
  template:
    metadata:
      labels:
        app: {{ include "web.name" . }}
      annotations:
        checksum/config: {{ include (print $.Template.BasePath "/config.yaml") . | sha256sum }}
    spec:
      containers:
      - name: web
        image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
        env:
        {{- range $name, $value := .Values.env }}
        - name: {{ $name }}
          value: {{ $value | quote }}
        {{- end }}
        - name: NAMESPACE
          value: {{ .Release.Namespace }}
        resources:
          limits:
            memory: {{ .Values.memory }}
`,
    'charts/web/templates/config.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "web.name" . }}
data:
  banner: {{ .Values.config | quote }}
  hosts: {{ join "," .Values.hosts | quote }}
  upgrade: {{ .Release.IsUpgrade | quote }}
`,
    'values/common.yaml': 'hosts:\n- b.example.com\n- c.example.com\nmemory: 128Mi\nenv:\n  COMMON: "yes"\n',
    'values/multi.yaml': 'image:\n  tag: "6.0" # of the release\n',
    'values/banner.txt': 'two\nlines, and a comma\n',
  }
}

function deployment(name: string, tag: string, more = ''): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
    app: web
spec:
  replicas: 1
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: registry.example.com/web:${tag}
        env:
        - name: GREETING
          value: hello
        ports:
        - name: http
          containerPort: 8080
${more}      - name: sidecar
        image: sidecar:1
`
}

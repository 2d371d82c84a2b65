import type { Files } from '../manifests/git-fixture.ts'

const NAMESPACES = ['rt-plain', 'rt-overlay', 'rt-prefixed', 'rt-vars', 'rt-patched', 'rt-nested', 'rt-bare']

/** A repository as a team on Flux keeps it, with each way to shape what is applied at least once. */
export function fluxRepository(url: string): Files {
  return {
    'clusters/lab/namespaces.yaml': NAMESPACES.map(
      (name) => `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n`,
    ).join('---\n'),
    'clusters/lab/sources.yaml': `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: app
  namespace: flux-system
spec:
  interval: 1h
  url: ${url}
  ref:
    branch: main
`,
    'clusters/lab/variables.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: cluster-variables
  namespace: flux-system
data:
  REGION: eu-west-1
  TIER: silver
  MULTI: |
    two
    lines
`,
    'clusters/lab/kustomizations.yaml': [
      kustomization('cluster', './clusters/lab'),
      kustomization('plain', './apps/plain', '  targetNamespace: rt-plain\n'),
      kustomization('overlay', './apps/overlays/prod'),
      kustomization('nested', './apps/nested', '  targetNamespace: rt-nested\n'),
      kustomization('bare', './apps/bare'),
      kustomization(
        'prefixed',
        'apps/base/',
        `  targetNamespace: rt-prefixed
  namePrefix: eu-
  nameSuffix: -v2
  commonMetadata:
    labels:
      team: payments
      app.kubernetes.io/part-of: shop
    annotations:
      example.com/owner: "payments, eu"
`,
      ),
      kustomization(
        'vars',
        './apps/vars',
        `  targetNamespace: rt-vars
  postBuild:
    substituteFrom:
    - kind: ConfigMap
      name: cluster-variables
    - kind: ConfigMap
      name: not-there
      optional: true
    substitute:
      TIER: gold
      REPLICAS: "2"
      EMPTY: ""
`,
      ),
      kustomization(
        'patched',
        './apps/base',
        `  targetNamespace: rt-patched
  components:
  - ../components/probes
  images:
  - name: registry.example.com/web
    newTag: "3.1"
  - name: sidecar
    newName: registry.example.com/other/sidecar
    digest: sha256:${'ab'.repeat(32)}
  patches:
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: web
      spec:
        template:
          spec:
            containers:
            - name: web
              env:
              - name: LOG_LEVEL
                value: debug
              - name: GREETING
                $patch: delete
  - target:
      kind: Deployment
      labelSelector: app=web
    patch: |
      - op: add
        path: /spec/template/spec/containers/0/args
        value: ["--fast", "yes", "0777"]
      - op: replace
        path: /spec/replicas
        value: 1
`,
      ),
    ].join('---\n'),
    ...plain(),
    ...base(),
    ...overlay(),
    ...nested(),
    ...vars(),
  }
}

function kustomization(name: string, path: string, more = ''): string {
  return `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: ${name}
  namespace: flux-system
spec:
  interval: 1h
  retryInterval: 5s
  path: ${path}
  prune: true
  sourceRef:
    kind: GitRepository
    name: app
${more}`
}

function plain(): Files {
  return {
    'apps/plain/web.yaml': deployment('web', '1.0'),
    'apps/plain/deep/er/db.yml': `# Kept by hand.
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
  labels: {"odd": "yes", on: "1.20"}
spec:
  serviceName: db
  replicas: 0
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      terminationGracePeriodSeconds: 0x1E
      containers:
      - {name: db, image: "registry.example.com/db:1.20", command: [sh, -c, "echo \\"$(date)\\" \${HOME}"]}
`,
    'apps/plain/jobs.yaml': `apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly
spec:
  schedule: "0 3 * * *"
  suspend: true
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: job
            image: registry.example.com/job:1
            command:
            - sh
            - -c
            - |
              set -e
              echo one

              echo two
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: listed
  data:
    folded: >-
      one
      line
    kept: |+
      text

- apiVersion: apps/v1
  kind: DaemonSet
  metadata:
    name: agent
  spec:
    selector: {matchLabels: {app: agent}}
    template:
      metadata: {labels: {app: agent}}
      spec:
        nodeSelector: {never: "true"}
        containers:
        - name: agent
          image: registry.example.com/agent:1
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: rt:reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
`,
    'apps/plain/notes.txt': 'no manifest\n',
  }
}

function base(): Files {
  return {
    'apps/base/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- web.yaml
- service.yaml
images:
- name: registry.example.com/web
  newTag: "2.0"
configMapGenerator:
- name: settings
  literals:
  - MODE=base
  - COLOUR=green
`,
    'apps/base/web.yaml': deployment(
      'web',
      '1.0',
      '        envFrom:\n        - configMapRef:\n            name: settings\n',
    ),
    'apps/base/service.yaml': `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
  - port: 80
    targetPort: http
`,
    'apps/components/probes/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
- target: {kind: Deployment}
  patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: any
    spec:
      template:
        spec:
          containers:
          - name: web
            readinessProbe:
              httpGet: {path: /ready, port: http}
`,
  }
}

function overlay(): Files {
  return {
    'apps/overlays/prod/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: rt-overlay
resources:
- ../../base
components:
- ../../components/probes
labels:
- pairs: {env: prod}
  includeSelectors: true
images:
- name: registry.example.com/web
  newTag: "2.5"
replicas:
- name: web
  count: 2
configMapGenerator:
- name: settings
  behavior: merge
  envs: [prod.env]
- name: files
  files: [nginx.conf, renamed=nginx.conf]
secretGenerator:
- name: token
  literals: [token=not-a-secret]
patches:
- path: memory.yaml
- target: {kind: Service, name: web}
  patch: '[{"op": "add", "path": "/metadata/annotations", "value": {"example.com/weight": "10"}}]'
`,
    'apps/overlays/prod/prod.env': 'MODE=prod\n',
    'apps/overlays/prod/nginx.conf': 'server {\n  listen 80;\n}\n',
    'apps/overlays/prod/memory.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      volumes:
      - name: token
        secret: {secretName: token}
      - name: files
        configMap: {name: files}
      containers:
      - name: web
        resources:
          limits:
            memory: 256Mi # measured
`,
  }
}

function nested(): Files {
  return {
    'apps/nested/alone.yaml': deployment('alone', '1.0'),
    'apps/nested/inner/kustomization.yaml': `resources: [web.yaml]
namePrefix: inner-
images:
- name: registry.example.com/web
  newTag: "4.0"
`,
    'apps/nested/inner/web.yaml': deployment('web', '1.0'),
    'apps/bare/web.yaml': deployment('bare', '1.0').replace(
      'metadata:\n',
      'metadata:\n  namespace: rt-bare\n',
    ),
  }
}

function vars(): Files {
  return {
    'apps/vars/web.yaml': deployment('web', `\${TAG:=7.0}`)
      .replace('replicas: 1', `replicas: \${REPLICAS}`)
      .replace('value: hello', `value: "\${REGION}/\${TIER}/\${UNSET:-none}/\${EMPTY:-was-empty}"`),
    'apps/vars/config.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: config
data:
  region: \${REGION}
  tier: \${TIER:=bronze}
  upper: \${REGION^^}
  cut: \${REGION:0:2}
  replaced: \${REGION/west/east}
  multi: \${MULTI}
  escaped: $\${NOT_A_VARIABLE}
  shell: $HOME and $(pwd)
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: raw
  annotations:
    kustomize.toolkit.fluxcd.io/substitute: disabled
data:
  kept: \${REGION}
`,
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
        - name: LOG_LEVEL
          value: info
        ports:
        - name: http
          containerPort: 8080
${more}      - name: sidecar
        image: sidecar:1
`
}

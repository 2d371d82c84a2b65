import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Files, temporaryFolder } from './git-fixture.ts'

/** The same files below another folder. */
export function below(folder: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [`${folder}/${path}`, content]))
}

/** A chart archive as `helm package` makes one. */
export async function packed(name: string, files: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const folder = await temporaryFolder()
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name, path)), { recursive: true })
    await writeFile(join(folder, name, path), content)
  }
  await promisify(execFile)('tar', ['-czf', 'chart.tgz', name], { cwd: folder })
  return readFile(join(folder, 'chart.tgz'))
}

/** A web application the way `helm create` lays one out. */
export const WEB: Readonly<Record<string, string>> = {
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\nappVersion: "1.16.0"\n',
  'values.yaml': `# How many pods.
replicaCount: 1
image:
  repository: nginx
  pullPolicy: IfNotPresent
  # The chart's appVersion unless set.
  tag: ""
imagePullSecrets: []
nameOverride: ""
fullnameOverride: ""
serviceAccount:
  create: true
  name: ""
podAnnotations: {}
podSecurityContext: {}
securityContext:
  readOnlyRootFilesystem: true
service:
  type: ClusterIP
  port: 80
probe:
  enabled: true
  livenessProbe:
    httpGet:
      path: /
      port: http
resources: {}
nodeSelector: {}
tolerations: []
env:
  - name: COLOR
    value: blue
  - name: PORT
    value: "8080"
config:
  LOG_LEVEL: info
autoscaling:
  enabled: false
  maxReplicas: 5
grace: 30
cache:
  megabytes: 64
`,
  '.helmignore': '.git/\n*.md\n/docs/\n',
  'README.md': 'What the chart is for.\n',
  'templates/_helpers.tpl': `{{- define "web.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- define "web.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "web.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- define "web.labels" -}}
app.kubernetes.io/name: {{ include "web.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
`,
  'templates/service.yaml': `apiVersion: v1
kind: Service
metadata:
  name: {{ include "web.fullname" . }}
spec:
  type: {{ .Values.service.type }}
  ports:
    - port: {{ .Values.service.port }}
      targetPort: http
  selector:
    {{- include "web.labels" . | nindent 4 }}
`,
  'templates/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "web.fullname" . }}
  labels:
    {{- include "web.labels" . | nindent 4 }}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicaCount }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "web.labels" . | nindent 6 }}
  template:
    metadata:
      {{- with .Values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      labels:
        {{- include "web.labels" . | nindent 8 }}
    spec:
      {{- with .Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.podSecurityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      terminationGracePeriodSeconds: {{ .Values.grace | int }}
      containers:
        - name: web
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          securityContext:
            {{- toYaml .Values.securityContext | nindent 12 }}
          ports:
            - name: http
              containerPort: {{ .Values.service.port }}
              protocol: TCP
          env:
            {{- toYaml .Values.env | nindent 12 }}
            {{- range $name, $value := .Values.config }}
            - name: {{ $name }}
              value: {{ $value | quote }}
            {{- end }}
            - name: CACHE
              value: {{ printf "%vm" .Values.cache.megabytes | quote }}
            - name: SERVICE_PORT
              value: {{ .Values.service.port | quote }}
          {{- if .Values.probe.enabled }}
          livenessProbe:
            {{- toYaml .Values.probe.livenessProbe | nindent 12 }}
          {{- end }}
          {{- with .Values.resources }}
          resources:
            {{- toYaml . | nindent 12 }}
          {{- end }}
      {{- with .Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
`,
  'templates/hpa.yaml': `{{- if .Values.autoscaling.enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "web.fullname" . }}
spec:
  maxReplicas: {{ .Values.autoscaling.maxReplicas }}
{{- end }}
`,
  'templates/tests/connection.yaml': `apiVersion: v1
kind: Pod
metadata:
  name: connection
  annotations:
    "helm.sh/hook": test
spec:
  containers: [{name: wget, image: busybox}]
`,
}

/** A chart whose image comes in parts, with a digest that hides the tag, and a schema that knows its values. */
export const STORE: Readonly<Record<string, string>> = {
  'Chart.yaml': 'apiVersion: v2\nname: store\nversion: 7.2.0\nappVersion: "7.2"\n',
  'values.yaml':
    'image:\n  registry: registry.example\n  repository: team/store\n  tag: "7.2"\n  digest: ""\nreplicas: 1\nport: 6379\nmemory: 128Mi\n',
  'values.schema.json': JSON.stringify({
    type: 'object',
    properties: {
      replicas: { type: 'integer', maximum: 9 },
      memory: { type: 'string', pattern: '^[0-9]+(Mi|Gi)$' },
      port: { type: 'integer' },
    },
  }),
  'templates/store.yaml': `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ .Release.Name }}-{{ .Chart.Name }}
spec:
  replicas: {{ .Values.replicas }}
  serviceName: store
  template:
    spec:
      containers:
        - name: store
          {{- $image := .Values.image }}
          {{- if $image.digest }}
          image: {{ $image.registry }}/{{ $image.repository }}@{{ $image.digest }}
          {{- else }}
          image: {{ $image.registry }}/{{ $image.repository }}:{{ $image.tag }}
          {{- end }}
          args: ["--port", "{{ .Values.port }}", "--team", "{{ .Values.global.team }}"]
          resources:
            limits:
              memory: {{ .Values.memory }}
`,
}

/** A library of templates, used with the values of the chart around it. */
export const LIBRARY: Readonly<Record<string, string>> = {
  'Chart.yaml': 'apiVersion: v2\nname: common\nversion: 1.0.0\ntype: library\n',
  'values.yaml': 'unused: true\n',
  'templates/_workload.tpl': `{{- define "common.workload" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.controller.replicas | default 1 }}
  template:
    spec:
      containers:
        {{- range $name, $container := .Values.containers }}
        - name: {{ $name }}
          image: {{ printf "%s:%s" $container.image.repository $container.image.tag }}
          {{- with $container.resources }}
          resources:
            {{- toYaml . | nindent 12 }}
          {{- end }}
        {{- end }}
{{- end -}}
`,
}

{{- define "aiops.labels" -}}
app.kubernetes.io/name: aiops-operator
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "aiops.selector" -}}
app.kubernetes.io/name: aiops-operator
{{- end }}

{{- define "aiops.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{- else -}}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{- end -}}
{{- end -}}
{{- end }}

{{/* The user that the API server knows the operator by. */}}
{{- define "aiops.user" -}}
system:serviceaccount:{{ .Release.Namespace }}:aiops-operator
{{- end }}

{{/* Namespace → mode, as JSON: what the repositories of the configuration are granted, and what stands in `grants`. */}}
{{- define "aiops.grants" -}}
{{- $grants := dict -}}
{{- range .Values.config.repositories -}}
{{- $mode := .mode | default "apply" -}}
{{- if ne $mode "observe" -}}
{{- range .namespaces }}{{ $_ := set $grants . $mode }}{{ end -}}
{{- end -}}
{{- end -}}
{{- range $namespace, $mode := .Values.grants -}}
{{- if not (has $mode (list "apply" "propose")) -}}
{{- fail (printf "grants.%s is %q; it has to be apply or propose" $namespace $mode) -}}
{{- end -}}
{{- $_ := set $grants $namespace $mode -}}
{{- end -}}
{{- $grants | toJson -}}
{{- end }}

{{/* The port of an address of the configuration: ':8081', '0.0.0.0:8081', '[::]:8081'. */}}
{{- define "aiops.port" -}}
{{ . | splitList ":" | last }}
{{- end }}

{{- define "web-service.labels" -}}
app.kubernetes.io/name: {{ .Values.fullname }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

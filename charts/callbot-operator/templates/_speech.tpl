{{/* Labels by which speech pods are selected. */}}
{{- define "callbot-operator.speechSelector" -}}
app.kubernetes.io/name: callbot-speech
app.kubernetes.io/component: speech
{{- end }}

{{- define "callbot-operator.speechLabels" -}}
{{ include "callbot-operator.speechSelector" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: callbot
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* The speech server's image, by digest when one is given. */}}
{{- define "callbot-operator.speechImage" -}}
{{- with .Values.speech.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

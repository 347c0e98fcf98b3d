{{/* Labels by which edge pods are selected, here and in the bots' network policies. */}}
{{- define "callbot-operator.edgeSelector" -}}
app.kubernetes.io/name: callbot-edge
app.kubernetes.io/component: edge
{{- end }}

{{- define "callbot-operator.edgeLabels" -}}
{{ include "callbot-operator.edgeSelector" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: callbot
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Kamailio's image, by digest when one is given. */}}
{{- define "callbot-operator.edgeImage" -}}
{{- with .Values.edge.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

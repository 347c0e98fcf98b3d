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

{{/*
Another name for another set of host ports. Helm 3 merges a list of ports by their numbers, and UDP and TCP have the same: a change would lose
a port, or leave it to pods that must not have it (kubernetes/kubernetes#105610).
*/}}
{{- define "callbot-operator.edgeName" -}}
callbot-edge{{ with .Values.edge }}{{ if eq .expose "HostPort" }}-host{{ if .listen.udp }}-udp{{ end }}{{ if .listen.tcp }}-tcp{{ end }}{{ end }}{{ end }}
{{- end }}

{{/* Kamailio's image, by digest when one is given. */}}
{{- define "callbot-operator.edgeImage" -}}
{{- include "callbot-operator.packagesImage" (list $ .Values.edge.image) -}}
{{- end }}

{{/* The relay's image, likewise. */}}
{{- define "callbot-operator.relayImage" -}}
{{- include "callbot-operator.packagesImage" (list $ .Values.edge.media.image) -}}
{{- end }}

{{- define "callbot-operator.packagesImage" -}}
{{- $ := index . 0 -}}
{{- with index . 1 -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The pod that `helm test` runs. */}}
{{- define "callbot-operator.testCallSelector" -}}
app.kubernetes.io/name: callbot-test-call
app.kubernetes.io/component: test-call
{{- end }}

{{- define "callbot-operator.testCallLabels" -}}
{{ include "callbot-operator.testCallSelector" . }}
{{ include "callbot-operator.partLabels" . }}
{{- end }}

{{/* What has to be there before that pod. */}}
{{- define "callbot-operator.testCallHook" -}}
helm.sh/hook: test
helm.sh/hook-weight: '-1'
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}

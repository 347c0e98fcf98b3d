{{/*
Names are fixed: the ServiceAccount, the Lease and the fence have to agree on them, and two operators in one cluster
would work against each other. Helm itself refuses a second release, since the ClusterRole belongs to the first.
*/}}
{{- define "callbot-operator.name" -}}
callbot-operator
{{- end }}

{{/* Labels by which pods are selected. They can't change: a Deployment's selector is immutable. */}}
{{- define "callbot-operator.selector" -}}
app.kubernetes.io/name: callbot-operator
app.kubernetes.io/component: operator
{{- end }}

{{/* Labels of every object of the chart. */}}
{{- define "callbot-operator.labels" -}}
{{ include "callbot-operator.selector" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: callbot
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* The operator's image, by digest when one is given. */}}
{{- define "callbot-operator.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The image of the bot pods. */}}
{{- define "callbot-operator.botImage" -}}
{{ .Values.bots.image | default (include "callbot-operator.image" .) }}
{{- end }}

{{/* What all pods have that the operator creates, as JSON. Nothing where nothing is set. */}}
{{- define "callbot-operator.podScheduling" -}}
{{- with .Values.bots -}}
{{- $all := dict "nodeSelector" .nodeSelector "tolerations" .tolerations "priorityClassName" .priorityClassName "imagePullSecrets" .imagePullSecrets "annotations" .podAnnotations -}}
{{- $set := dict -}}
{{- range $name, $value := $all }}{{ if $value }}{{ $set = set $set $name $value }}{{ end }}{{ end -}}
{{- if $set }}{{ toJson $set }}{{ end -}}
{{- end -}}
{{- end }}

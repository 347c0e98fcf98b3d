{{/* Labels by which pods of the database are selected. */}}
{{- define "callbot-operator.postgresSelector" -}}
app.kubernetes.io/name: callbot-postgres
app.kubernetes.io/component: postgres
{{- end }}

{{/* Labels by which pods of sweep are selected. */}}
{{- define "callbot-operator.sweepSelector" -}}
app.kubernetes.io/name: callbot-sweep
app.kubernetes.io/component: sweep
{{- end }}

{{/* Labels by which pods of the store are selected. */}}
{{- define "callbot-operator.storeSelector" -}}
app.kubernetes.io/name: callbot-store
app.kubernetes.io/component: store
{{- end }}

{{/* Labels by which the pods that write a namespace's records are selected: the operator makes them. */}}
{{- define "callbot-operator.recordsSelector" -}}
app.kubernetes.io/name: callbot-records
app.kubernetes.io/component: records
app.kubernetes.io/managed-by: {{ include "callbot-operator.name" . }}
{{- end }}

{{/* The rest of the labels of their objects. */}}
{{- define "callbot-operator.partLabels" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: callbot
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* The database's image, by digest when one is given. */}}
{{- define "callbot-operator.postgresImage" -}}
{{- with .Values.records.postgres.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Name in the database's certificate, at which everybody connects. */}}
{{- define "callbot-operator.databaseHost" -}}
{{- with .Values.records.postgres.external -}}
{{ .host | default (printf "callbot-postgres.%s.svc" $.Release.Namespace) }}
{{- end -}}
{{- end }}

{{/* Whether the chart installs a database. */}}
{{- define "callbot-operator.hasOwnDatabase" -}}
{{- if and .Values.records.enabled (empty .Values.records.postgres.external.host) }}true{{ end -}}
{{- end }}

{{/* Where who speaks SQL may go: the database, and the names of it. Behind its Service, DNS may listen on any port. */}}
{{- define "callbot-operator.databaseEgress" -}}
- ports:
    - protocol: TCP
      {{- with .Values.records.postgres.external }}
      port: {{ ternary .port 5432 (not (empty .host)) }}
      {{- end }}
  {{- if include "callbot-operator.hasOwnDatabase" . }}
  to:
    - podSelector:
        matchLabels:
          {{- include "callbot-operator.postgresSelector" . | nindent 10 }}
  {{- else if .Values.records.postgres.external.cidrs }}
  to:
    {{- range .Values.records.postgres.external.cidrs }}
    - ipBlock:
        cidr: {{ . }}
    {{- end }}
  {{- end }}
- to:
    - namespaceSelector: {}
      podSelector:
        matchLabels:
          k8s-app: kube-dns
- ports:
    - protocol: UDP
      port: 53
    - protocol: TCP
      port: 53
{{- end }}

{{/* Variables by which programs find the database. */}}
{{- define "callbot-operator.databaseVariables" -}}
- name: CALLBOT_DATABASE_HOST
  value: {{ include "callbot-operator.databaseHost" . }}
{{- with .Values.records.postgres.external }}
{{- if .host }}
- name: CALLBOT_DATABASE_PORT
  value: {{ .port | quote }}
- name: CALLBOT_DATABASE_NAME
  value: {{ .database | quote }}
{{- with .ca }}
- name: CALLBOT_DATABASE_CA
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Tolerations of a node that is lost, besides those of a value. */}}
{{- define "callbot-operator.lostNode" -}}
- key: node.kubernetes.io/not-ready
  operator: Exists
  effect: NoExecute
  tolerationSeconds: {{ .Values.lostNodeSeconds }}
- key: node.kubernetes.io/unreachable
  operator: Exists
  effect: NoExecute
  tolerationSeconds: {{ .Values.lostNodeSeconds }}
{{- end }}

{{- define "callbot-operator.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "callbot-operator.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end }}

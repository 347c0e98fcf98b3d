{{- define "callbot-client.bot" -}}{{ .Values.names.bot | default .Release.Name | include "callbot-client.word" }}{{- end }}
{{- define "callbot-client.integration" -}}{{ .Values.names.integration | default .Release.Name | include "callbot-client.word" }}{{- end }}
{{- define "callbot-client.policy" -}}{{ .Values.names.policy | default .Release.Name | include "callbot-client.word" }}{{- end }}

{{/* A word, in quotes where YAML takes it for a number or a truth value. */}}
{{- define "callbot-client.word" -}}
{{- $isPlain := regexMatch "^[A-Za-z][A-Za-z0-9._/+-]*$" . }}
{{- if and $isPlain (not (has (lower .) (list "y" "n" "yes" "no" "on" "off" "true" "false" "null"))) }}{{ . }}{{ else }}{{ squote . }}{{ end }}
{{- end }}
{{- define "callbot-client.people" -}}{{ .Values.people | default .Values.emergencyNumber }}{{- end }}

{{/* One file of the template, with the values in it. */}}
{{- define "callbot-client.file" -}}
{{- $root := index . 0 }}
{{- tpl ($root.Files.Get (printf "files/%s/%s" $root.Values.template (index . 1))) $root | trim }}
{{- end }}

{{/* One field of template.yaml. */}}
{{- define "callbot-client.of" -}}
{{- $root := index . 0 }}
{{- index ($root.Files.Get (printf "files/%s/template.yaml" $root.Values.template) | fromYaml) (index . 1) }}
{{- end }}

{{/* HOST or HOST:PORT, as the address of a trunk. */}}
{{- define "callbot-client.address" -}}
{{- $parts := splitList ":" . -}}
{ host: {{ first $parts | include "callbot-client.word" }}, port: {{ if gt (len $parts) 1 }}{{ last $parts }}{{ else }}5061{{ end }} }
{{- end }}

{{- define "callbot-client.trunk" -}}
{{- $telephone := (index . 0).Values.telephone -}}
- name: {{ index . 1 | include "callbot-client.word" }}
  role: {{ index . 2 }}
  address: {{ include "callbot-client.address" (index . 3) }}
  {{- if or (has "trunk-identity" $telephone.secrets) (has "trunk-ca" $telephone.secrets) }}
  tls:
    {{- if has "trunk-identity" $telephone.secrets }}
    identitySecretRef: { name: trunk-identity }
    {{- end }}
    {{- if has "trunk-ca" $telephone.secrets }}
    caSecretRef: { name: trunk-ca }
    {{- end }}
  {{- end }}
  {{- if has "trunk-password" $telephone.secrets }}
  digest:
    secretRef: { name: trunk-password }
  {{- end }}
  capacity: { maxCalls: {{ int $telephone.maxCalls }}, callsPerSecond: {{ int $telephone.callsPerSecond }} }
{{- end }}

{{/* As a JSON list: none without an agenda. */}}
{{- define "callbot-client.agenda-secrets" -}}
{{- if not .Values.agenda }}[]{{ else }}{{ dig "secrets" (list "agenda-ca" "agenda-token") .Values.agenda | toJson }}{{ end }}
{{- end }}

{{- define "callbot-client.endpoint" -}}
{{- $agenda := (index . 0).Values.agenda }}
{{- $secrets := include "callbot-client.agenda-secrets" (index . 0) | fromJsonArray -}}
- name: {{ index . 1 | include "callbot-client.word" }}
  role: {{ index . 2 }}
  url: {{ index . 3 }}
  {{- with $agenda.region }}
  region: {{ include "callbot-client.word" . }}
  {{- end }}
  {{- if has "agenda-ca" $secrets }}
  tls: { caSecretRef: { name: agenda-ca } }
  {{- end }}
  {{- if has "agenda-token" $secrets }}
  auth: { type: Bearer, secretRef: { name: agenda-token } }
  {{- end }}
{{- end }}

{{/* The days for which a class is kept. */}}
{{- define "callbot-client.days" -}}
{{- $keep := index . 0 }}
{{- if kindIs "map" $keep }}{{ int (get $keep (index . 1) | default 0) }}{{ else }}{{ int $keep }}{{ end }}
{{- end }}

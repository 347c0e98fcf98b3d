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
{{- /* What a node must have to be inside of placement, as a JSON list of match expressions. As in src/rules/placement.ts. */}}
{{- define "callbot-operator.placementExpressions" -}}
{{- $expressions := list -}}
{{- with .Values.placement.regions -}}
{{- $expressions = append $expressions (dict "key" "topology.kubernetes.io/region" "operator" "In" "values" (sortAlpha .)) -}}
{{- end -}}
{{- range .Values.placement.certifications -}}
{{- $expressions = append $expressions (dict "key" (printf "callbots.node-restriction.kubernetes.io/%s" .) "operator" "Exists") -}}
{{- end -}}
{{- toJson $expressions -}}
{{- end }}
{{- /* The affinity of a pod inside of placement. Terms of a node affinity are alternatives, so each of those in `affinity` gets the expressions. */}}
{{- define "callbot-operator.affinity" -}}
{{- $affinity := deepCopy (.affinity | default dict) -}}
{{- $expressions := include "callbot-operator.placementExpressions" .root | fromJsonArray -}}
{{- if $expressions -}}
{{- $terms := list -}}
{{- range dig "nodeAffinity" "requiredDuringSchedulingIgnoredDuringExecution" "nodeSelectorTerms" (list dict) $affinity -}}
{{- $terms = append $terms (merge (dict "matchExpressions" (concat (.matchExpressions | default list) $expressions)) .) -}}
{{- end -}}
{{- $node := dict "nodeAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" (dict "nodeSelectorTerms" $terms)) -}}
{{- $affinity = mergeOverwrite $affinity $node -}}
{{- end -}}
{{- with $affinity -}}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end }}
{{- /*
Where a container of the operator's may mount a volume is exact, since Kubernetes and runc follow "..": a path that only begins with
/etc/callbot/ can lie over our code. What others have added to a container (variables.containers, see bot-pods.yaml) stays as it was.
*/}}
{{- define "callbot-operator.plainMount" -}}
!has(m.subPath) && !has(m.subPathExpr)
{{- end }}
{{- /* Of a container and a volume that are as they were. */}}
{{- define "callbot-operator.mountOfBefore" -}}
(variables.containers.exists(b, b.name == c.name && m in b.?volumeMounts.orValue([]))
        && variables.pod.?volumes.orValue([]).exists(v, v.name == m.name && v in variables.volumes))
{{- end }}
{{- /* No key of a Secret or a ConfigMap becomes a file of another name, callbots.hosts for instance. */}}
{{- define "callbot-operator.keysKeepTheirNames" -}}
v.?secret.?items.orValue([]).all(i, i.path == i.key) && v.?configMap.?items.orValue([]).all(i, i.path == i.key)
{{- end }}
{{- /* What a container may not take back of what its pod says, and what neither may have. */}}
{{- define "callbot-operator.restrictedContainer" -}}
c.?securityContext.?allowPrivilegeEscalation.orValue(true) == false
        && !c.?securityContext.?privileged.orValue(false)
        && c.?securityContext.?readOnlyRootFilesystem.orValue(false)
        && 'ALL' in c.?securityContext.?capabilities.?drop.orValue([])
        && c.?securityContext.?capabilities.?add.orValue([]).size() == 0
        && c.?securityContext.?runAsUser.orValue(65532) != 0
        && c.?securityContext.?runAsNonRoot.orValue(true)
        && c.?securityContext.?seccompProfile.?type.orValue('RuntimeDefault') == 'RuntimeDefault'
        && c.?securityContext.?appArmorProfile.?type.orValue('RuntimeDefault') == 'RuntimeDefault'
        && c.?securityContext.?procMount.orValue('Default') == 'Default'
        && !c.?securityContext.?seLinuxOptions.hasValue()
        && c.?ports.orValue([]).all(p, p.?hostPort.orValue(0) == 0)
{{- end }}
{{- define "callbot-operator.restrictedPod" -}}
variables.pod.?securityContext.?runAsNonRoot.orValue(false)
        && variables.pod.?securityContext.?runAsUser.orValue(65532) != 0
        && variables.pod.?securityContext.?seccompProfile.?type.orValue('') == 'RuntimeDefault'
        && variables.pod.?securityContext.?appArmorProfile.?type.orValue('RuntimeDefault') == 'RuntimeDefault'
        && !variables.pod.?securityContext.?seLinuxOptions.hasValue()
        && variables.pod.?securityContext.?sysctls.orValue([]).size() == 0
{{- end }}

{{/* What values.schema.json can not compare. Each message begins with the value, and ends with the fix. */}}
{{- define "callbot-client.checks" -}}
{{- $v := .Values }}
{{- $telephone := $v.telephone }}
{{- range $what, $longest := dict "bot" 45 "integration" 40 "policy" 45 }}
{{- $name := get $v.names $what | default $.Release.Name }}
{{- if or (gt (len $name) (int $longest)) (not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name)) }}
{{- fail (printf "names.%s: the name of the release, %s, can not be its default: set it to at most %d lower-case letters, digits and \"-\", beginning with a letter" $what $name (int $longest)) }}
{{- end }}
{{- end }}
{{- if has $v.emergencyNumber $v.numbers }}
{{- fail (printf "emergencyNumber: %s is one of numbers, so callers would come back to the bot: give the number of people" $v.emergencyNumber) }}
{{- end }}
{{- if has $v.people $v.numbers }}
{{- fail (printf "people: %s is one of numbers, so callers would come back to the bot: give the number of people" $v.people) }}
{{- end }}
{{- if and (ne $v.criticality "Standard") (not $telephone.backup) }}
{{- fail (printf "telephone.backup: criticality %s needs one: name a second trunk, or set criticality to Standard" $v.criticality) }}
{{- end }}
{{- if eq $telephone.primary $telephone.backup }}
{{- fail "telephone.backup: it is telephone.primary, which it would fail with: name another trunk" }}
{{- end }}
{{- if eq $v.names.primary $v.names.backup }}
{{- fail (printf "names.backup: names.primary is %s too: give them two names" $v.names.primary) }}
{{- end }}
{{- if and $v.drill (not $telephone.backup) }}
{{- fail "drill: it needs telephone.backup, to which calls switch: name a second trunk, or leave drill out" }}
{{- end }}
{{- if and $v.drill (not $telephone.testNumber) }}
{{- fail "drill: it needs telephone.testNumber, which its calls dial: name a number that rings nobody, or leave drill out" }}
{{- end }}
{{- if gt (int $v.capacity.minReplicas) (int $v.capacity.maxReplicas) }}
{{- fail (printf "capacity.minReplicas: %d is more than capacity.maxReplicas, %d: lower it, or raise the other" (int $v.capacity.minReplicas) (int $v.capacity.maxReplicas)) }}
{{- end }}
{{- include "callbot-client.checks-of-template" . }}
{{- end }}

{{- define "callbot-client.checks-of-template" -}}
{{- $v := .Values }}
{{- $used := dict "appointment-fr" "agenda" "faq-handover-en" "faq" }}
{{- range $template, $value := $used }}
{{- $given := hasKey $v $value }}
{{- if and $given (ne $template $v.template) }}
{{- fail (printf "%s: template %s does not use it: leave it out, or set template to %s" $value $v.template $template) }}
{{- end }}
{{- if and (not $given) (eq $template $v.template) }}
{{- fail (printf "%s: template %s needs it" $value $template) }}
{{- end }}
{{- end }}
{{- with $v.agenda }}
{{- if and (ne $v.criticality "Standard") (not .backup) }}
{{- fail (printf "agenda.backup: criticality %s needs one: name a second address, or set criticality to Standard" $v.criticality) }}
{{- end }}
{{- if eq .primary (.backup | default "") }}
{{- fail "agenda.backup: it is agenda.primary, which it would fail with: name another address" }}
{{- end }}
{{- end }}
{{- $names := list }}
{{- $phrases := list "a person" "speak to someone" "an agent" }}
{{- range $index, $each := $v.faq }}
{{- if has .name $names }}
{{- fail (printf "faq[%d].name: %s is there twice: give each question a name of its own" $index .name) }}
{{- end }}
{{- $names = append $names .name }}
{{- range .phrases }}
{{- if has (lower .) $phrases }}
{{- fail (printf "faq[%d].phrases: %s is a phrase of another answer, too: leave one out" $index .) }}
{{- end }}
{{- $phrases = append $phrases (lower .) }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Rules between values, which a schema can't tell. Each says what is wrong, why, and what to do.
*/}}
{{- define "callbot-operator.checks" -}}
{{- if and .Values.edge.tls.clientNames (not .Values.edge.tls.clientCaSecretName) -}}
{{- fail "edge.tls.clientNames is set and no certificate is asked for: set edge.tls.clientCaSecretName too." -}}
{{- end -}}
{{- range $path, $image := dict "image" .Values.image "edge.image" .Values.edge.image "speech.image" .Values.speech.image "records.postgres.image" .Values.records.postgres.image -}}
{{- with $image -}}
{{- if not (regexMatch "^[a-z0-9][a-z0-9._-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*$" .repository) -}}
{{- fail (printf "%s.repository %q is no repository: write REGISTRY/NAME in lower case, as in registry.example.com/callbot-operator. The tag goes to %s.tag, a digest to %s.digest, and there is no https://." $path .repository $path $path) -}}
{{- end -}}
{{- if not (regexMatch "^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$" .tag) -}}
{{- fail (printf "%s.tag %q is no tag: write letters, digits, dots, dashes and underscores, or nothing for the chart's appVersion. A digest goes to %s.digest." $path .tag $path) -}}
{{- end -}}
{{- if not (regexMatch "^(sha256:[0-9a-f]{64})?$" .digest) -}}
{{- fail (printf "%s.digest %q is no digest: write sha256: and 64 hexadecimal digits in lower case, or nothing for the tag to decide." $path .digest) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range .Values.networkPolicy.apiServerCidrs -}}
{{- if not (regexMatch "^([0-9.]+|[0-9a-fA-F:]+)/[0-9]{1,3}$" .) -}}
{{- fail (printf "networkPolicy.apiServerCidrs has %q, which is no CIDR: write ADDRESS/BITS, as in 10.0.0.1/32 or fd00::1/128." .) -}}
{{- end -}}
{{- end -}}
{{- range .Values.bots.mediaCidrs -}}
{{- if not (regexMatch "^([0-9.]+|[0-9a-fA-F:]+)/[0-9]{1,3}$" .) -}}
{{- fail (printf "bots.mediaCidrs has %q, which is no CIDR: write ADDRESS/BITS, as in 192.0.2.0/24 or 2001:db8::/32." .) -}}
{{- end -}}
{{- end -}}
{{- range .Values.bots.egress.deniedCidrs -}}
{{- if not (regexMatch "^([0-9.]+|[0-9a-fA-F:]+)/[0-9]{1,3}$" .) -}}
{{- fail (printf "bots.egress.deniedCidrs has %q, which is no CIDR: write ADDRESS/BITS, as in 10.96.0.0/12 or fd00::/108." .) -}}
{{- end -}}
{{- end -}}
{{- range concat .Values.edge.callerCidrs .Values.edge.carrierCidrs .Values.edge.trunkCidrs .Values.edge.service.loadBalancerSourceRanges -}}
{{- if not (regexMatch "^([0-9.]+|[0-9a-fA-F:]+)/[0-9]{1,3}$" .) -}}
{{- fail (printf "edge.callerCidrs, edge.carrierCidrs, edge.trunkCidrs or edge.service.loadBalancerSourceRanges has %q, which is no CIDR: write ADDRESS/BITS, as in 192.0.2.1/32 or 2001:db8::/32." .) -}}
{{- end -}}
{{- end -}}
{{- with .Values.leaderElection -}}
{{- if ge (float64 .renewDeadlineSeconds) (float64 .leaseDurationSeconds) -}}
{{- fail (printf "leaderElection.renewDeadlineSeconds (%v) must be less than leaderElection.leaseDurationSeconds (%v): a leader has to stop before another may start. Lower the first or raise the second." .renewDeadlineSeconds .leaseDurationSeconds) -}}
{{- end -}}
{{- if ge (float64 .retryPeriodSeconds) (float64 .renewDeadlineSeconds) -}}
{{- fail (printf "leaderElection.retryPeriodSeconds (%v) must be less than leaderElection.renewDeadlineSeconds (%v): a leader needs more than one try to renew. Lower the first or raise the second." .retryPeriodSeconds .renewDeadlineSeconds) -}}
{{- end -}}
{{- end -}}
{{- with .Values.certificates -}}
{{- /* --set hands over 0.5 as a text, so the schema can't hold the range. */ -}}
{{- if not (regexMatch "^0?[.][1-8][0-9]*$|^0?[.]90*$" (toString .renewAtFraction)) -}}
{{- fail (printf "certificates.renewAtFraction (%v) must be a number from 0.1 to 0.9: below, certificates are renewed all the time; above, there is no time left to try again." .renewAtFraction) -}}
{{- end -}}
{{- if le (float64 .caLifetimeSeconds) (mulf (float64 .leafLifetimeSeconds) 2.0) -}}
{{- fail (printf "certificates.caLifetimeSeconds (%v) must be more than twice certificates.leafLifetimeSeconds (%v): a certificate may not outlive the authority that signed it. Raise the first or lower the second." (int64 .caLifetimeSeconds) (int64 .leafLifetimeSeconds)) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/*
Where edges may call while the egress policy is enforced: what is public and not of the cluster, what is open, granted by address, or a caller.
The ranges are those of src/lib/ip-address.ts and src/rules/egress.ts; a test compares them.
*/}}
{{- define "callbot-operator.trunkPeers" -}}
{{- $never := list "0.0.0.0/8" "127.0.0.0/8" "169.254.0.0/16" "224.0.0.0/4" "240.0.0.0/4" "168.63.129.16/32" -}}
{{- $private := list "10.0.0.0/8" "100.64.0.0/10" "172.16.0.0/12" "192.0.0.0/24" "192.0.2.0/24" "192.88.99.0/24" "192.168.0.0/16" "198.18.0.0/15" "198.51.100.0/24" "203.0.113.0/24" -}}
{{- $private6 := list "2001::/23" "2001:db8::/32" "3fff::/20" -}}
{{- $cluster := list -}}
{{- $cluster6 := list -}}
{{- range .Values.egress.clusterCidrs -}}
{{- if not (contains ":" .) -}}
{{- /* What is private is left out above: some network plugins take no exception within another. */ -}}
{{- if not (regexMatch "^(10[.].*/([89]|[12][0-9]|3[0-2])|172[.](1[6-9]|2[0-9]|3[01])[.].*/(1[2-9]|2[0-9]|3[0-2])|192[.]168[.].*/(1[6-9]|2[0-9]|3[0-2])|100[.](6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])[.].*/(1[0-9]|2[0-9]|3[0-2]))$" .) -}}
{{- $cluster = append $cluster . -}}
{{- end -}}
{{- else if regexMatch "^[23][0-9a-fA-F]{3}:" . -}}
{{- $cluster6 = append $cluster6 . -}}
{{- end -}}
{{- end -}}
- ipBlock:
    cidr: 0.0.0.0/0
    except:
      {{- range concat $never $private $cluster | uniq }}
      - {{ . }}
      {{- end }}
- ipBlock:
    cidr: 2000::/3
    except:
      {{- range concat $private6 $cluster6 | uniq }}
      - {{ . }}
      {{- end }}
{{- $open := list -}}
{{- range .Values.egress.open -}}
{{- $open = concat $open .cidrs -}}
{{- end -}}
{{- range .Values.edge.trunkGrants -}}
{{- if regexMatch "^([0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)/[0-9]+$" .address -}}
{{- $open = append $open .address -}}
{{- else if contains ":" .address -}}
{{- $open = append $open (printf "%s/128" .address) -}}
{{- else if regexMatch "^[0-9]+([.][0-9]+){3}$" .address -}}
{{- $open = append $open (printf "%s/32" .address) -}}
{{- end -}}
{{- end -}}
{{- range concat $open .Values.edge.carrierCidrs .Values.edge.callerCidrs | uniq }}
- ipBlock:
    cidr: {{ . }}
{{- end }}
{{- range .Values.egress.open }}
{{- with .peers }}
{{ toYaml . }}
{{- end }}
{{- end }}
# helm test.
- podSelector:
    matchLabels:
      {{- include "callbot-operator.testCallSelector" . | nindent 6 }}
{{- end -}}

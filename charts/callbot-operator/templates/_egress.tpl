{{/*
Ranges to which nothing is ever sent, and of these the metadata services within private ranges, which are left out of those already.
The ranges here are those of src/lib/ip-address.ts and src/rules/egress.ts; a test compares them.
*/}}
{{- define "callbot-operator.neverRanges" -}}
{{- list "0.0.0.0/8" "127.0.0.0/8" "169.254.0.0/16" "224.0.0.0/4" "240.0.0.0/4" "168.63.129.16/32" | toJson -}}
{{- end -}}
{{- define "callbot-operator.neverRangesWithinPrivate" -}}
{{- list "100.100.100.200/32" "192.0.0.192/32" | toJson -}}
{{- end -}}
{{- define "callbot-operator.neverRanges6" -}}
{{- list "::/128" "fe80::/10" "ff00::/8" "fd00:ec2::254/128" "fd20:ce::254/128" | toJson -}}
{{- end -}}

{{/* The first and the last address of an IPv4 range, as numbers. */}}
{{- define "callbot-operator.boundsOf" -}}
{{- $parts := splitList "/" . -}}
{{- $number := 0 -}}
{{- range splitList "." (first $parts) -}}
{{- $number = add (mul $number 256) (atoi .) -}}
{{- end -}}
{{- $size := 1 -}}
{{- range until (int (sub 32 (atoi (last $parts)))) -}}
{{- $size = mul $size 2 -}}
{{- end -}}
{{- $first := mul (div $number $size) $size -}}
{{- list $first (sub (add $first $size) 1) | toJson -}}
{{- end -}}

{{/* A range that the administrator opened, less what nothing opens; nothing, where nothing is left of it. */}}
{{- define "callbot-operator.openBlock" -}}
{{- $except := list -}}
{{- $isNever := false -}}
{{- if contains ":" . -}}
{{- $never := fromJsonArray (include "callbot-operator.neverRanges6" .) -}}
{{- if regexMatch "^[0:]+/0$" . -}}
{{- $except = $never -}}
{{- else if has (lower .) (list "fc00::/7" "fd00::/8") -}}
{{- $except = list "fd00:ec2::254/128" "fd20:ce::254/128" -}}
{{- else -}}
{{- $isNever = or (regexMatch "^(fe[89ab][0-9a-f]|ff[0-9a-f][0-9a-f]):" (lower .)) (has (lower .) $never) -}}
{{- end -}}
{{- else -}}
{{- $own := fromJsonArray (include "callbot-operator.boundsOf" .) -}}
{{- range concat (fromJsonArray (include "callbot-operator.neverRanges" .)) (fromJsonArray (include "callbot-operator.neverRangesWithinPrivate" .)) -}}
{{- $never := fromJsonArray (include "callbot-operator.boundsOf" .) -}}
{{- if and (ge (first $own) (first $never)) (le (last $own) (last $never)) -}}
{{- $isNever = true -}}
{{- else if and (le (first $own) (first $never)) (ge (last $own) (last $never)) -}}
{{- $except = append $except . -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not $isNever }}
- ipBlock:
    cidr: {{ . }}
    {{- with $except }}
    except:
      {{- range . }}
      - {{ . }}
      {{- end }}
    {{- end }}
{{- end }}
{{- end -}}

{{/* Anywhere but where nothing is ever sent. To some network plugins (Cilium) no range has pods in it. */}}
{{- define "callbot-operator.anyPeers" -}}
- namespaceSelector: {}
{{- range list "0.0.0.0/0" "::/0" }}
{{- include "callbot-operator.openBlock" . }}
{{- end }}
{{- end -}}

{{/*
Where edges may call, and send media: anywhere but where nothing is ever sent; while the egress policy is enforced, what is public and not of
the cluster, what is open, granted by address, a carrier or a caller.
*/}}
{{- define "callbot-operator.trunkPeers" -}}
{{- if .Values.egress.enforce -}}
{{- include "callbot-operator.openPeers" . -}}
{{- else -}}
{{- include "callbot-operator.anyPeers" . -}}
{{- end -}}
{{- end -}}

{{/* The same, and bots: by their labels, whatever ranges they are in. */}}
{{- define "callbot-operator.mediaPeers" -}}
{{ include "callbot-operator.trunkPeers" . }}
{{- if .Values.egress.enforce }}
- namespaceSelector: {}
  podSelector:
    matchLabels:
      app.kubernetes.io/name: callbot
      app.kubernetes.io/managed-by: callbot-operator
{{- end }}
{{- end -}}

{{/* The ranges of `cidrs` alone; without any, all where edges may call. Nothing: nowhere. */}}
{{- define "callbot-operator.blocksOr" -}}
{{- $blocks := list -}}
{{- range .cidrs -}}
{{- $blocks = append $blocks (include "callbot-operator.openBlock" . | trim) -}}
{{- end -}}
{{- if .cidrs -}}
{{- $blocks | compact | join "\n" -}}
{{- else -}}
{{- include "callbot-operator.trunkPeers" .root -}}
{{- end -}}
{{- end -}}

{{/* While the egress policy is enforced. */}}
{{- define "callbot-operator.openPeers" -}}
{{- $never := fromJsonArray (include "callbot-operator.neverRanges" .) -}}
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
{{- include "callbot-operator.openBlock" . }}
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

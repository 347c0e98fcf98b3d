{{/*
Rules between values, which a schema can't tell. Each says what is wrong, why, and what to do.
*/}}
{{- define "callbot-operator.checks" -}}
{{- if and .Values.edge.tls.clientNames (not .Values.edge.tls.clientCaSecretName) -}}
{{- fail "edge.tls.clientNames is set and no certificate is asked for: set edge.tls.clientCaSecretName too." -}}
{{- end -}}
{{- if and (or .Values.metrics.monitors .Values.metrics.rules) (not (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1")) -}}
{{- fail "metrics.monitors or metrics.rules is set, and the cluster has no kinds of monitoring.coreos.com/v1: install the CRDs of the Prometheus operator, or set both to false. For helm template without a cluster, add --api-versions monitoring.coreos.com/v1." -}}
{{- end -}}
{{- with .Values.edge -}}
{{- if eq .expose "HostPort" -}}
{{- if ne .media.mode "Relay" -}}
{{- fail "edge.expose is HostPort, and with edge.media.mode=Direct media goes to the addresses of bot pods: set edge.media.mode=Relay, or edge.expose=PodAddress." -}}
{{- end -}}
{{- if gt (sub (int .media.ports.last) (int .media.ports.first)) 999 -}}
{{- fail (printf "edge.media.ports (%v to %v) are more than 1000, and with edge.expose=HostPort each port is a rule on the node: choose fewer ports and more edges, or edge.expose=PodAddress." .media.ports.first .media.ports.last) -}}
{{- end -}}
{{- if and (le (int .media.ports.first) 32767) (ge (int .media.ports.last) 30000) -}}
{{- fail (printf "edge.media.ports (%v to %v) meets 30000 to 32767, which Services of type NodePort use on each node: choose ports below or above." .media.ports.first .media.ports.last) -}}
{{- end -}}
{{- with lookup "v1" "Namespace" "" $.Release.Namespace -}}
{{- $level := dig "metadata" "labels" "pod-security.kubernetes.io/enforce" "privileged" . -}}
{{- if ne $level "privileged" -}}
{{- fail (printf "namespace %s enforces the Pod Security level %s, which admits no host ports (edge.expose=HostPort): kubectl label namespace %s pod-security.kubernetes.io/enforce=privileged --overwrite, or set edge.expose=PodAddress." $.Release.Namespace $level $.Release.Namespace) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if eq .media.mode "Relay" -}}
{{- if eq .media.packetFilter "Required" -}}
{{- with lookup "v1" "Namespace" "" $.Release.Namespace -}}
{{- $level := dig "metadata" "labels" "pod-security.kubernetes.io/enforce" "privileged" . -}}
{{- if ne $level "privileged" -}}
{{- fail (printf "namespace %s enforces the Pod Security level %s, which does not admit the packet filter of the media relay (edge.media.packetFilter=Required): kubectl label namespace %s pod-security.kubernetes.io/enforce=privileged --overwrite, or set edge.media.packetFilter=None." $.Release.Namespace $level $.Release.Namespace) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if .advertise -}}
{{- fail "edge.advertise is set, and with edge.media.mode=Relay each edge has an address of its own: remove edge.advertise, and name the addresses in edge.media.addresses or in annotations of the nodes." -}}
{{- end -}}
{{- if $.Values.bots.mediaCidrs -}}
{{- fail "bots.mediaCidrs is set, and with edge.media.mode=Relay bots take media from edges only: remove bots.mediaCidrs." -}}
{{- end -}}
{{- if not .enabled -}}
{{- fail "edge.media.mode is Relay and there is no edge: set edge.enabled=true, or edge.media.mode=Direct." -}}
{{- end -}}
{{- if ne .service.type "None" -}}
{{- fail (printf "edge.service.type is %s, and with edge.media.mode=Relay a call's requests and media have to reach the edge that has it: set edge.service.type=None, and lead one address to each edge." .service.type) -}}
{{- end -}}
{{- if lt (int .media.ports.last) (add (int .media.ports.first) 3 | int) -}}
{{- fail (printf "edge.media.ports.last (%v) must be at least 3 more than edge.media.ports.first (%v): a call takes two ports." .media.ports.last .media.ports.first) -}}
{{- end -}}
{{- if and (lt (int .media.ports.first) 50000) (ge (int .media.ports.last) 40000) -}}
{{- fail (printf "edge.media.ports (%v to %v) meets 40000 to 49999, which the relay uses for bots: choose ports below or above." .media.ports.first .media.ports.last) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.records.enabled (empty .Values.records.postgres.external.host) -}}
{{- /* Two replicas, each twice while a certificate changes, with one connection that counts; sweep, and those that are reserved. */ -}}
{{- $needed := int (add (mul 4 (add 1 (int64 .Values.records.store.connections))) 20) -}}
{{- if gt $needed (int .Values.records.postgres.maxConnections) -}}
{{- fail (printf "records.store.connections is %v, and two replicas and sweep may need %d connections: set records.postgres.maxConnections to %d or more, or lower records.store.connections." .Values.records.store.connections $needed $needed) -}}
{{- end -}}
{{- end -}}
{{- range $path, $image := dict "image" .Values.image "edge.image" .Values.edge.image "edge.media.image" .Values.edge.media.image "speech.image" .Values.speech.image "records.postgres.image" .Values.records.postgres.image -}}
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
{{- range .Values.edge.trunkGrants -}}
{{- if hasSuffix "/0" .address -}}
{{- fail (printf "edge.trunkGrants has %s, which is every address, also of nodes, pods and Services: write the ranges of the carrier." .address) -}}
{{- end -}}
{{- if has "*" .namespaces -}}
{{- if not (regexMatch "^([0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)(/[0-9]+)?$" .address) -}}
{{- fail (printf "edge.trunkGrants gives the name %s to every namespace ('*'), and its owner decides where it leads: edges share nothing by it. Name the namespaces, or grant the address." .address) -}}
{{- end -}}
{{- if lt (int $.Values.edge.trunkIdentitiesPerAddress) 256 -}}
{{- fail (printf "edge.trunkGrants gives %s to every namespace ('*'), and edge.trunkIdentitiesPerAddress is %d: each namespace may need 4, and how many there will be is not known. Name the namespaces, or set edge.trunkIdentitiesPerAddress to 256, the maximum, which is enough for 64." .address (int $.Values.edge.trunkIdentitiesPerAddress)) -}}
{{- end -}}
{{- else if gt (mul 4 (len .namespaces)) (int $.Values.edge.trunkIdentitiesPerAddress) -}}
{{- fail (printf "edge.trunkGrants gives %s to %d namespaces, and edge.trunkIdentitiesPerAddress is %d: each may need 4, so set it to %d, or grant the address to fewer." .address (len .namespaces) (int $.Values.edge.trunkIdentitiesPerAddress) (mul 4 (len .namespaces))) -}}
{{- end -}}
{{- end -}}
{{- range .Values.egress.open -}}
{{- range .cidrs -}}
{{- if not (regexMatch "^([0-9.]+|[0-9a-fA-F:]+)/[0-9]{1,3}$" .) -}}
{{- fail (printf "egress.open has %q, which is no CIDR: write ADDRESS/BITS, as in 10.20.0.0/16 or fd00:20::/48." .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range .Values.egress.clusterCidrs -}}
{{- if not (regexMatch "^([0-9.]+|[0-9a-fA-F:]+)/[0-9]{1,3}$" .) -}}
{{- fail (printf "egress.clusterCidrs has %q, which is no CIDR: write ADDRESS/BITS, as in 10.96.0.0/12 or fd00::/108." .) -}}
{{- end -}}
{{- if hasSuffix "/0" . -}}
{{- fail (printf "egress.clusterCidrs has %q, which is every address: write the ranges of nodes, pods and Services." .) -}}
{{- end -}}
{{- end -}}
{{- /* Measured peaks of a reload, in KiB: trunk 3, bot 3.5, source 0.8; 60 for each connection and each silent probe in flight (200 a second). */ -}}
{{- with .Values.shares.total -}}
{{- $connections := addf 200 (float64 .pods) (float64 .trunks) 200 -}}
{{- $kibibytes := addf (mulf 3 (float64 .trunks)) (mulf 3.5 (float64 .callbots)) (mulf 0.8 (float64 .sources)) (mulf 60 $connections) -}}
{{- $least := addf 16 (divf $kibibytes 1024) | ceil | int -}}
{{- if and $.Values.edge.enabled (lt (int $.Values.edge.sharedMemoryMiB) $least) -}}
{{- fail (printf "edge.sharedMemoryMiB is %d, and shares.total (%d callbots, %d pods, %d trunks, %d sources) may fill %d: set it to %d and raise edge.resources.limits.memory with it, or lower shares.total." (int $.Values.edge.sharedMemoryMiB) (int .callbots) (int .pods) (int .trunks) (int .sources) $least $least) -}}
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

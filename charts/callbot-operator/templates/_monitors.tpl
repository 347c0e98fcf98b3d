{{- /*
A ServiceMonitor of one part: a list of the root, its name, its labels, its selector and its port. Metrics of calls and objects have a label
namespace of their own, which is the client's: it is kept (honorLabels).
*/}}
{{- define "callbot-operator.serviceMonitor" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include (index . 2) $root | nindent 4 }}
    {{- with $root.Values.metrics.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  selector:
    matchLabels:
      {{- include (index . 3) $root | nindent 6 }}
  endpoints:
    - port: {{ index . 4 }}
      path: /metrics
      scheme: https
      honorLabels: true
      interval: {{ $root.Values.metrics.intervalSeconds }}s
      bearerTokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token
      tlsConfig:
        serverName: {{ $name }}.{{ $root.Release.Namespace }}.svc
        ca:
          configMap:
            name: callbot-ca-bundle
            key: ca.crt
{{- end }}

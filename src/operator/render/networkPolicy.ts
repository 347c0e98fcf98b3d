import type { BotFacts, Settings } from '../world.ts'
import { BOT_LABEL, childMetadata, COMPONENT_LABEL, HEALTH_PORT, type Manifest, SIPS_PORT } from './manifest.ts'

/**
 * Default deny in both directions, then: SIP from the edges and from the operator's zone probes, health from anywhere
 * (kubelets have no label), out to the operator's namespace and to DNS.
 */
export function renderNetworkPolicy(bot: BotFacts, settings: Settings): Manifest {
  const home = { matchLabels: { 'kubernetes.io/metadata.name': settings.operatorNamespace } }
  const callers = { matchExpressions: [{ key: COMPONENT_LABEL, operator: 'In', values: ['edge', 'operator'] }] }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: childMetadata(bot),
    spec: {
      podSelector: { matchLabels: { [BOT_LABEL]: bot.name } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { from: [{ namespaceSelector: home, podSelector: callers }], ports: [tcp(SIPS_PORT)] },
        { ports: [tcp(HEALTH_PORT)] },
      ],
      egress: [{ to: [{ namespaceSelector: home }] }, { ports: [udp(53), tcp(53)] }],
    },
  }
}

const tcp = (port: number) => ({ protocol: 'TCP', port })
const udp = (port: number) => ({ protocol: 'UDP', port })

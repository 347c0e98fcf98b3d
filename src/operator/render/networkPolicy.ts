import type { BotFacts, Settings } from '../world.ts'
import {
  BOT_LABEL,
  childMetadata,
  COMPONENT_LABEL,
  FIRST_MEDIA_PORT,
  HEALTH_PORT,
  type Manifest,
  SIPS_PORT,
} from './manifest.ts'

/**
 * Default deny in both directions, then: SIP from the edges and from the operator's zone probes, health from the operator
 * (a pod is always reachable from its own node, and so for its kubelet), voice from and to where callers are (it doesn't pass through the edge), out to the operator's
 * namespace (edges, speech), to the ports of speech servers and clients' web services outside, and to DNS.
 */
export function renderNetworkPolicy(bot: BotFacts, settings: Settings): Manifest {
  const home = { matchLabels: { 'kubernetes.io/metadata.name': settings.operatorNamespace } }
  const callers = { matchExpressions: [{ key: COMPONENT_LABEL, operator: 'In', values: ['edge', 'operator'] }] }
  const operator = { matchLabels: { [COMPONENT_LABEL]: 'operator' } }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: childMetadata(bot),
    spec: {
      podSelector: { matchLabels: { [BOT_LABEL]: bot.name } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { from: [{ namespaceSelector: home, podSelector: callers }], ports: [tcp(SIPS_PORT)] },
        { from: [{ namespaceSelector: home, podSelector: operator }], ports: [tcp(HEALTH_PORT)] },
        { ...blocks('from', settings), ports: [mediaPorts(bot.spec.capacity.callsPerPod)] },
      ],
      egress: [
        { to: [{ namespaceSelector: home }] },
        { ports: [udp(53), tcp(53)] },
        // The caller's side chooses its port: any that needs no privilege.
        { ...blocks('to', settings), ports: [{ ...udp(1024), endPort: 65_535 }] },
        ...providers(bot),
      ],
    },
  }
}

/** Two ports for each leg (RFC 3550 section 11): the caller's, and the one of whom the caller is put through to. */
const PORTS_A_CALL = 4

function mediaPorts(callsPerPod: number) {
  return { ...udp(FIRST_MEDIA_PORT), endPort: FIRST_MEDIA_PORT - 1 + PORTS_A_CALL * callsPerPod }
}

/** No block at all means anywhere. */
function blocks(direction: 'from' | 'to', { mediaCidrs }: Settings) {
  return mediaCidrs.length === 0 ? {} : { [direction]: mediaCidrs.map((cidr) => ({ ipBlock: { cidr } })) }
}

/** A policy knows addresses and no names: who must be sure where words go names the Embedded servers, or a proxy. */
function providers({ configuration: { providerPorts } }: BotFacts) {
  return providerPorts.length === 0 ? [] : [{ ports: providerPorts.map(tcp) }]
}

const tcp = (port: number) => ({ protocol: 'TCP', port })
const udp = (port: number) => ({ protocol: 'UDP', port })

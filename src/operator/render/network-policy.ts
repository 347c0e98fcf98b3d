import type {
  NetworkPolicy,
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from 'kubernetes-types/networking/v1.d.ts'
import { CONTROL_PLANE_PORTS, covers, NEVER_REMOTE, readCidr } from '../../lib/ip-address.ts'
import { GLOBAL_UNICAST, NOT_PUBLIC, valuesFor } from '../../rules/egress.ts'
import type { BotFacts, Settings } from '../world/callbot.ts'
import { childMetadata, FIRST_MEDIA_PORT, HEALTH_PORT, type Manifest, SIPS_PORT } from './manifest.ts'
import { BOT_LABEL, COMPONENT_LABEL, RECORDS_COMPONENT } from '../world/labels.ts'
import { RECORDS_PORT } from '../../rules/records-state.ts'

/**
 * Default deny in both directions, then: SIP from the edges and from the operator's zone probes, health from the operator
 * (a pod is always reachable from its own node, and so for its kubelet), voice from and to where callers are, or with a media relay in the
 * edges from and to those, out to the operator's namespace (edges, speech), to the ports of speech servers and clients' web services outside, and to DNS.
 * Where words and voice go is up to those who write Callbots and Integrations, and to callers: links, metadata services and what the
 * administrator denies are left out.
 */
export function renderNetworkPolicy(bot: BotFacts, settings: Settings): Manifest & NetworkPolicy {
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
        { ...voiceFrom(settings), ports: [mediaPorts(bot.spec.capacity.callsPerPod)] },
      ],
      egress: [
        { to: [{ namespaceSelector: home }] },
        ...NAMES,
        ...records(settings),
        ...voiceTo(bot, settings),
        ...providers(bot, settings),
      ],
    },
  }
}

/** To who writes the records of its own namespace. */
function records({ database }: Settings): NetworkPolicyEgressRule[] {
  const podSelector = { matchLabels: { [COMPONENT_LABEL]: RECORDS_COMPONENT } }
  return database === undefined ? [] : [{ to: [{ podSelector }], ports: [tcp(RECORDS_PORT)] }]
}

/** Two ports for each leg (RFC 3550 section 11): the caller's, and the one of whom the caller is put through to. */
const PORTS_A_CALL = 4

function mediaPorts(callsPerPod: number): NetworkPolicyPort {
  return { ...udp(FIRST_MEDIA_PORT), endPort: FIRST_MEDIA_PORT - 1 + PORTS_A_CALL * callsPerPod }
}

/** No block at all means anywhere. */
function voiceFrom({ mediaByEdges, mediaCidrs, operatorNamespace }: Settings): NetworkPolicyIngressRule {
  if (mediaByEdges) {
    const home = { matchLabels: { 'kubernetes.io/metadata.name': operatorNamespace } }
    return { from: [{ namespaceSelector: home, podSelector: { matchLabels: { [COMPONENT_LABEL]: 'edge' } } }] }
  }
  return mediaCidrs.length === 0 ? {} : { from: mediaCidrs.map((cidr) => ({ ipBlock: { cidr } })) }
}

/** The caller's side chooses its port: any that needs no privilege. To edges a bot may send whatever it wants. */
function voiceTo(bot: BotFacts, settings: Settings): NetworkPolicyEgressRule[] {
  if (settings.mediaByEdges) return []
  return [{ ...to(settings.mediaCidrs, settings, bot.namespace), ports: [{ ...udp(1024), endPort: 65_535 }] }]
}

/** What decides where a program connects to on behalf of a tenant. */
type Places = Pick<Settings, 'deniedCidrs' | 'egress'>

/**
 * While the egress policy is not enforced, the pods of the cluster are named apart: to some network plugins (Cilium) no range has pods in it.
 * @param cidrs empty: anywhere that the policy lets the namespace
 */
function to(cidrs: readonly string[], { deniedCidrs, egress }: Places, namespace: string): NetworkPolicyEgressRule {
  const denied = [...NEVER_REMOTE, ...deniedCidrs]
  const blocks = (ranges: readonly string[], except: readonly string[]) => ranges.flatMap((cidr) => block(cidr, except))
  if (cidrs.length > 0) return { to: blocks(cidrs, denied) }
  if (!egress.enforce) return { to: [{ namespaceSelector: {} }, ...blocks(['0.0.0.0/0', '::/0'], denied)] }
  const { open } = valuesFor(egress, namespace)
  const peers = open.flatMap((each) => each.peers ?? [])
  const inside = [...denied, ...NOT_PUBLIC, ...egress.clusterCidrs]
  return {
    to: [
      ...blocks(['0.0.0.0/0', GLOBAL_UNICAST], inside),
      ...blocks(
        open.flatMap((each) => each.cidrs),
        denied,
      ),
      ...peers,
    ],
  }
}

/** An exception has to be smaller than its range, or nothing is left of the range; one within another is said already. */
function block(cidr: string, denied: readonly string[]): NetworkPolicyPeer[] {
  const range = readCidr(cidr)
  if (range === undefined) return [{ ipBlock: { cidr } }]
  const ranges = denied.flatMap((text) => ({ text, range: readCidr(text) }))
  if (ranges.some((each) => each.range !== undefined && covers(each.range, range))) return []
  const within = ranges.filter((each) => each.range !== undefined && covers(range, each.range))
  const isSaid = (index: number) =>
    within.some((other, at) => {
      const [outer, inner] = [other.range!, within[index]!.range!]
      return at !== index && covers(outer, inner) && (outer.bits < inner.bits || at < index)
    })
  const except = within.flatMap(({ text }, index) => (isSaid(index) ? [] : [text]))
  return [{ ipBlock: { cidr, ...(except.length > 0 && { except }) } }]
}

/** A policy knows addresses and no names: who must be sure where words go names the Embedded servers, or a proxy. */
const providers = (bot: BotFacts, settings: Settings): NetworkPolicyEgressRule[] =>
  webServersAt(bot.configuration.providerPorts, settings, bot.namespace)

/** To web servers that a tenant names, at these ports. None: nowhere. */
export function webServersAt(all: readonly number[], places: Places, namespace: string): NetworkPolicyEgressRule[] {
  const ports = all.filter((port) => !CONTROL_PLANE_PORTS.includes(port))
  return ports.length === 0 ? [] : [{ ...to([], places, namespace), ports: ports.map(tcp) }]
}

const tcp = (port: number): NetworkPolicyPort => ({ protocol: 'TCP', port })
const udp = (port: number): NetworkPolicyPort => ({ protocol: 'UDP', port })

/** To ask for names. Behind its Service, DNS may listen on any port. */
export const NAMES: NetworkPolicyEgressRule[] = [
  { to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }] },
  { ports: [udp(53), tcp(53)] },
]

import { lookup as lookUp, type LookupAddress, type LookupOptions } from 'node:dns'
import { type Cidr, CONTROL_PLANE_PORTS, readAddress, readCidr } from '../lib/ip-address.ts'
import { mayReachAddress, type Reach, reachFrom } from '../wire/sdp/address-policy.ts'
import { because, DEFAULT_EGRESS, type EgressPolicy, isRefused, judge } from '../rules/egress.ts'
import { hostOf } from './mounted-secrets.ts'

/** Where a pod may ask web servers whose addresses a tenant has written. */
export interface Egress {
  /** Why nothing is sent to a server, before anything is looked up; undefined: it may be asked. */
  refusal(url: URL): string | undefined
  /** For sockets: names whose addresses are all refused have none. What is connected to is what was checked, so a second answer of DNS changes nothing. */
  readonly lookup: typeof lookUp
}

/** As net.connect reports it. */
export const REFUSED_ADDRESS = 'EREFUSEDADDRESS'

/** The policy of the installation, for the namespace of the program. */
export interface Judging {
  readonly policy: EgressPolicy
  readonly namespace: string
  /** An address is connected to that is refused where the administrator enforces the policy. @param text why, with the cure */
  readonly onNoted: (address: string, text: string) => void
}

const UNJUDGED: Judging = { policy: DEFAULT_EGRESS, namespace: '', onNoted: () => {} }

const CURE = 'name another server, or ask the administrator of the cluster (bots.egress.deniedCidrs)'

/**
 * Who writes an Integration or a Callbot chooses where pods send requests: without this, to the pod itself, the metadata service of the
 * cloud, the kubelet or the API server.
 */
export function createEgress(reach: Reach, { policy, namespace, onNoted }: Judging = UNJUDGED): Egress {
  /** Why nothing is sent to an address; undefined: it may be connected to. */
  const refusalOf = (address: string): string | undefined => {
    const octets = readAddress(address)
    if (octets === undefined || !mayReachAddress(reach, octets))
      return `nothing is sent to ${address} from here: ${CURE}`
    const judgement = judge(octets, { namespace, isOnLoopback: reach.isLoopback }, policy)
    if (judgement === 'Open') return undefined
    const why = because(judgement, address, namespace)
    if (isRefused(judgement, policy)) return why
    onNoted(address, why)
    return undefined
  }
  return {
    refusal(url) {
      if (CONTROL_PLANE_PORTS.includes(Number(url.port)))
        return `port ${url.port} is one of Kubernetes itself: let the server listen on another`
      const host = hostOf(url)
      return readAddress(host) === undefined ? undefined : refusalOf(host)
    },
    lookup: ((host: string, options: LookupOptions, done: (...result: unknown[]) => void) => {
      lookUp(host, { ...options, all: true }, (error, found: LookupAddress[]) => {
        if (error !== null) return done(error)
        const judged = found.map((each) => ({ each, refusal: refusalOf(each.address) }))
        const fine = judged.flatMap(({ each, refusal }) => (refusal === undefined ? [each] : []))
        if (fine.length === 0) {
          const why = judged.map(({ refusal }) => refusal).join('; ')
          return done(Object.assign(new Error(`${host}: ${why}`), { code: REFUSED_ADDRESS }))
        }
        return options.all === true ? done(null, fine) : done(null, fine[0]!.address, fine[0]!.family)
      })
    }) as typeof lookUp,
  }
}

/** What a pod receives about where it may not go. */
export interface EgressConfig {
  readonly podIp: string
  readonly deniedCidrs: readonly Cidr[]
  /** Addresses of the pod's node and of the API server: no web service of a client is there. */
  readonly nodeIp: string | undefined
  readonly apiServerIp: string | undefined
  readonly namespace: string
  readonly egress: EgressPolicy
}

export function egressOf(config: EgressConfig, onNoted: Judging['onNoted'] = () => {}): Egress {
  const { podIp, deniedCidrs, nodeIp, apiServerIp, namespace, egress: policy } = config
  const own = [nodeIp, apiServerIp].flatMap((address): Cidr[] => {
    const cidr = address === undefined ? undefined : readCidr(address)
    return cidr === undefined ? [] : [cidr]
  })
  return createEgress(reachFrom(podIp, { denied: [...deniedCidrs, ...own] }), { policy, namespace, onNoted })
}

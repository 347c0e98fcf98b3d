import { lookup as lookUp, type LookupAddress, type LookupOptions } from 'node:dns'
import { type Cidr, CONTROL_PLANE_PORTS, readAddress, readCidr } from '../lib/ip-address.ts'
import { mayReachAddress, type Reach, reachFrom } from '../wire/sdp/address-policy.ts'
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

const CURE = 'name another server, or ask the administrator of the cluster (bots.egress.deniedCidrs)'

/**
 * Who writes an Integration or a Callbot chooses where pods send requests: without this, to the pod itself, the metadata service of the
 * cloud, the kubelet or the API server.
 */
export function createEgress(reach: Reach): Egress {
  const isRefused = (address: string) => {
    const octets = readAddress(address)
    return octets === undefined || !mayReachAddress(reach, octets)
  }
  return {
    refusal(url) {
      if (CONTROL_PLANE_PORTS.includes(Number(url.port)))
        return `port ${url.port} is one of Kubernetes itself: let the server listen on another`
      const host = hostOf(url)
      const isFigures = readAddress(host) !== undefined
      return isFigures && isRefused(host) ? `nothing is sent to ${host} from here: ${CURE}` : undefined
    },
    lookup: ((host: string, options: LookupOptions, done: (...result: unknown[]) => void) => {
      lookUp(host, { ...options, all: true }, (error, found: LookupAddress[]) => {
        if (error !== null) return done(error)
        const fine = found.filter(({ address }) => !isRefused(address))
        if (fine.length === 0)
          return done(
            Object.assign(new Error(`nothing is sent to an address of ${host}: ${CURE}`), { code: REFUSED_ADDRESS }),
          )
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
}

export function egressOf({ podIp, deniedCidrs, nodeIp, apiServerIp }: EgressConfig): Egress {
  const own = [nodeIp, apiServerIp].flatMap((address): Cidr[] => {
    const cidr = address === undefined ? undefined : readCidr(address)
    return cidr === undefined ? [] : [cidr]
  })
  return createEgress(reachFrom(podIp, { denied: [...deniedCidrs, ...own] }))
}

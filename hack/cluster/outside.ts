/**
 * A world outside the local cluster, made for a test and taken away by `down`: a carrier's network, a home behind NAT, and a gateway that
 * leads one public address to each edge and drops everything else between outside and the cluster. Nobody outside can route to a pod.
 *
 *   carrier 198.51.100.2 --- gateway --- switch --- zones       203.0.113.N is the edge on the Nth node
 *   home 192.168.77.2 --- router 198.51.100.6 --- gateway
 *   stranger 198.51.100.10 --- gateway
 */
import { ensureNamespace, ipIn, sysctlIn } from './network.ts'
import { fabric, isOverlay, outsideNamespaces as ns, zones } from './settings.ts'
import { run, tryRun } from './shell.ts'

/** Where callers are. The carrier has an address of the Internet's; the home's NAT gives each flow another port. */
export const places = {
  carrier: { netns: ns.carrier, address: '198.51.100.2' },
  home: { netns: ns.home, address: '192.168.77.2' },
} as const
export type Place = keyof typeof places

/** Nobody calls from there. */
export const stranger = { netns: ns.stranger, address: '198.51.100.10' }

const OUTSIDE = '198.51.100.0/24'
/** In the zones, where `nat` is kube-proxy's. */
const NODES_TABLE = 'callbot_outside'
/** The gateway's, on the switch. */
const GATEWAY = zones[0]!.address.replace(/\d+$/, '253')

/** The address at which callers outside reach the edge on a node. */
export const publicAddressOf = (node: string): string =>
  `203.0.113.${zones.findIndex((zone) => zone.node === node) + 1}`

/** Recreates it. Harmless to repeat. */
export async function ensureOutside(): Promise<void> {
  await removeOutside()
  for (const name of Object.values(ns)) await ensureNamespace(name)
  const port = 'port-gateway'
  await ipIn(fabric.netns, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'inside', 'netns', ns.gateway)
  await ipIn(fabric.netns, 'link', 'set', port, 'master', fabric.bridge, 'up')
  await addressOn(ns.gateway, 'inside', `${GATEWAY}/${fabric.prefixLength}`)
  await cable([ns.gateway, 'to-carrier', '198.51.100.1/30'], [ns.carrier, 'uplink', '198.51.100.2/30'])
  await cable([ns.gateway, 'to-router', '198.51.100.5/30'], [ns.router, 'uplink', '198.51.100.6/30'])
  await cable([ns.gateway, 'to-stranger', '198.51.100.9/30'], [ns.stranger, 'uplink', `${stranger.address}/30`])
  await cable([ns.router, 'to-home', '192.168.77.1/24'], [ns.home, 'uplink', '192.168.77.2/24'])
  for (const [netns, via] of [
    [ns.carrier, '198.51.100.1'],
    [ns.router, '198.51.100.5'],
    [ns.home, '192.168.77.1'],
    [ns.stranger, '198.51.100.9'],
  ])
    await ipIn(netns!, 'route', 'replace', 'default', 'via', via!)
  for (const netns of [ns.gateway, ns.router]) await sysctlIn(netns, 'net.ipv4.ip_forward=1')
  for (const zone of zones) {
    if (!isOverlay) await ipIn(ns.gateway, 'route', 'replace', zone.podCidr, 'via', zone.address)
    await ipIn(zone.netns, 'route', 'replace', OUTSIDE, 'via', GATEWAY)
  }
  await nft(
    ns.router,
    'table ip nat { chain out { type nat hook postrouting priority 100; oif "uplink" masquerade random; }; }',
  )
}

/** Gives what pods send outside, or to others, the address of their node, as ordinary clusters do. */
export async function masqueradeAtNodes(others = OUTSIDE): Promise<void> {
  for (const { netns, podCidr } of zones)
    await nft(
      netns,
      `table ip ${NODES_TABLE} {
         chain out { type nat hook postrouting priority 100; ip saddr ${podCidr} ip daddr ${others} masquerade; };
       }`,
      NODES_TABLE,
    )
}

/**
 * Leads the public addresses to the edges of now, also for those who spoke with others there a moment ago.
 * @param edges address of the pod, or of the node, by node
 */
export async function leadToEdges(edges: ReadonlyMap<string, string>): Promise<void> {
  const pairs = [...edges].map(([node, pod]) => [publicAddressOf(node), pod] as const)
  const pods = pairs.map(([, pod]) => pod).join(', ')
  await nft(
    ns.gateway,
    `table ip nat {
       chain in { type nat hook prerouting priority -100; ${pairs.map(([to, pod]) => `ip daddr ${to} dnat to ${pod};`).join(' ')} };
       chain out { type nat hook postrouting priority 100; ${pairs.map(([to, pod]) => `oif != "inside" ip saddr ${pod} snat to ${to};`).join(' ')} };
       chain pass { type filter hook forward priority 0; policy drop;
         iif "inside" oif != "inside" ip saddr { ${pods} } accept;
         iif != "inside" oif "inside" ip daddr { ${pods} } ct status dnat accept;
         iif != "inside" oif "inside" ip daddr { ${pods} } ct state established accept;
       };
     }`,
  )
  await run('nsenter', [`--net=/run/netns/${ns.gateway}`, 'conntrack', '-F'])
}

export async function removeOutside(): Promise<void> {
  await tryRun('ip', ['-n', fabric.netns, 'link', 'delete', 'port-gateway'])
  for (const name of Object.values(ns)) await tryRun('ip', ['netns', 'delete', name])
  for (const { netns } of zones) await deleteTable(netns, NODES_TABLE)
}

async function cable(one: readonly string[], other: readonly string[]): Promise<void> {
  const [[netns, link, address], [otherNetns, otherLink, otherAddress]] = [one, other] as [string[], string[]]
  await ipIn(netns!, 'link', 'add', link!, 'type', 'veth', 'peer', 'name', otherLink!, 'netns', otherNetns!)
  await addressOn(netns!, link!, address!)
  await addressOn(otherNetns!, otherLink!, otherAddress!)
}

async function addressOn(netns: string, link: string, address: string): Promise<void> {
  await ipIn(netns, 'addr', 'add', address, 'dev', link)
  await ipIn(netns, 'link', 'set', link, 'up')
}

async function nft(netns: string, rules: string, table = 'nat'): Promise<void> {
  await deleteTable(netns, table)
  await run('nsenter', [`--net=/run/netns/${netns}`, 'nft', '-f', '-'], { input: rules })
}

async function deleteTable(netns: string, table: string): Promise<void> {
  await tryRun('nsenter', [`--net=/run/netns/${netns}`, 'nft', 'delete', 'table', 'ip', table])
}

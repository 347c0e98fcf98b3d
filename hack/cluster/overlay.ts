/**
 * The network of pods with CLUSTER_NETWORK=overlay: packets between pods of two zones are in VXLAN (RFC 7348), as with Flannel or with Calico
 * in its VXLAN mode. Only nodes have a route to a pod, and the host, which is one here: its API server calls webhooks.
 */
import { host, instance, isOverlay, podNet, zones, type Zone } from './settings.ts'
import { run, tryRun } from './shell.ts'

/** Several clusters have their links on one host. */
const LINK = `overlay${instance}`
const VXLAN = { id: `${244 - instance}`, port: '4789' }

/** What a packet of a pod may have, octets: VXLAN needs 50 of the 1500. */
export const podMtu = isOverlay ? 1450 : 1500

interface Member {
  /** Of the network namespace; undefined: the host's. */
  netns?: string
  /** What carries the packets, and its address. */
  link: string
  address: string
  /** Its own address in the overlay. */
  tunnel: string
  /** Its pods. */
  podCidr?: string
}

const ofZone = ({ netns, address, podCidr }: Zone): Member => ({
  ...{ netns, address, podCidr, link: 'uplink', tunnel: podCidr.replace(/\/.*$/, '') },
})
const HOST: Member = { link: host.link, address: host.address, tunnel: `${podNet}.254.0` }
const members: readonly Member[] = [...zones.map(ofZone), HOST]

const inside = (netns: string | undefined) => (netns === undefined ? [] : ['-n', netns])
const hasLink = async ({ netns }: Member) => (await tryRun('ip', [...inside(netns), 'link', 'show', LINK])).code === 0

/** Whether a zone that is plugged in has it. */
export const hasOverlay = (zone: Zone): Promise<boolean> => hasLink(ofZone(zone))

/** Makes what is missing of it; every member is plugged in. */
export async function ensureOverlay(): Promise<void> {
  for (const member of members) if (!(await hasLink(member))) await join(member)
}

async function join(member: Member): Promise<void> {
  const ip = (...args: string[]) => run('ip', [...inside(member.netns), ...args])
  const { link, address, tunnel } = member
  const others = members.filter((each) => each !== member)
  await ip('link', 'add', LINK, 'type', 'vxlan', 'id', VXLAN.id, 'dstport', VXLAN.port, 'local', address, 'dev', link)
  for (const other of others) {
    const flood = ['fdb', 'append', '00:00:00:00:00:00', 'dev', LINK, 'dst', other.address]
    await run('bridge', [...inside(member.netns), ...flood])
  }
  await ip('addr', 'add', `${tunnel}/32`, 'dev', LINK)
  await ip('link', 'set', LINK, 'up')
  for (const other of others) {
    const to = other.podCidr ?? `${other.tunnel}/32`
    await ip('route', 'replace', to, 'via', other.tunnel, 'dev', LINK, 'onlink')
  }
}

/**
 * The cables: a switch in a namespace of its own, one namespace for each zone, and the host's end. Zones reach each other,
 * the API server on the host and nothing else: there is no way out to the internet.
 */
import { existsSync } from 'node:fs'
import { apiServiceAddress, fabric, host, serviceCidr, zones, type Zone } from './settings.ts'
import { run, tryRun } from './shell.ts'

const ip = (...args: string[]) => run('ip', args)
const ipIn = (netns: string, ...args: string[]) => run('ip', ['-n', netns, ...args])
const sysctlIn = (netns: string, ...settings: string[]) =>
  run('nsenter', [`--net=/run/netns/${netns}`, 'sysctl', '-q', '-w', ...settings])

/** A name in /run/netns may be a leftover of a boot before: only one that can be entered is a namespace. */
async function isNamespace(netns: string): Promise<boolean> {
  if (!existsSync(`/run/netns/${netns}`)) return false
  return (await tryRun('ip', ['-n', netns, 'link', 'show', 'lo'])).code === 0
}

async function ensureNamespace(netns: string): Promise<void> {
  if (await isNamespace(netns)) return
  await tryRun('ip', ['netns', 'delete', netns])
  await ip('netns', 'add', netns)
  await ipIn(netns, 'link', 'set', 'lo', 'up')
}

/** Makes what is missing of switch, host's end and zones. Does not heal a cut zone (see faults.ts). */
export async function ensureNetwork(): Promise<void> {
  await ensureNamespace(fabric.netns)
  if (!(await hasLink(fabric.netns, fabric.bridge))) {
    await ipIn(fabric.netns, 'link', 'add', fabric.bridge, 'type', 'bridge')
    await ipIn(fabric.netns, 'link', 'set', fabric.bridge, 'up')
  }
  await ensureHostEnd()
  for (const zone of zones) await ensureZoneNetwork(zone)
}

async function ensureHostEnd(): Promise<void> {
  const port = 'port-host'
  const isThere = (await tryRun('ip', ['link', 'show', host.link])).code === 0
  if (isThere && (await hasLink(fabric.netns, port))) return
  if (isThere) await ip('link', 'delete', host.link)
  await ip('link', 'add', host.link, 'type', 'veth', 'peer', 'name', port, 'netns', fabric.netns)
  await ipIn(fabric.netns, 'link', 'set', port, 'master', fabric.bridge, 'up')
  await ip('addr', 'add', `${host.address}/${fabric.prefixLength}`, 'dev', host.link)
  await ip('link', 'set', host.link, 'up')
  for (const zone of zones) await ip('route', 'replace', zone.podCidr, 'via', zone.address, 'dev', host.link)
  await ip('route', 'replace', serviceCidr, 'dev', host.link, 'src', host.address)
}

async function ensureZoneNetwork(zone: Zone): Promise<void> {
  await ensureNamespace(zone.netns)
  if ((await hasLink(fabric.netns, zone.port)) && (await hasLink(zone.netns, 'uplink'))) return
  await tryRun('ip', ['-n', fabric.netns, 'link', 'delete', zone.port])
  await tryRun('ip', ['-n', zone.netns, 'link', 'delete', 'uplink'])
  const pair = ['link', 'add', zone.port, 'type', 'veth', 'peer', 'name', 'uplink', 'netns', zone.netns]
  await ipIn(fabric.netns, ...pair)
  await ipIn(fabric.netns, 'link', 'set', zone.port, 'master', fabric.bridge, 'up')
  await ipIn(zone.netns, 'addr', 'add', `${zone.address}/${fabric.prefixLength}`, 'dev', 'uplink')
  await ipIn(zone.netns, 'link', 'set', 'uplink', 'up')
  await sysctlIn(zone.netns, 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.disable_ipv6=1')
  for (const other of zones.filter((each) => each !== zone))
    await ipIn(zone.netns, 'route', 'replace', other.podCidr, 'via', other.address)
  // A service address never leaves the node, but the kernel wants a route before kube-proxy may rewrite the target.
  await ipIn(zone.netns, 'route', 'replace', serviceCidr, 'via', host.address)
}

const hasLink = async (netns: string, link: string) =>
  (await tryRun('ip', ['-n', netns, 'link', 'show', link])).code === 0

/** True when the zone's port on the switch is up. */
export async function isPortUp(zone: Zone): Promise<boolean> {
  const { stdout } = await tryRun('ip', ['-n', fabric.netns, '-o', 'link', 'show', zone.port])
  return /<[^>]*\bUP\b/.test(stdout)
}

/** Lifts the zone's cable on the switch, or plugs it in again. */
export async function setPort(zone: Zone, state: 'up' | 'down'): Promise<void> {
  await ipIn(fabric.netns, 'link', 'set', zone.port, state)
}

/** Takes the cables and namespaces away; with the switch go all its ports. */
export async function removeNetwork(): Promise<void> {
  await tryRun('ip', ['link', 'delete', host.link])
  for (const netns of [...zones.map((zone) => zone.netns), fabric.netns]) await tryRun('ip', ['netns', 'delete', netns])
}

/** Addresses that the API server's certificate must name. */
export const apiAddresses = [host.address, apiServiceAddress, '127.0.0.1']

/**
 * The cables: a switch in a namespace of its own, one namespace for each zone, and the host's end. Zones reach each other,
 * the API server on the host and nothing else: there is no way out to the internet.
 */
import { existsSync, readFileSync } from 'node:fs'
import { killAll } from './cgroups.ts'
import { ensureOverlay, hasOverlay } from './overlay.ts'
import {
  apiServiceAddress,
  fabric,
  host,
  isOverlay,
  outsideNamespaces,
  serviceCidr,
  zones,
  type Zone,
} from './settings.ts'
import { run, tryRun } from './shell.ts'

const ip = (...args: string[]) => run('ip', args)
export const ipIn = (netns: string, ...args: string[]) => run('ip', ['-n', netns, ...args])
export const sysctlIn = (netns: string, ...settings: string[]) =>
  run('nsenter', [`--net=/run/netns/${netns}`, 'sysctl', '-q', '-w', ...settings])

/** A name in /run/netns may be a leftover of a boot before: only one that is mounted is a namespace. */
function isNamespace(netns: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` /run/netns/${netns} `)
}

/** Resolves with true when it had to be made. */
export async function ensureNamespace(netns: string): Promise<boolean> {
  if (isNamespace(netns)) return false
  await tryRun('ip', ['netns', 'delete', netns])
  await ip('netns', 'add', netns)
  await ipIn(netns, 'link', 'set', 'lo', 'up')
  return true
}

/**
 * Makes what is missing of switch, host's end and zones. A cable is plugged into the switch as the last step, so one that is
 * plugged in is whole. Does not heal a cut zone (see faults.ts).
 */
export async function ensureNetwork(): Promise<void> {
  await ensureNamespace(fabric.netns)
  const links = await ipIn(fabric.netns, '-o', 'link')
  const isPluggedIn = (port: string) => new RegExp(` ${port}@.* master ${fabric.bridge} `).test(links)
  if (!links.includes(` ${fabric.bridge}: `)) await ipIn(fabric.netns, 'link', 'add', fabric.bridge, 'type', 'bridge')
  await ipIn(fabric.netns, 'link', 'set', fabric.bridge, 'up')
  if (!existsSync(`/sys/class/net/${host.link}`) || !isPluggedIn(hostPort)) await plugInHost()
  for (const zone of zones) {
    const isNew = await ensureNamespace(zone.netns)
    if (isNew || !isPluggedIn(zone.port)) await plugInZone(zone)
    else if ((await hasOverlay(zone)) !== isOverlay) throw otherNetwork()
  }
  if (isOverlay) await ensureOverlay()
}

const otherNetwork = () =>
  new Error(
    `the cluster that is there has ${isOverlay ? 'no overlay network' : 'an overlay network'}: remove it (make cluster-down), ` +
      `or ${isOverlay ? 'unset CLUSTER_NETWORK' : 'set CLUSTER_NETWORK=overlay'}`,
  )

const hostPort = 'port-host'

async function plugInHost(): Promise<void> {
  await tryRun('ip', ['link', 'delete', host.link])
  await ip('link', 'add', host.link, 'type', 'veth', 'peer', 'name', hostPort, 'netns', fabric.netns)
  await ip('addr', 'add', `${host.address}/${fabric.prefixLength}`, 'dev', host.link)
  await ip('link', 'set', host.link, 'up')
  if (!isOverlay)
    for (const zone of zones) await ip('route', 'replace', zone.podCidr, 'via', zone.address, 'dev', host.link)
  await ip('route', 'replace', serviceCidr, 'dev', host.link, 'src', host.address)
  await ipIn(fabric.netns, 'link', 'set', hostPort, 'master', fabric.bridge, 'up')
}

async function plugInZone(zone: Zone): Promise<void> {
  await killAll(zone.name) // what still runs there runs in a namespace that nobody can reach any more
  await tryRun('ip', ['-n', fabric.netns, 'link', 'delete', zone.port])
  await tryRun('ip', ['-n', zone.netns, 'link', 'delete', 'uplink'])
  const pair = ['link', 'add', zone.port, 'type', 'veth', 'peer', 'name', 'uplink', 'netns', zone.netns]
  await ipIn(fabric.netns, ...pair)
  await ipIn(zone.netns, 'addr', 'add', `${zone.address}/${fabric.prefixLength}`, 'dev', 'uplink')
  await ipIn(zone.netns, 'link', 'set', 'uplink', 'up')
  await sysctlIn(zone.netns, 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.disable_ipv6=1')
  if (!isOverlay)
    for (const other of zones.filter((each) => each !== zone))
      await ipIn(zone.netns, 'route', 'replace', other.podCidr, 'via', other.address)
  // A service address never leaves the node, but the kernel wants a route before kube-proxy may rewrite the target.
  await ipIn(zone.netns, 'route', 'replace', serviceCidr, 'via', host.address)
  await ipIn(fabric.netns, 'link', 'set', zone.port, 'master', fabric.bridge, 'up')
}

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
  const outside = Object.values(outsideNamespaces)
  for (const netns of [...zones.map((zone) => zone.netns), fabric.netns, ...outside])
    await tryRun('ip', ['netns', 'delete', netns])
}

/** Addresses that the API server's certificate must name. */
export const apiAddresses = [host.address, apiServiceAddress, '127.0.0.1']

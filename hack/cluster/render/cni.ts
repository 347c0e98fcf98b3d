/**
 * Pod network of one zone: a pair of virtual cables for each pod and plain routing (plugin ptp), no bridge. So all traffic,
 * also between pods of one node, passes the forward hook, where network policies are enforced.
 */
/** @param mtu of the pods' cables, octets */
export function renderCniConfig(zone: { netns: string; podCidr: string; stateDir: string }, mtu: number): string {
  const ipam = {
    type: 'host-local',
    dataDir: `${zone.stateDir}/ipam`,
    ranges: [[{ subnet: zone.podCidr }]],
    routes: [{ dst: '0.0.0.0/0' }],
  }
  const plugins = [
    { type: 'ptp', ipMasq: false, mtu, ipam },
    { type: 'portmap', capabilities: { portMappings: true }, snat: false },
  ]
  return `${JSON.stringify({ cniVersion: '0.4.0', name: zone.netns, plugins }, null, 2)}\n`
}

/** `status`: what a person wants to know, and an exit code for programs. */
import { join } from 'node:path'
import { isNodeReady, isReady, listNodes, type NodeSeen } from './api.ts'
import { daemons } from './controlplane.ts'
import { isRunning } from './daemons.ts'
import { isZoneCut, isZoneFrozen } from './faults.ts'
import { exported, hasImage } from './layout.ts'
import { dnsImage, edgeImage, kubeconfigFile, operatorImage, stateDir, zones, type Zone } from './settings.ts'
import { renderTable } from './table.ts'
import { zoneDaemons, zoneRecords } from './zone.ts'

export type Health = { healthy: boolean; text: string }
type Row = { what: string; state: string; isGood: boolean; detail: string }

/** Looks at everything; never waits long, never throws because something is broken. */
export async function status(): Promise<Health> {
  const nodes = await listNodes(kubeconfigFile).catch(() => [])
  const rows = [
    await apiRow(),
    ...daemons.map((name) => daemonRow(join(stateDir, 'run'), name, name)),
    ...(await Promise.all(zones.map((zone) => zoneRow(zone, nodes)))),
    ...(await Promise.all([dnsImage, operatorImage, edgeImage].map(imageRow))),
  ]
  const healthy = rows.every((row) => row.isGood)
  const table = renderTable(
    ['WHAT', 'STATE', 'DETAIL'],
    rows.map(({ what, state, detail }) => [what, state, detail]),
  )
  const cure = healthy ? `healthy; export KUBECONFIG=${kubeconfigFile}` : 'not healthy: `make cluster` repairs it'
  return { healthy, text: `${table}\n\n${cure}` }
}

async function apiRow(): Promise<Row> {
  const isGood = await isReady(kubeconfigFile).catch(() => false)
  return { what: 'API server', state: isGood ? 'ready' : 'no answer', isGood, detail: '' }
}

function daemonRow(records: string, name: string, what: string): Row {
  const isGood = isRunning(records, name)
  return { what, state: isGood ? 'running' : 'stopped', isGood, detail: '' }
}

async function zoneRow(zone: Zone, nodes: readonly NodeSeen[]): Promise<Row> {
  const node = nodes.find(({ metadata }) => metadata.name === zone.node)
  const dead = zoneDaemons.filter((name) => !isRunning(zoneRecords(zone), name))
  const troubles = [
    ...((await isZoneCut(zone.name)) ? ['cut'] : []),
    ...(isZoneFrozen(zone.name) ? ['frozen'] : []),
    ...(node && isNodeReady(node) ? [] : ['node not ready']),
    ...(dead.length > 0 ? [`stopped: ${dead.join(' ')}`] : []),
  ]
  const isGood = troubles.length === 0
  return {
    what: zone.name,
    state: isGood ? 'ready' : troubles.join(', '),
    isGood,
    detail: `${zone.node} ${zone.address}`,
  }
}

/**
 * Without the DNS image a zone is ill. Our own is the user's affair: none is built yet, or a newer one than the zones have,
 * perhaps for another instance, whose cache this is too.
 */
async function imageRow(image: string): Promise<Row> {
  const built = exported(image)
  const cure = '`make images` brings the newest'
  if (!built) return { what: image, state: 'not built', isGood: image !== dnsImage, detail: cure }
  const running = zones.filter((zone) => !isZoneFrozen(zone.name)) // a frozen containerd would not answer
  const have = (await Promise.all(running.map((zone) => hasImage(zone, image, built.digest)))).filter(Boolean)
  const isNewest = have.length === running.length
  const state = isNewest ? 'newest in all zones' : `newest in ${have.length} of ${zones.length} zones`
  return {
    what: image,
    state,
    isGood: isNewest || image !== dnsImage,
    detail: isNewest ? built.digest.slice(0, 19) : cure,
  }
}

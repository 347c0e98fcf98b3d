/**
 * Finds containers by what containerd wrote down in the zone's run directory, not by asking: so a fault can be made also
 * while the API server is down or the zone is frozen.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startTimeOf } from './daemons.ts'
import { zones, type Zone } from './settings.ts'

export type Container = { zone: Zone; id: string; name: string; pid: number }

const kinds = 'io.kubernetes.cri.container-type'
const names = 'io.kubernetes.cri.container-name'
const podNames = 'io.kubernetes.cri.sandbox-name'
const podNamespaces = 'io.kubernetes.cri.sandbox-namespace'

/** The living containers of a pod, without its sandbox. */
export function containersOf(namespace: string, pod: string): Container[] {
  return zones.flatMap((zone) => containersIn(zone, namespace, pod))
}

function containersIn(zone: Zone, namespace: string, pod: string): Container[] {
  const dir = join(zone.runDir, 'containerd', 'io.containerd.runtime.v2.task', 'k8s.io')
  return listOf(dir).flatMap((id) => {
    const notes = annotationsOf(join(dir, id))
    if (notes[podNamespaces] !== namespace || notes[podNames] !== pod || notes[kinds] !== 'container') return []
    const pid = Number(textOf(join(dir, id, 'init.pid')))
    return pid > 0 && startTimeOf(pid) ? [{ zone, id, name: notes[names]!, pid }] : []
  })
}

function annotationsOf(bundle: string): Record<string, string> {
  const config = textOf(join(bundle, 'config.json'))
  return config ? ((JSON.parse(config) as { annotations?: Record<string, string> }).annotations ?? {}) : {}
}

/** A bundle may vanish while we read it. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function listOf(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch {
    return []
  }
}

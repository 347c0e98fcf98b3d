/** A volume of a fixed size in a zone of the local cluster, which has no provisioner: a local PersistentVolume on a file system in memory. */
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zones, type Zone } from '../../hack/cluster/settings.ts'
import { run, tryRun } from '../../hack/cluster/shell.ts'
import { applyManifests, kube } from './three-zones.ts'

export interface LocalVolume {
  /** Of the StorageClass that nothing else has. */
  readonly className: string
  /** Leaves no block free. */
  fill(): void
  /** Takes back what `fill` took. */
  relieve(): void
  /** For a volume that no pod uses any more. */
  remove(): Promise<void>
}

/** @param size in MiB */
export async function makeLocalVolume(name: string, size: number, zone: Zone = zones[0]!): Promise<LocalVolume> {
  const path = join(zone.stateDir, 'volumes', name)
  mkdirSync(path, { recursive: true })
  await tryRun('umount', ['--lazy', path])
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size}m,mode=0755`, 'tmpfs', path])
  const where = { key: 'kubernetes.io/hostname', operator: 'In', values: [zone.node] }
  await kube('delete', 'persistentvolume', name, '--ignore-not-found')
  await applyManifests(
    {
      ...{ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name } },
      ...{ provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'WaitForFirstConsumer' },
    },
    {
      ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name } },
      spec: {
        ...{ capacity: { storage: `${size}Mi` }, accessModes: ['ReadWriteOnce'], storageClassName: name },
        ...{ local: { path }, persistentVolumeReclaimPolicy: 'Retain' },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [where] }] } },
      },
    },
  )
  const filler = join(path, 'filler')
  return {
    className: name,
    fill() {
      const { bavail, bsize } = statfsSync(path)
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize)))
    },
    relieve: () => rmSync(filler, { force: true }),
    async remove() {
      await kube('delete', 'persistentvolume', name, '--ignore-not-found', '--wait=false')
      await kube('delete', 'storageclass', name, '--ignore-not-found')
      await tryRun('umount', ['--lazy', path])
    },
  }
}

/**
 * The state of the cluster on a disk of its own: a file with ext4. So every octet that the machine wrote can be read, those of deleted files
 * and free blocks too. Without CLUSTER_DISK=image the state lies in a folder.
 */
import { existsSync, mkdirSync, openSync, closeSync, ftruncateSync, renameSync, rmSync } from 'node:fs'
import { mountPoints } from './down.ts'
import { stateDir, stateImage } from './settings.ts'
import { run } from './shell.ts'

/** It takes only what is written. */
const SIZE = 24 * 1024 ** 3

/** Makes the disk and mounts it, unless it is; after a reboot the old one. A state that lies in a folder stays there. */
export async function ensureDisk(): Promise<void> {
  if (mountPoints([stateDir]).includes(stateDir)) return
  if (!existsSync(stateImage)) {
    if (process.env['CLUSTER_DISK'] !== 'image' || existsSync(stateDir)) return
    await makeDisk()
  }
  mkdirSync(stateDir, { recursive: true })
  // Without discard: what is deleted stays where it was, as on a disk of a machine.
  await run('mount', ['-o', 'loop,nodiscard', stateImage, stateDir])
}

/** Under another name first: a disk that was cut off in the making is none. */
async function makeDisk(): Promise<void> {
  const temporary = `${stateImage}.tmp`
  rmSync(temporary, { force: true })
  const file = openSync(temporary, 'w', 0o600)
  ftruncateSync(file, SIZE)
  closeSync(file)
  await run('mkfs.ext4', ['-q', '-F', '-m', '0', '-E', 'nodiscard,lazy_itable_init=1', temporary])
  renameSync(temporary, stateImage)
}

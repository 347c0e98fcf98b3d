/** A peer that records: Asterisk with MixMonitor and CDR, which deletes both at the end of each call, on a disk of its own. */
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAsterisk, type Peer } from '../../../bench/voice/asterisk.ts'
import { alawOf, writeAlaw } from '../../../hack/calls/audio.ts'
import { runSipp } from '../../../hack/calls/sipp.ts'
import { pause, run } from '../../../hack/cluster/shell.ts'
import type { Matcher } from '../octet-search/matcher.ts'
import { searchMemory } from '../octet-search/memory.ts'
import { searchFile } from '../octet-search/sources.ts'
import { vowels } from '../vowels.ts'
import { canariesOf, type CanaryFamily } from './canaries.ts'
import type { SurfaceFinds } from './surfaces.ts'

const ADDRESS = '127.0.0.1'
const PORT = 15_961
const MEGABYTE = 1024 ** 2
const MODULES = [
  ...['res_pjsip_endpoint_identifier_anonymous', 'app_mixmonitor', 'app_system', 'format_wav', 'cdr_csv'],
  ...['func_cdr', 'app_cdr', 'res_agi'],
]

export interface RecordingPeer {
  readonly calls: number
  /** Recordings and lines of CDR that are still files when all has been deleted. */
  readonly filesLeft: string[]
  readonly surfaces: SurfaceFinds[]
}

/** @param settleSeconds from the last call to the search */
export async function searchRecordingPeer(o: {
  family: CanaryFamily
  calls: number
  settleSeconds: number
  matcher: Matcher
}): Promise<RecordingPeer> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-peer-'))
  const image = join(folder, 'disk.img')
  const disk = join(folder, 'disk')
  let peer: Peer | undefined
  await makeDisk(image, disk)
  try {
    peer = await startAsterisk({
      ...{ folder: disk, address: ADDRESS, port: PORT, prompt: alawOf(vowels(1)), modules: MODULES },
      callers: { anonymous: ['allow=alaw'] },
      numbers: recordsAndDeletes(disk),
      files: { 'cdr.conf': '[general]\nenable=yes\nunanswered=yes\n[csv]\nusegmtime=yes\n' },
    })
    const audio = writeAlaw(join(folder, 'sound.alaw'), o.family.sound)
    const { successful, errors } = await runSipp({
      ...{ folder: join(folder, 'sipp'), target: `${ADDRESS}:${PORT}`, transport: 'tcp', number: '+33900000001' },
      ...{ address: ADDRESS, calls: o.calls, concurrent: 10, perSecond: 5, mediaPort: 29_000 },
      ...{ caller: canariesOf(o.family, 1).number, srtp: false, audio, ends: { by: 'Caller', afterMs: 4_000 } },
    })
    if (successful !== o.calls) throw new Error(`${successful} of ${o.calls} calls went through: ${errors}`)
    await pause(o.settleSeconds * 1_000)
    const filesLeft = await deleteRecords(disk)
    const memory = await searchMemory(peer.pid, o.matcher)
    await run('sync', ['--file-system', disk])
    const onDisk = await searchFile(image, o.matcher)
    const surfaces = [
      { surface: 'disk of the peer', ...onDisk },
      { surface: 'memory of the peer', ...memory },
    ]
    return { calls: o.calls, filesLeft, surfaces }
  } finally {
    await peer?.stop()
    await run('umount', ['--lazy', disk])
    rmSync(folder, { recursive: true, force: true })
  }
}

async function makeDisk(image: string, mountedAt: string): Promise<void> {
  const file = openSync(image, 'w', 0o600)
  ftruncateSync(file, 512 * MEGABYTE)
  closeSync(file)
  await run('mkfs.ext4', ['-q', '-F', '-E', 'nodiscard', image])
  mkdirSync(mountedAt)
  await run('mount', ['-o', 'loop,nodiscard', image, mountedAt])
}

const recordsAndDeletes = (disk: string) => [
  `exten => _+339.,1,Answer()`,
  // The caller's voice by itself as well: mixed with the prompt it has no octets that a search knows.
  ` same => n,MixMonitor(${disk}/data/\${UNIQUEID}.wav,r(${disk}/data/\${UNIQUEID}-caller.wav))`,
  ` same => n(again),Playback(${disk}/prompt)`,
  ' same => n,Goto(again)',
  'exten => h,1,StopMixMonitor()',
  // As a nightly job does it: written to the disk first, deleted after that.
  ` same => n,System(sync ${disk}/data; sleep 1; sync ${disk}/data/\${UNIQUEID}*.wav; rm -f ${disk}/data/\${UNIQUEID}*.wav)`,
  '',
]

/** What a policy that deletes does with the CDR. @returns files with recordings or CDR that are left */
async function deleteRecords(disk: string): Promise<string[]> {
  await run('sync', ['--file-system', disk])
  await run('sh', ['-c', `rm -rf '${disk}'/data/cdr-csv/* '${disk}'/data/*.wav`])
  return (await run('sh', ['-c', `find '${disk}/data' -name '*.csv' -o -name '*.wav'`])).split('\n').filter(Boolean)
}

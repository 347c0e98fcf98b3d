/** N4: processor time of whole calls, birth to end, of a pod whose calls are recorded and of one which keeps nothing. */
import { join } from 'node:path'
import { runSipp } from '../../hack/calls/sipp.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { ADMIN } from '../../test/harness/postgres.ts'
import { setRecordsStage } from '../../test/harness/records-program.ts'
import { someRoots } from '../../test/harness/stored-calls.ts'
import { CONVERSATION, startBot } from './bot.ts'
import { cpuSeconds } from './process.ts'
import type { Bench } from './rounds.ts'

/** Seconds for which each class is kept. */
const LIVES = { CallMetadata: 600, CallerNumber: 600, Transcript: 600, CollectedFields: 600, Diagnostics: 600 }
const TENANT = 'clinic'
const TALK_MS = 8_000
const PER_SECOND = 10
const MEDIA = { ours: 24_000, sipp: 29_000 }
/** What a pod does after its last call. */
const SETTLE_MS = 3_000

/** Milliseconds of processor time of a call. */
export interface RecordCost {
  kept: number
  notKept: number
}

/** @throws when a call failed, or was not recorded though it should be */
export async function costOfRecords(bench: Bench, round: number, calls: number): Promise<RecordCost> {
  const classes = Object.keys(LIVES) as (keyof typeof LIVES)[]
  const stage = await setRecordsStage({ tenant: TENANT, roots: someRoots(), classes })
  const keep = { policy: 'ten-minutes', records: `localhost:${stage.records.port}`, lives: LIVES }
  const measure = async (name: string, more: { keep?: typeof keep }) => {
    const folder = join(bench.folder, `n4-${name}-${round}`)
    const options = { folder, flow: CONVERSATION, srtp: true, places: calls, mediaPort: MEDIA.ours }
    const bot = await startBot({ ...options, authority: stage.authority, ...more })
    try {
      const before = cpuSeconds(bot.pid)
      const { failed, errors } = await runSipp({
        ...{ folder: join(folder, 'sipp'), target: bot.target, transport: 'tls', tls: bot.tls, number: '+33199000001' },
        ...{ address: '127.0.0.1', mediaPort: MEDIA.sipp, srtp: true, audio: bench.patient },
        ...{ calls, concurrent: calls, perSecond: PER_SECOND, ends: { by: 'Caller', afterMs: TALK_MS } },
      })
      if (failed > 0) throw new Error(`${failed} of ${calls} calls failed: ${errors}`)
      await pause(SETTLE_MS)
      return (1_000 * (cpuSeconds(bot.pid) - before)) / calls
    } finally {
      await bot.stop()
    }
  }
  try {
    // In this order a machine that becomes slower, or faster, meanwhile favours neither.
    const first = await measure('not-kept-first', {})
    const kept = (await measure('kept-second', { keep })) + (await measure('kept-third', { keep }))
    const notKept = first + (await measure('not-kept-fourth', {}))
    const sql = `SELECT count(DISTINCT call)::int AS calls FROM callbot.records`
    const found = await stage.stored.postgres.connect(ADMIN).use((client) => client.query<{ calls: number }>(sql))
    const recorded = found.rows[0]?.calls
    if (recorded !== 2 * calls) throw new Error(`${recorded} of ${2 * calls} calls were recorded`)
    return { kept: kept / 2, notKept: notKept / 2 }
  } finally {
    await stage.remove()
  }
}

import { systemClock } from '../../src/runtime/system-clock.ts'
import { silent } from '../../src/runtime/log.ts'
import { createMedia } from '../../src/telephony/media/media.ts'
import type { MediaStatistics, PaceStatistics } from '../../src/telephony/media/types.ts'

// Media of a pod in a process of its own, which gets by messages what to answer. It says a steady value and counts what it hears.

export interface CallReport {
  /** How often each last sample of a frame of voice was heard: the first ones may blend into a loss. */
  readonly heard: Readonly<Record<string, number>>
  readonly concealed: number
  readonly statistics: MediaStatistics
}

export interface MediaReport {
  readonly calls: readonly CallReport[]
  readonly pace: PaceStatistics
  readonly processorMs: number
}

/** What the process says in every call. */
export const SAYS = 5_000

const media = createMedia({
  address: '127.0.0.1',
  ports: { from: 26_000, to: 26_999 },
  clock: systemClock,
  log: silent,
})
const reports: (() => CallReport)[] = []

async function answer(offer: string): Promise<string> {
  const heard: Record<string, number> = {}
  let concealed = 0
  const says = new Int16Array(160).fill(SAYS)
  const srtp = offer.includes('RTP/SAVP') ? 'Required' : 'Disabled'
  const result = await media.answer(
    Buffer.from(offer),
    { srtp, codecs: ['PCMA'] },
    {
      onFrame: (frame, { kind }) => {
        if (kind === 'Voice') heard[frame[159]!] = (heard[frame[159]!] ?? 0) + 1
        if (kind === 'Concealed') concealed++
        session.send(says)
      },
    },
  )
  if (result.kind === 'refused') throw new Error(result.because)
  const { session } = result
  reports.push(() => ({ heard, concealed, statistics: session.statistics() }))
  session.start()
  return result.body.toString()
}

process.on('message', (message: string) => {
  if (message !== 'report') return void answer(message).then((body) => process.send!(body))
  const { user, system } = process.cpuUsage()
  const report: MediaReport = {
    calls: reports.map((one) => one()),
    pace: media.pace(),
    processorMs: (user + system) / 1_000,
  }
  process.send!(report)
})
process.on('disconnect', () => process.exit())

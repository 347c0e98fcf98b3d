import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeAlaw } from '../../hack/calls/audio.ts'
import { captureVoice, stopComplete, type Capture } from '../../hack/calls/capture.ts'
import { packetsIn } from '../../hack/calls/pcap.ts'
import { judgeRtp, missingIn } from '../../hack/calls/rtp-judge.ts'
import type { SippResult } from '../../hack/calls/sipp.ts'
import { silence } from '../../hack/calls/sound.ts'
import { judgeVoice, type Voice } from '../../hack/calls/voice-judge.ts'
import { gatherEdgeCallers, type EdgeCallersOptions } from './edge-callers.ts'

/** Callers from outside, through every edge, over TLS and SRTP: SIPp, and a witness of the voice that comes back. */
export interface LiveCalls {
  folder: string
  /** Calls that were placed. */
  placed: number
  /** Resolves when the last has hung up. */
  over: Promise<CallsVerdict>
  /** Ends those that go on. Resolves when none is left; never rejects. */
  stop(): Promise<void>
}

export interface CallsVerdict extends Voice {
  /** Calls in which something came that should not: a refusal, a BYE of the other side, an answer too late. */
  failed: number
  errors: string
  /** Gaps in the sequence numbers of the voice that came back. */
  missing: number
  /** How many calls each host answered, as its Contact says. */
  answeredBy: Record<string, number>
  /** Calls that a second end answered too. */
  answeredTwice: number
}

export interface LiveCallsOptions extends Omit<EdgeCallersOptions, 'folder' | 'perSecond' | 'ends' | 'audio'> {
  /** How long each call lasts, in seconds; then the caller hangs up. */
  seconds: number
  perSecond?: number
}

export const startLiveCalls = async (o: LiveCallsOptions): Promise<LiveCalls> => (await gatherLiveCallers(o)).call()

export interface LiveCallers {
  /** Calls that will be placed. */
  placed: number
  /** Places them. It needs no API server, unlike the gathering. To be called once. */
  call(): Promise<LiveCalls>
}

/** Callers who are about to call. */
export async function gatherLiveCallers({ seconds, perSecond = 5, ...o }: LiveCallsOptions): Promise<LiveCallers> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-live-'))
  const audio = writeAlaw(join(folder, 'silence.alaw'), silence(2))
  const ends = { by: 'Caller', afterMs: seconds * 1000 } as const
  const stopped = new AbortController()
  const callers = await gatherEdgeCallers({ ...o, folder, audio, perSecond, ends, signal: stopped.signal })
  const file = join(folder, 'voice.pcap')
  const judge = async (capture: Capture, results: readonly SippResult[]): Promise<CallsVerdict> => {
    await stopComplete(capture)
    const voice = judgeVoice(
      packetsIn(file),
      results.flatMap(({ lives }) => lives),
    )
    return { ...sumUp(callers.placed, results), ...voice, missing: missingIn(judgeRtp(packetsIn(file))) }
  }
  const call = async (): Promise<LiveCalls> => {
    const capture = await captureVoice(file, callers.ports)
    const over = callers
      .call()
      .then((results) => judge(capture, results))
      .finally(() => rmSync(folder, { recursive: true, force: true }))
    const stop = async () => {
      stopped.abort()
      await over.catch(() => undefined)
    }
    return { folder, placed: callers.placed, over, stop }
  }
  return { placed: callers.placed, call }
}

/** No call was lost, and none answered twice. Resolves with what callers heard, as figures. */
export async function judgeLiveCalls({ over, placed }: Pick<LiveCalls, 'over' | 'placed'>) {
  const { failed, errors, answeredTwice, due, heard, foreign, slowestStartMs, longestSilenceMs } = await over
  expect(failed, errors).to.equal(0)
  expect(answeredTwice, 'answered twice').to.equal(0)
  expect(foreign, 'frames of a stranger').to.equal(0)
  return {
    ...{ 'live calls': placed, 'live calls lost': failed, 'frames due': due, 'frames heard': heard },
    'slowest start, ms': Math.round(slowestStartMs),
    'longest silence, ms': Math.round(longestSilenceMs),
  }
}

/** How many of the calls somebody at one of these addresses answered. */
export const answeredAt = ({ answeredBy }: Pick<CallsVerdict, 'answeredBy'>, addresses: Iterable<string>): number =>
  [...addresses].reduce((sum, address) => sum + (answeredBy[address] ?? 0), 0)

export interface OutsideCalls extends Pick<CallsVerdict, 'failed' | 'errors' | 'answeredBy' | 'answeredTwice'> {
  placed: number
}

/** Places calls of SIPp through edges, and resolves with what its callers say when the last is over. */
export async function callFromOutside(o: Omit<EdgeCallersOptions, 'folder'>): Promise<OutsideCalls> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-outside-'))
  try {
    const callers = await gatherEdgeCallers({ ...o, folder })
    return { placed: callers.placed, ...sumUp(callers.placed, await callers.call()) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What SIPp's callers say of their own calls, whoever placed them. */
function sumUp(placed: number, results: readonly SippResult[]): Omit<OutsideCalls, 'placed'> {
  const lives = results.flatMap((result) => result.lives)
  return {
    failed: placed - results.reduce((sum, { successful }) => sum + successful, 0),
    errors: results.map(({ errors }) => errors).join(''),
    answeredBy: countBy(lives.map(({ answeredBy }) => answeredBy)),
    answeredTwice: results.reduce((sum, result) => sum + result.answeredTwice.length, 0),
  }
}

const countBy = (names: readonly string[]) =>
  Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]))

import { systemClock as clock } from '../../src/kube/clock.ts'
import { silent } from '../../src/lib/log.ts'
import type { Dialog, EndCause, TlsProfile } from '../../src/telephony/call.ts'
import { createMedia } from '../../src/telephony/media/media.ts'
import type { Media, MediaSession } from '../../src/telephony/media/types.ts'
import { createUserAgent, type UserAgent } from '../../src/telephony/userAgent.ts'
import type { MediaPolicy } from '../../src/wire/sdp/policy.ts'

/** One call to a bot pod on this machine, by our own stack: real SIP over TLS, real SRTP. */
export interface LoopbackCall {
  readonly session: MediaSession
  readonly dialog: Dialog
  /** Loudness (root mean square) of each frame heard, by its tick. */
  readonly heard: { readonly at: number; readonly loudness: number }[]
  /** Says it, frame by frame, after what is being said. */
  say(samples: Int16Array): void
  /** Resolves when the bot has been loud and then silent for `ms`. */
  botStops(ms?: number): Promise<void>
  botSpeaks(): Promise<void>
  readonly ended: Promise<EndCause>
}

export interface LoopbackCaller {
  /** The status, if the call was refused. */
  call(o: { port: number; servername: string; policy?: MediaPolicy }): Promise<LoopbackCall | number>
  close(): Promise<void>
}

const LOUD = 200

export async function createLoopbackCaller(tls: Omit<TlsProfile, 'names'>): Promise<LoopbackCaller> {
  const agent: UserAgent = await createUserAgent({
    host: '127.0.0.1',
    listen: {},
    clock,
    log: silent,
    admit: () => ({ status: 603 }),
    onCall: (call) => call.refuse(603),
  })
  const media: Media = createMedia({ address: '127.0.0.1', ports: { from: 30_000, to: 30_999 }, clock, log: silent })
  return {
    async call({ port, servername, policy = { srtp: 'Required', codecs: ['PCMA'] } }) {
      const heard: LoopbackCall['heard'] = []
      const watchers = new Set<() => void>()
      let speech: Int16Array = new Int16Array(0)
      const offered = await media.offer(policy, {
        onFrame(frame) {
          heard.push({ at: clock.monotonic(), loudness: loudnessOf(frame) })
          session.send(speech.length === 0 ? undefined : filled(speech.subarray(0, 160)))
          speech = speech.subarray(160)
          for (const look of [...watchers]) look()
        },
      })
      if (offered.kind === 'refused') throw new Error(offered.because)
      const { session } = offered
      const placed = await agent.place({
        uri: `sip:bot@${servername}`,
        hop: { transport: 'TLS', host: '127.0.0.1', port, tls: { ...tls, names: [servername] } },
        from: '<sip:caller@example.org>',
        body: { type: 'application/sdp', content: offered.body },
        timeoutMs: 5_000,
      })
      if (!placed.ok) {
        await session.close()
        return placed.status ?? 0
      }
      const refusal = session.complete(placed.dialog.remoteBody!.content)
      if (refusal !== undefined) throw new Error(refusal.because)
      session.start()
      const until = (isSo: () => boolean) =>
        new Promise<void>((resolve) => {
          const look = () => {
            if (!isSo()) return
            watchers.delete(look)
            resolve()
          }
          watchers.add(look)
        })
      return {
        session,
        dialog: placed.dialog,
        heard,
        say: (samples) => void (speech = Int16Array.from([...speech, ...samples])),
        botSpeaks: () => {
          const from = heard.length
          return until(() => heard.slice(from).some(({ loudness }) => loudness > LOUD))
        },
        botStops: (ms = 400) => {
          const from = heard.length
          return until(() => {
            const since = heard.slice(from)
            const last = since.findLastIndex(({ loudness }) => loudness > LOUD)
            return last !== -1 && (since.length - 1 - last) * 20 >= ms
          })
        },
        ended: placed.dialog.ended.then(async ({ cause }) => {
          await session.close()
          return cause
        }),
      }
    },
    async close() {
      await agent.close(100)
      await media.close()
    },
  }
}

const filled = (samples: Int16Array) => {
  const frame = new Int16Array(160)
  frame.set(samples)
  return frame
}

function loudnessOf(frame: Int16Array): number {
  return Math.sqrt(frame.reduce((sum, sample) => sum + sample * sample, 0) / frame.length)
}

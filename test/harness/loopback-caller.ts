import { systemClock as clock } from '../../src/runtime/system-clock.ts'
import { silent } from '../../src/runtime/log.ts'
import type { Dialog, EndCause, TlsProfile } from '../../src/telephony/call.ts'
import { createMedia } from '../../src/telephony/media/media.ts'
import type { Media, MediaSession } from '../../src/telephony/media/types.ts'
import { createUserAgent, type UserAgent } from '../../src/telephony/user-agent.ts'
import type { MediaPolicy } from '../../src/wire/sdp/policy.ts'
import { createVoice, type LoopbackVoice } from './loopback-voice.ts'

/** One call to a bot pod on this machine, by our own stack: real SIP over TLS, real SRTP. */
export interface LoopbackCall extends Pick<LoopbackVoice, 'heard' | 'keys' | 'say'> {
  readonly session: MediaSession
  readonly dialog: Dialog
  /** Resolves when the bot has been loud and then silent for `ms`. */
  botStops(ms?: number): Promise<void>
  botSpeaks(): Promise<void>
  readonly ended: Promise<EndCause>
}

export interface LoopbackCaller {
  /**
   * The status, if the call was refused.
   * @param o.servername what the other side proves; it is also the host that is called
   * @param o.timeoutMs from the INVITE to a final answer
   * @param o.isMute sends no media: what a call looks like whose packets are lost on their way
   * @param o.listen gets each frame heard, and may not keep it: it is used again
   */
  call(o: {
    host?: string
    port: number
    servername: string
    number?: string
    /** The user part of the caller's own address. */
    from?: string
    policy?: MediaPolicy
    timeoutMs?: number
    isMute?: boolean
    listen?: (frame: Int16Array) => void
  }): Promise<LoopbackCall | number>
  close(): Promise<void>
}

/** @param address where it stands, for signalling and media */
export async function createLoopbackCaller(
  tls: Omit<TlsProfile, 'names'>,
  address = '127.0.0.1',
): Promise<LoopbackCaller> {
  const agent: UserAgent = await createUserAgent({
    host: address,
    listen: {},
    clock,
    log: silent,
    admit: () => ({ status: 603 }),
    onCall: (call) => call.refuse(603),
  })
  const media: Media = createMedia({ address, ports: { from: 30_000, to: 30_999 }, clock, log: silent })
  return {
    async call({
      host = '127.0.0.1',
      port,
      servername,
      number = 'bot',
      from = 'caller',
      policy = { srtp: 'Required', codecs: ['PCMA'] },
      timeoutMs = 5_000,
      isMute = false,
      listen,
    }) {
      const { handlers, othersSpeak, othersStop, ...voice } = createVoice(() => session, listen)
      const offered = await media.offer(policy, handlers)
      if (offered.kind === 'refused') throw new Error(offered.because)
      const { session } = offered
      const placed = await agent.originate({
        uri: `sip:${number}@${servername}`,
        hop: { transport: 'TLS', host, port, tls: { ...tls, names: [servername] } },
        from: `<sip:${from}@example.org>`,
        body: { type: 'application/sdp', content: offered.body },
        timeoutMs,
      })
      if (!placed.ok) {
        await session.close()
        return placed.status ?? 0
      }
      const refusal = session.complete(placed.dialog.remoteBody!.content)
      if (refusal !== undefined) throw new Error(refusal.because)
      if (!isMute) session.start()
      const ended = placed.dialog.ended.then(async ({ cause }) => {
        await session.close()
        return cause
      })
      return { ...voice, session, dialog: placed.dialog, botSpeaks: othersSpeak, botStops: othersStop, ended }
    },
    async close() {
      await agent.close(100)
      await media.close()
    },
  }
}

/** A re-INVITE that puts the other side on hold, or takes it up again (RFC 3264 8.4). */
export async function redirect(
  { session, dialog }: Pick<LoopbackCall, 'session' | 'dialog'>,
  direction: 'sendonly' | 'inactive' | 'sendrecv',
): Promise<void> {
  const offer = session.reoffer().toString()
  const content = Buffer.from(offer.replace(/a=(sendrecv|sendonly|recvonly|inactive)/, `a=${direction}`))
  const modified = await dialog.modify({ type: 'application/sdp', content })
  if (!modified.ok) throw new Error(`refused with ${modified.status}`)
  session.complete(modified.body!.content)
}

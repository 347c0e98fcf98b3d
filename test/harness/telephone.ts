/** A telephone of our own that is called: it refuses, rings, answers and plays as scripted. Real SIP over TLS, real SRTP. */
import { systemClock as clock } from '../../src/runtime/system-clock.ts'
import { silent } from '../../src/runtime/log.ts'
import type { Identity } from '../../src/pki/identity.ts'
import { createMedia } from '../../src/telephony/media/media.ts'
import { sdp } from '../../src/telephony/renegotiate.ts'
import { createUserAgent } from '../../src/telephony/user-agent.ts'
import type { MediaPolicy } from '../../src/wire/sdp/policy.ts'

export interface Manner {
  /** Final answer; 200 answers. Undefined: never. */
  status?: number
  /** Milliseconds of ringing before. */
  ringsFor?: number
  /** What it says to what it hears, both 160 samples, the first used again. Undefined: silence. */
  says?: (frame: Int16Array, tick: number) => Int16Array | undefined
  /** It answers, and neither sends nor reads media. */
  isMute?: boolean
  hangsUpAfter?: number
  policy?: MediaPolicy
}

export interface Telephone {
  readonly port: number
  /** How each number behaves; the others get 404. */
  readonly numbers: Record<string, Manner>
  /** Names and values of the header fields of each INVITE. */
  readonly invites: Record<string, string>[]
  /** Numbers whose calls were called off before the answer. */
  readonly cancelled: string[]
  /** Calls that stand. */
  talking(): number
  close(): Promise<void>
}

export async function startTelephone(o: {
  identity: Identity
  peers: readonly string[]
  firstMediaPort: number
  numbers: Record<string, Manner>
}): Promise<Telephone> {
  const ports = { from: o.firstMediaPort, to: o.firstMediaPort + 99 }
  const media = createMedia({ address: '127.0.0.1', ports, clock, log: silent })
  const invites: Record<string, string>[] = []
  const cancelled: string[] = []
  const agent = await createUserAgent({
    host: '127.0.0.1',
    listen: { tls: { port: 0 } },
    tls: { identity: o.identity, peers: o.peers },
    clock,
    log: silent,
    admit: () => undefined,
    async onCall(incoming) {
      const { request, uri } = incoming.understood
      invites.push(Object.fromEntries(request.headers.map(({ name, value }) => [name, value])))
      const number = 'user' in uri ? (uri.user ?? '') : ''
      incoming.cancelled.addEventListener('abort', () => cancelled.push(number))
      const { status, ringsFor = 0, says, isMute, hangsUpAfter, policy } = o.numbers[number] ?? { status: 404 }
      if (ringsFor > 0 || status === undefined) incoming.ring()
      await new Promise((resolve) => setTimeout(resolve, ringsFor))
      if (status === undefined) return
      if (status !== 200) return incoming.refuse(status)
      const wanted: MediaPolicy = policy ?? { srtp: 'Required', codecs: ['PCMA'] }
      const answer = await media.answer(incoming.offer!.content, wanted, {
        onFrame: (frame, { tick }) => session.send(says?.(frame, tick)),
      })
      if (answer.kind === 'refused') return incoming.refuse(answer.status)
      const { session } = answer
      const dialog = await incoming.accept({ body: sdp(answer.body) })
      if (dialog === undefined) return session.close()
      if (isMute !== true) session.start()
      if (hangsUpAfter !== undefined) setTimeout(() => void dialog.bye(), hangsUpAfter)
      void dialog.ended.then(() => session.close())
    },
  })
  return {
    ...{ port: agent.ports.tls!, numbers: o.numbers, invites, cancelled, talking: () => media.sessions },
    async close() {
      await agent.close(100)
      await media.close()
    },
  }
}

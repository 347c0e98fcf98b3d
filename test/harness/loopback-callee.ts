import { systemClock as clock } from '../../src/runtime/system-clock.ts'
import { silent } from '../../src/runtime/log.ts'
import type { Dialog, IncomingCall } from '../../src/telephony/call.ts'
import { createMedia } from '../../src/telephony/media/media.ts'
import type { MediaSession } from '../../src/telephony/media/types.ts'
import type { Identity } from '../../src/pki/identity.ts'
import { createUserAgent } from '../../src/telephony/user-agent.ts'
import type { MediaPolicy } from '../../src/wire/sdp/policy.ts'
import { createVoice, type LoopbackVoice } from './loopback-voice.ts'

/** What becomes of a call: a person answers it, lets it ring (and answers it after so many milliseconds), or a status refuses it. */
export type CalleeBehaviour = 'Answers' | { readonly ringsFor: number } | number

/** A call that came, as far as it got. */
export interface TakenCall extends Omit<LoopbackVoice, 'handlers'> {
  readonly incoming: IncomingCall
  /** Resolves when it was answered. */
  readonly answered: Promise<{ readonly dialog: Dialog; readonly session: MediaSession }>
}

/** A person with a telephone, where a pod believes an edge: real SIP over TLS, real SRTP. */
export interface LoopbackCallee {
  readonly port: number
  readonly calls: TakenCall[]
  /** The behaviour of the next calls, in turn. After the last of them everybody is answered. */
  readonly behaviours: CalleeBehaviour[]
  /** What is taken of the offers. */
  policy: MediaPolicy
  /** Resolves when so many calls have come. */
  came(count: number): Promise<TakenCall>
  close(): Promise<void>
}

/** @param o.port 0: any that is free */
export async function createLoopbackCallee(o: {
  identity: Pick<Identity, 'ca' | 'cert' | 'key'>
  /** Names, one of which a pod's certificate proves. */
  pods: readonly string[]
}): Promise<LoopbackCallee> {
  const calls: TakenCall[] = []
  const behaviours: CalleeBehaviour[] = []
  const waiting = new Set<() => void>()
  const media = createMedia({ address: '127.0.0.1', ports: { from: 32_000, to: 32_199 }, clock, log: silent })
  const callee = { policy: { srtp: 'Preferred', codecs: ['PCMA'] } as MediaPolicy }
  const identity = { ...o.identity, notBefore: 0, notAfter: Infinity, fingerprint: '' }
  const agent = await createUserAgent({
    host: '127.0.0.1',
    listen: { tls: { port: 0 } },
    tls: { identity, peers: o.pods },
    clock,
    log: silent,
    admit: () => undefined,
    async onCall(incoming) {
      const answered = Promise.withResolvers<{ dialog: Dialog; session: MediaSession }>()
      const { handlers, ...voice } = createVoice(() => opened!.session)
      calls.push({ ...voice, incoming, answered: answered.promise })
      for (const look of waiting) look()
      const behaviour = behaviours.shift() ?? 'Answers'
      if (typeof behaviour === 'number') return incoming.refuse(behaviour)
      const opened = await media.answer(incoming.offer!.content, callee.policy, handlers).then((answer) => {
        if (answer.kind === 'refused') incoming.refuse(answer.status)
        else return answer
      })
      if (opened === undefined) return
      if (behaviour !== 'Answers') {
        incoming.ring()
        await new Promise((resolve) => setTimeout(resolve, behaviour.ringsFor))
      }
      const dialog = await incoming.accept({ body: { type: 'application/sdp', content: opened.body } })
      if (dialog === undefined) return opened.session.close()
      const { session } = opened
      dialog.handle({
        onOffer(offer) {
          const again = session.reanswer(offer!.content)
          return again.kind === 'answered'
            ? { body: { type: 'application/sdp', content: again.body } }
            : { status: again.status }
        },
      })
      session.start()
      void dialog.ended.then(() => session.close())
      answered.resolve({ dialog, session })
    },
  })
  return Object.assign(callee, {
    port: agent.ports.tls!,
    calls,
    behaviours,
    came: (count: number) =>
      new Promise<TakenCall>((resolve) => {
        const look = () => {
          if (calls.length < count) return
          waiting.delete(look)
          resolve(calls[count - 1]!)
        }
        waiting.add(look)
        look()
      }),
    async close() {
      await agent.close(100)
      await media.close()
    },
  })
}

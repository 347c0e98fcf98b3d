import { connect } from 'node:tls'
import { EDGE_NAME, type EdgeRig } from './edge-rig.ts'
import { offerFrom, startTlsCaller, type Attempt, type Invitation, type PlainCaller } from './plain-caller.ts'

/** A bot's pod that calls out: a caller on the edge's inside port, with the certificate of a bot. */
export interface BotCaller {
  call(
    number: string,
    o?: {
      through?: string
      media?: 'Secure' | 'Plain'
      headers?: string[]
      contact?: string
      body?: Invitation['body']
    },
  ): Attempt
  send(text: string): void
  close(): void
}

/** @param bot the name that its certificate proves, such as `accueil.lilas.svc` */
export async function startBotCaller(rig: EdgeRig, bot: string, from: string): Promise<BotCaller> {
  const { cert, key } = rig.authority.issue([bot])
  const identity = { cert, key, ca: rig.authority.cert, servername: EDGE_NAME, localAddress: from, port: 5071 }
  const caller: PlainCaller = await startTlsCaller(rig.address, identity as Parameters<typeof connect>[0] & object)
  return {
    call(number, { through = 'standard.lilas.trunks', media = 'Secure', headers = [], contact, ...o } = {}) {
      const body = o.body ?? offerFrom(from, media === 'Plain')
      const more = contact === undefined ? {} : { contact }
      return caller.invite(number, {
        host: through,
        body,
        headers: [`X-Callbot-Media: ${media}`, ...headers],
        ...more,
      })
    },
    send: caller.send,
    close: caller.close,
  }
}

import { refusalOf, type Capabilities } from '../../../../src/telephony/uas.ts'
import type { SipRequest, SipResponse } from '../../../../src/wire/sip/message.ts'
import { parseMessage } from '../../../../src/wire/sip/parse-datagram.ts'
import {
  understandRequest,
  understandResponse,
  type UnderstoodRequest,
  type UnderstoodResponse,
} from '../../../../src/wire/sip/parse-headers.ts'
import { stage } from '../../../harness/sip-agents.ts'
import { RawPeer } from '../../../harness/sip-network.ts'
import type { SipUri } from '../../../../src/wire/sip/uri.ts'

// A user agent that takes every method it knows, to see what it makes of a message; it knows no extension.
export const agent: Capabilities = {
  methods: 'ACK BYE CANCEL INFO INVITE MESSAGE NOTIFY OPTIONS PRACK PUBLISH REFER REGISTER SUBSCRIBE UPDATE'.split(' '),
  extensions: [],
  accept: ['application/sdp', 'multipart/mixed', 'text/plain'],
}

export type Outcome = number | 'accepted' | 'discarded'

/** What becomes of a datagram: the status that it is refused with, acceptance, or silence. */
export function outcomeOf(octets: Buffer): [Outcome, UnderstoodRequest | UnderstoodResponse | undefined, string] {
  const message = parseMessage(octets)
  if (message.kind === 'fault') return [message.request ? message.status : 'discarded', undefined, message.because]
  if (message.kind === 'response') {
    const understood = understandResponse(message)
    return 'kind' in understood ? ['discarded', undefined, understood.because] : ['accepted', understood, '']
  }
  const understood = understandRequest(message)
  if ('kind' in understood) return [understood.status, undefined, understood.because]
  return [refusalOf(understood, agent)?.status ?? 'accepted', understood, '']
}

/** What a user agent on the network makes of a datagram: the final status that it sends, a call, or silence. */
export async function answerOf(octets: Buffer): Promise<number | 'call' | 'silence'> {
  const { clock, network, agent: attach, calls } = stage('UDP')
  await attach('bot', undefined, { can: agent })
  const sender = new RawPeer(network, 'sender')
  network.deliver('sender', 'bot', octets)
  await clock.pass(10)
  const [call] = calls
  call?.refuse(486)
  await clock.pass(10)
  if (call !== undefined) return 'call'
  return sender.responses().find(({ status }) => status >= 200)?.status ?? 'silence'
}

/** A message and what its section of the RFC asks for. */
export interface Case {
  file: string
  section: string
  outcome: Outcome
  /** Why, where the outcome is a fault of syntax: the right field has to be found at fault. */
  because?: RegExp
  seen?: (message: { request: SipRequest } & UnderstoodRequest) => void
  answer?: (message: { response: SipResponse } & UnderstoodResponse) => void
}

export const sip = (uri: unknown) => uri as SipUri

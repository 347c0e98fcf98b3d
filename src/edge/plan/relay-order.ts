import { isDictionary, type Bencoded } from '../../wire/bencode.ts'
import { relayedDescription, type Describer, type MediaRules } from './relayed-description.ts'

/** What the guard of the relay does with a message of the proxy. */
export type RelayOrder =
  /** It is none of the proxy's: nothing is answered. */
  { kind: 'ignored' } | { kind: 'refused'; because: string } | { kind: 'passed'; order: Order }

interface Order {
  readonly command: string
  readonly [name: string]: Bencoded
}

type Message = { readonly [name: string]: Bencoded }

/** What the proxy's messages are known by, and where media may go. */
export interface GuardRules extends MediaRules {
  /** Only the proxy and the agent know it. */
  key: string
}

/** Call-IDs and tags are bounded by the message that the proxy takes. */
const MOST_OCTETS = 16_384
const SIDES = ['inside', 'outside'] as const

/**
 * Turns a message of the proxy into an order for the relay that holds nothing but what is listed here: who commands the relay otherwise could
 * listen to any call.
 */
export function relayOrder(message: Bencoded | undefined, rules: GuardRules): RelayOrder {
  if (!isDictionary(message)) return { kind: 'ignored' }
  if (message['command'] === 'ping') return { kind: 'passed', order: { command: 'ping' } }
  if (message['callbot-key'] !== rules.key) return { kind: 'ignored' }
  const call = callOf(message)
  if (call === undefined) return { kind: 'refused', because: 'the call has no name' }
  switch (message['command']) {
    case 'delete':
      return { kind: 'passed', order: { command: 'delete', ...call } }
    case 'offer':
    case 'answer':
      return describe(message, { command: message['command'], ...call }, rules)
    default:
      return { kind: 'ignored' }
  }
}

/** The names by which the relay knows the call and its two ends. */
function callOf(message: Message): Message | undefined {
  const names = ['call-id', 'from-tag', 'to-tag'].flatMap((name) => {
    const value = message[name]
    return typeof value === 'string' && value.length <= MOST_OCTETS ? [[name, value] as const] : []
  })
  const call = Object.fromEntries(names)
  return call['call-id'] === undefined || call['from-tag'] === undefined ? undefined : call
}

function describe(message: Message, order: Order, rules: GuardRules): RelayOrder {
  const { sdp, sender, receiver, namespace = '', srtp } = message
  const from = describer(message)
  if (typeof sdp !== 'string' || from === undefined || !isSide(receiver) || typeof namespace !== 'string')
    return { kind: 'refused', because: 'the description has no sender' }
  const described = relayedDescription(Buffer.from(sdp, 'latin1'), from, rules)
  if ('refused' in described) return { kind: 'refused', because: described.refused }
  if (srtp === 'Required' && !described.isSecure) return { kind: 'refused', because: 'a stream is not encrypted' }
  // Media has to come from the address and the port that were described: while a relay learns them from packets, a stranger's can be the
  // first. Behind NAT nobody knows his port, so it is learnt; with SRTP the relay opens each packet of such a call, and so learns only from
  // who has the caller's key.
  const learning = described.isBehindNat ? (described.isSecure ? ['recrypt'] : []) : ['endpoint-learning-off']
  return {
    kind: 'passed',
    order: {
      ...order,
      sdp: described.sdp,
      direction: [sender as string, receiver],
      replace: ['origin'],
      ICE: 'remove',
      DTLS: 'off',
      SDES: ['nonew'],
      flags: ['strict-source', ...learning],
    },
  }
}

function describer({ sender, namespace = '', 'received-from': received }: Message): Describer | undefined {
  const source = Array.isArray(received) ? (received as readonly Bencoded[])[1] : undefined
  if (!isSide(sender) || typeof source !== 'string' || typeof namespace !== 'string') return undefined
  return { side: sender, source, namespace }
}

const isSide = (value: Bencoded | undefined): value is 'inside' | 'outside' => SIDES.some((side) => side === value)

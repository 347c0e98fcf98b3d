import type { IncomingCall } from '../../telephony/call.ts'
import type { Header } from '../../wire/sip/message.ts'
import { isSipUri } from '../../wire/sip/uri.ts'
import type { Party } from '../session/party.ts'

/**
 * Taken: the other side has brought the caller through. Failed: it tried, and whoever was called did not take it. Refused: it does not do
 * such things, and nobody was called.
 */
export type Referred = 'Taken' | 'Failed' | 'Refused'

/** Asks whoever sent us the call to take the caller to somebody (RFC 3515), with headers that shall go along. */
export async function refer(
  caller: Party,
  incoming: IncomingCall,
  o: { to: string; headers: readonly Header[]; ringSeconds: number },
): Promise<Referred> {
  const { status, final } = await caller.dialog.refer(targetOf(incoming, o), {
    timeoutMs: o.ringSeconds * 1_000,
    onAccepted: () => (caller.isReferred = true),
  })
  if (status >= 300) return 'Refused'
  if (final !== undefined && final < 300) return 'Taken'
  caller.isReferred = caller.dialog.isEnded
  return 'Failed'
}

/** A number of the other side's own, so at the host of its Contact; header fields as RFC 3261 19.1.1 writes them in a URI. */
function targetOf({ understood, peer }: IncomingCall, { to, headers }: { to: string; headers: readonly Header[] }) {
  const contact = understood.contacts[0]?.uri
  const host = contact !== undefined && isSipUri(contact) ? contact.host : peer.address
  const fields = headers.map(({ name, value }) => `${name}=${escaped(value)}`).join('&')
  return `sip:${to}@${host}${fields === '' ? '' : `?${fields}`}`
}

/** Every octet but those that stand for themselves in any part of a URI. */
const escaped = (text: string) =>
  encodeURIComponent(text).replace(/[^A-Za-z0-9%_.~-]/g, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`)

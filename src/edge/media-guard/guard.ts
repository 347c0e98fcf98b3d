import type { RelayRpc } from '../../telephony/relay-rpc.ts'
import { isDictionary, type Bencoded } from '../../wire/bencode.ts'
import { relayOrder, type GuardRules } from '../plan/relay-order.ts'

/** What the proxy gets in place of a description; kamailio.cfg knows both words. */
const REFUSED = { result: 'ok', sdp: 'refused' }
const UNAVAILABLE = { result: 'ok', sdp: 'unavailable' }

/**
 * Answers the proxy in the name of the relay. Nothing is answered in the place of a relay that says nothing, nor to who is not the proxy.
 * @param onRefused a description, and why; the reason quotes nothing of it
 */
export function createGuard(o: {
  rules: () => GuardRules | undefined
  relay: Pick<RelayRpc, 'ask'>
  onRefused: (because: string) => void
}): (message: Bencoded | undefined) => Promise<Bencoded | undefined> {
  return async (message) => {
    const rules = o.rules()
    if (rules === undefined) return undefined
    const order = relayOrder(message, rules)
    switch (order.kind) {
      case 'ignored':
        return undefined
      case 'refused':
        o.onRefused(order.because)
        return REFUSED
      case 'passed': {
        const answer = await o.relay.ask(order.order)
        return answer && forTheProxy(answer, 'sdp' in order.order)
      }
    }
  }
}

/** What of an answer the proxy reads. */
function forTheProxy(answer: Bencoded, isAboutMedia: boolean): Bencoded {
  const { result = 'error', sdp } = isDictionary(answer) ? answer : {}
  if (!isAboutMedia) return { result }
  return result === 'ok' && sdp !== undefined ? { result, sdp } : UNAVAILABLE
}

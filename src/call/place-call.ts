import { randomUUID } from 'node:crypto'
import { createCaller } from '../caller/caller.ts'
import { bracketed } from '../lib/ip-address.ts'
import { silent } from '../runtime/log.ts'
import { systemClock as clock } from '../runtime/system-clock.ts'
import type { OriginateOptions, OriginateResult, TlsProfile } from '../telephony/call.ts'
import { createMedia } from '../telephony/media/media.ts'
import { ownAddressTowards } from '../telephony/own-address.ts'
import { createUserAgent } from '../telephony/user-agent.ts'
import { WITHHELD } from '../wire/sip/withheld.ts'
import type { CallRequest } from './options.ts'
import type { PlacedCall } from './report.ts'

/** Of the one call, and apart from those of other programs here. */
const MEDIA_PORTS = { from: 31_000, to: 31_099 }
const CODECS = ['PCMA', 'PCMU'] as const
const GOODBYE_MS = 500

/**
 * Places one call over TLS with SRTP, listens, hangs up.
 * @throws Error when no address of this machine leads to the edge
 */
export async function placeCall(
  number: string,
  { host, port, serverName, from, expect, seconds }: CallRequest,
  tls: Omit<TlsProfile, 'names'>,
): Promise<PlacedCall> {
  const address = await ownAddressTowards(host)
  const refuse = { status: 603 }
  const agent = await createUserAgent({
    ...{ host: address, listen: {}, clock, log: silent, admit: () => refuse },
    onCall: (call) => call.refuse(refuse.status),
  })
  const media = createMedia({ address, ports: MEDIA_PORTS, clock, log: silent })
  let answeredBy: PlacedCall['answeredBy']
  const originate = async (o: OriginateOptions): Promise<OriginateResult> => {
    const result = await agent.originate(o)
    if (result.ok) answeredBy = isBot(result) ? 'Bot' : 'Other'
    return result
  }
  try {
    const caller = createCaller({ originate, media, clock, log: silent, most: 1 })
    const uri = `sip:${number}@${bracketed(host)}`
    const result = await caller.call({
      ...{ uri, to: `<${uri}>`, from: from === undefined ? WITHHELD : `<sip:${from}@${serverName}>`, headers: [] },
      hops: [{ transport: 'TLS', host, port, tls: { ...tls, names: [serverName] } }],
      offers: [{ policy: { srtp: 'Required', codecs: CODECS }, headers: [] }],
      ...{ expect, seed: randomUUID(), maxSeconds: seconds, signal: new AbortController().signal },
    })
    return { number, edge: host, result, answeredBy }
  } finally {
    await agent.close(GOODBYE_MS)
    await media.close()
  }
}

/** A person who is called instead has another Contact (src/telephony/dialog/agent-context.ts). */
const isBot = ({ headers }: OriginateResult) =>
  headers.some(({ id, value }) => id === 'contact' && /<sips?:callbot@/i.test(value))

import { randomOctets } from '../runtime/random.ts'
import { connect, type SecureContext, type TLSSocket } from 'node:tls'
import type { Clock } from '../runtime/clock.ts'
import { Framer } from '../wire/sip/framer.ts'
import type { SipRequest, SipResponse } from '../wire/sip/message.ts'
import { param } from '../wire/sip/params.ts'
import { field, serialise } from '../wire/sip/serialise.ts'
import { understandResponse } from '../wire/sip/parse-headers.ts'
import { magicCookie } from '../wire/sip/via.ts'
import { provesOneOf } from '../pki/peer-names.ts'

export interface ProbeTarget {
  readonly host: string
  readonly port: number
  /** The name that the other side's certificate must prove (RFC 5922). */
  readonly servername: string
  /** PEM texts, or what was made of them once: to read them again costs more than all the rest of a probe. */
  readonly tls:
    { readonly ca: string; readonly cert: string; readonly key: string } | { readonly secureContext: SecureContext }
  /** For everything: connection, handshake and answer. */
  readonly timeoutMs: number
  readonly clock: Clock
}

export type ProbeResult =
  | { readonly ok: true; /** From the first packet to the answer. */ readonly rttMs: number }
  | { readonly ok: false; readonly because: string }

/** Asks a SIP server over TLS whether it is ready, with one OPTIONS on a connection of its own. 200 means yes. Never throws. */
export function probeOptions(target: ProbeTarget): Promise<ProbeResult> {
  const { clock, host, port, servername, tls, timeoutMs } = target
  const start = clock.monotonic()
  return new Promise((resolve) => {
    // The name is checked below by the rules of SIP, which know no wildcards.
    const socket = connect({
      host,
      port,
      servername,
      ...tls,
      minVersion: 'TLSv1.2',
      checkServerIdentity: () => undefined,
    })
    const finish = (result: ProbeResult) => {
      cancel()
      socket.destroy()
      resolve(result)
    }
    const fail = (because: string) => finish({ ok: false, because })
    const cancel = clock.after(timeoutMs, () => fail(`no answer within ${timeoutMs} ms`))
    socket.on('error', (error: Error & { code?: string }) =>
      fail(`the connection failed: ${error.code ?? error.message}`),
    )
    socket.on('close', () => fail('the connection was closed without an answer'))
    socket.once('secureConnect', () => {
      if (!provesOneOf(socket.getPeerX509Certificate()?.subjectAltName, [servername])) {
        return fail(`the certificate does not prove the name ${servername}`)
      }
      ask(socket, servername, (status) => {
        if (status === undefined) fail('the answer is not SIP')
        else if (status === 200) finish({ ok: true, rttMs: clock.monotonic() - start })
        else fail(`answered ${status}`)
      })
    })
  })
}

/** Sends OPTIONS and tells the final status of its answer; undefined if what comes is not SIP. */
function ask(socket: TLSSocket, servername: string, done: (status: number | undefined) => void): void {
  const id = randomOctets(12).toString('hex')
  const framer = new Framer()
  socket.on('data', (chunk: Buffer) => {
    for (const framed of framer.push(chunk)) {
      if (framed.kind === 'fault') return done(undefined)
      if (framed.kind === 'response' && framed.status >= 200 && isAnswerTo(framed, id)) return done(framed.status)
    }
  })
  socket.write(serialise(optionsRequest(servername, id, socket)))
}

/** A response belongs to the request whose branch and CSeq method it carries (RFC 3261 17.1.3). */
function isAnswerTo(response: SipResponse, id: string): boolean {
  const understood = understandResponse(response)
  if ('kind' in understood) return false
  return param(understood.vias[0].params, 'branch') === magicCookie + id && understood.cseq.method === 'OPTIONS'
}

function optionsRequest(servername: string, id: string, socket: TLSSocket): SipRequest {
  const own = socket.localAddress?.includes(':') ? `[${socket.localAddress}]` : socket.localAddress
  const headers = [
    field('Via', `SIP/2.0/TLS ${own}:${socket.localPort};branch=${magicCookie}${id}`),
    field('Max-Forwards', 1),
    field('From', `<sip:probe@${own}>;tag=${id.slice(0, 12)}`),
    field('To', `<sip:${servername}>`),
    field('Call-ID', id),
    field('CSeq', '1 OPTIONS'),
    field('Accept', 'application/sdp'),
  ]
  const uri = `sip:${servername};transport=tls`
  return { kind: 'request', method: 'OPTIONS', uri, headers, body: Buffer.alloc(0), charset: 'utf8' }
}

import { isIP, connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { Clock } from '../../runtime/clock.ts'
import type { NextHop, TlsProfile } from '../call.ts'
import { provesOneOf } from '../../pki/peer-names.ts'

/**
 * Opens a TCP or TLS connection, the handshake and the check of the peer's names included (RFC 5922 4: as a whole, no wildcards).
 * @throws Error that says what is wrong: not reached within `connectMs`, refused, proved none of the names, or called off
 */
export function dial(
  hop: NextHop,
  tls: TlsProfile | undefined,
  o: { connectMs: number; clock: Clock; signal: AbortSignal },
): Promise<Socket> {
  const { host, port } = hop
  return new Promise((resolve, reject) => {
    if (o.signal.aborted) return reject(new Error('called off'))
    const socket = tls === undefined ? connectTcp({ host, port }) : secure(hop, tls)
    const fail = (error: Error) => {
      stopWaiting()
      socket.destroy()
      reject(error)
    }
    const cancel = o.clock.after(o.connectMs, () => fail(new Error(`not reached within ${o.connectMs} ms`)))
    const callOff = () => fail(new Error('called off'))
    o.signal.addEventListener('abort', callOff, { once: true })
    const stopWaiting = () => {
      cancel()
      o.signal.removeEventListener('abort', callOff)
    }
    socket.once('error', fail)
    const onClose = () => fail(new Error('the connection was closed before it was ready'))
    socket.once('close', onClose)
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      if (tls !== undefined && !provesOneOf(subjectOf(socket as TLSSocket), tls.names)) {
        return fail(new Error(`the certificate proves none of ${tls.names.join(', ')}`))
      }
      stopWaiting()
      socket.off('error', fail).off('close', onClose)
      resolve(socket)
    })
  })
}

function secure({ host, port }: NextHop, { ca, cert, key, names }: TlsProfile): TLSSocket {
  const name = names[0] ?? host
  return connectTls({
    host,
    port,
    ca,
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    // RFC 6066 3: no addresses in SNI.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    minVersion: 'TLSv1.2',
    // The names are checked afterwards by the rules of SIP, which know no wildcards.
    checkServerIdentity: () => undefined,
  })
}

function subjectOf(socket: TLSSocket): string | undefined {
  return socket.getPeerX509Certificate()?.subjectAltName
}

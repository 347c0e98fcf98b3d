import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** A proxy on loopback that tunnels to wherever it is asked. */
export interface TunnelProxy {
  url: string
  /** Where tunnels went so far, `host:port`. */
  readonly targets: string[]
  close(): Promise<void>
}

/** By CONNECT (RFC 9110 section 9.3.6). */
export async function startHttpProxy(): Promise<TunnelProxy> {
  const targets: string[] = []
  const server = createHttpServer()
  const ends = tunnels()
  server.on('connect', ({ url = '' }, client: Duplex) => {
    targets.push(url)
    ends.join(client, url, () => client.write('HTTP/1.1 200 Connection Established\r\n\r\n'))
  })
  return listening(server, 'http', targets, ends.destroy)
}

/** By SOCKS 5 without authentication (RFC 1928), to IPv4 addresses and names. */
export async function startSocksProxy(): Promise<TunnelProxy> {
  const targets: string[] = []
  const ends = tunnels()
  const server = createServer((client) => {
    client.once('data', () => {
      client.write(Buffer.from([5, 0]))
      client.once('data', (asked: Buffer) => {
        const isName = asked[3] === 3
        const host = isName ? asked.toString('latin1', 5, 5 + asked[4]!) : asked.subarray(4, 8).join('.')
        const target = `${host}:${asked.readUInt16BE(isName ? 5 + asked[4]! : 8)}`
        targets.push(target)
        ends.join(client, target, () => client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])))
      })
    })
  })
  return listening(server, 'socks5', targets, ends.destroy)
}

function tunnels() {
  const open = new Set<Duplex>()
  const join = (client: Duplex, target: string, established: () => void) => {
    const upstream: Socket = connect(Number(target.split(':')[1]), target.split(':')[0]!)
    const pair = [client, upstream]
    upstream.once('connect', () => {
      established()
      upstream.pipe(client).pipe(upstream)
    })
    for (const end of pair) {
      open.add(end)
      end.on('error', () => pair.forEach((each) => each.destroy()))
      end.on('close', () => (pair.forEach((each) => each.destroy()), open.delete(end)))
    }
  }
  return { join, destroy: () => open.forEach((end) => end.destroy()) }
}

async function listening(server: Server, scheme: string, targets: string[], destroy: () => void): Promise<TunnelProxy> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets,
    close() {
      destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

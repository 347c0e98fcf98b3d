import { expect } from 'chai'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { createServer } from '../../../src/listeners/http-server.ts'
import { createAuthority } from '../../harness/authority.ts'

describe('a server of ours', () => {
  it('holds a connection that waits for its next request for idle: it gives way to a new one', async () => {
    const authority = createAuthority('test CA')
    const { cert, key } = authority.issue(['localhost'])
    const tls = { cert, key, ca: authority.cert, clientCertificate: 'required' as const }
    const server = createServer({ tls, limits: { connectionsPerAddress: 2 } }, (_, response) => response.end('well'))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const clients: TLSSocket[] = []
    const ask = async () => {
      const client = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: authority.cert, cert, key })
      clients.push(client.on('error', () => {}))
      client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
      return Promise.race([once(client, 'data').then(String), once(client, 'close').then(() => 'refused')])
    }
    try {
      for (const turn of [1, 2, 3]) expect(await ask(), `connection ${turn}`).to.match(/^HTTP\/1.1 200[^]*well/)
    } finally {
      for (const client of clients) client.destroy()
      server.close()
    }
  })
})

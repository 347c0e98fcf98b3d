// @seconds 2
import { expect } from 'chai'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { listenAtClosedPort } from '../../../src/listeners/closed-port.ts'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import { takesConnections } from '../../../src/telephony/takes-connections.ts'
import { longestBlock } from '../../harness/event-loop.ts'

describe('a port at which nothing is served', () => {
  const at = (port: number) => takesConnections({ host: '127.0.0.1', port, timeoutMs: 1_000, clock: systemClock })

  it('takes a connection, by which a policy that is not enforced is seen, and closes it at once', async () => {
    const closed = await listenAtClosedPort(0)
    try {
      expect(await at(closed.port)).to.equal(true)
      const socket = connect({ host: '127.0.0.1', port: closed.port })
      await once(socket.resume(), 'end')
    } finally {
      await closed.close()
    }
  })

  it('takes none where nobody listens', async () => {
    const server = createServer().listen(0)
    const { port } = server.address() as AddressInfo
    server.close()
    expect(await at(port)).to.equal(false)
  })

  it('closes 2,000 connections of a stranger without holding up its event loop for 50 ms', async () => {
    const closed = await listenAtClosedPort(0)
    const connectAll = async () => {
      for (let batch = 0; batch < 20; batch++)
        expect(await Promise.all(Array.from({ length: 100 }, () => at(closed.port)))).to.not.include(false)
    }
    try {
      expect(await longestBlock(connectAll)).to.be.below(50)
    } finally {
      await closed.close()
    }
  })
})

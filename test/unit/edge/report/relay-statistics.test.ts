import { expect } from 'chai'
import type { Bencoded } from '../../../../src/wire/bencode.ts'
import { relayStatistics } from '../../../../src/edge/report/relay-statistics.ts'

const answer = {
  result: 'ok',
  statistics: {
    currentstatistics: { sessionsown: 3, sessionsforeign: 0, sessionstotal: 3 },
    totalstatistics: { uptime: '7', relayedpackets: 1_500, relayedpacketerrors: 2, timeoutsessions: 1 },
    interfaces: [
      { name: 'inside', ports: { used: 6, free: 9_994 } },
      { name: 'outside', ports: { used: 8, free: 192 } },
    ],
  },
}

describe('what a media relay counts', () => {
  it('is its sessions, the ports for callers, and packets', () => {
    expect(relayStatistics(answer)).to.deep.equal({
      ...{ sessions: 3, usedPorts: 8, freePorts: 192 },
      ...{ packets: 1_500, packetErrors: 2, timeouts: 1 },
    })
  })

  it('is nothing while it does not answer, or answers something else', () => {
    const { currentstatistics, totalstatistics } = answer.statistics
    const rest = { currentstatistics, totalstatistics }
    const others: (Bencoded | undefined)[] = [undefined, 'pong', 7, [], {}, { statistics: [] }, { statistics: rest }]
    for (const other of others) expect(relayStatistics(other)).to.equal(undefined)
  })
})

import { expect } from 'chai'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { Connections } from '../../../src/listeners/connections.ts'
import { FairRate } from '../../../src/listeners/fair-rate.ts'
import { FakeClock } from '../../harness/fake-clock.ts'

/** All that the table needs of a socket. */
class Line extends EventEmitter {
  isOpen = true
  readonly remoteAddress: string
  constructor(remoteAddress: string) {
    super()
    this.remoteAddress = remoteAddress
  }
  resetAndDestroy() {
    this.isOpen = false
    this.emit('close')
  }
}

describe('the table of connections', () => {
  const limits = { connections: 6, connectionsPerAddress: 3, newPerSecond: 100, newPerSecondPerAddress: 100 }
  const table = () => new Connections(limits, new FakeClock())
  const open = (connections: Connections, address: string) => {
    const line = new Line(address)
    return { line, admitted: connections.admit(line as unknown as Socket) }
  }

  it('lets the oldest silent connection of an address give way to a new one when the address has its share', () => {
    const connections = table()
    const [first, second] = [open(connections, 'a'), open(connections, 'a')]
    connections.progress(first.admitted!, 'idle')
    const rest = [open(connections, 'a'), open(connections, 'a')]
    expect([first, second, ...rest].map(({ line }) => line.isOpen)).to.deep.equal([true, false, true, true])
  })

  it('lets a connection of the address that has most give way when it is full, and never one of who has fewer', () => {
    const connections = table()
    const few = [open(connections, 'b'), open(connections, 'c')]
    const many = [1, 2, 3].map(() => open(connections, 'a'))
    few.push(open(connections, 'd'))
    const kubelet = open(connections, 'node')
    expect(kubelet.line.isOpen).to.equal(true)
    expect(few.every(({ line }) => line.isOpen)).to.equal(true)
    expect(many.map(({ line }) => line.isOpen)).to.deep.equal([false, true, true])
  })

  it('ends the weakest of equally heavy addresses when it is full, and one of the heaviest however strong that is', () => {
    const order: [string[], string][] = [
      [['idle', 'idle', 'idle', 'new', 'new', 'new'], 'new'],
      [['new', 'new', 'new', 'idle', 'idle', 'idle'], 'new'],
      [['new', 'new', 'idle', 'idle', 'idle', 'other'], 'idle'],
      [['idle', 'idle', 'idle', 'new', 'new', 'other'], 'idle'],
    ]
    for (const [addresses, ended] of order) {
      const connections = table()
      const all = addresses.map((address) => ({ address, ...open(connections, address) }))
      for (const { address, admitted } of all) if (address === 'idle') connections.progress(admitted!, 'idle')
      expect(open(connections, 'kubelet').line.isOpen).to.equal(true)
      expect(
        all.filter(({ line }) => !line.isOpen).map(({ address }) => address),
        `${addresses}`,
      ).to.deep.equal([ended])
    }
  })

  it('never lets a peer that has proved who it is give way in the middle of a request, and refuses the newcomer then', () => {
    const connections = table()
    const proven = ['a', 'a', 'a', 'b', 'b', 'b'].map((address) => open(connections, address))
    for (const { admitted } of proven) {
      admitted!.isProven = true
      connections.progress(admitted!, 'busy')
    }
    expect(open(connections, 'c').line.isOpen).to.equal(false)
    expect(proven.every(({ line }) => line.isOpen)).to.equal(true)
    connections.progress(proven[1]!.admitted!, 'idle')
    expect(open(connections, 'c').line.isOpen).to.equal(true)
    expect(proven[1]!.line.isOpen).to.equal(false)
  })

  it('forgets a connection that closes', () => {
    const connections = table()
    for (let round = 0; round < 50; round++) open(connections, 'a').line.resetAndDestroy()
    expect(connections.size).to.equal(0)
    expect(connections.refusals).to.deep.equal({ rate: 0, full: 0, gaveWay: 0 })
  })

  it('takes nothing for a while from an address that was banished, and ends what else it has', () => {
    const clock = new FakeClock()
    const connections = new Connections(limits, clock)
    const [one, other] = [open(connections, 'a'), open(connections, 'a')]
    connections.banish(one.admitted!)
    expect([one.line.isOpen, other.line.isOpen]).to.deep.equal([false, false])
    expect([connections.isTooFast('a'), connections.isTooFast('b')]).to.deep.equal([true, false])
    return clock.pass(10_000).then(() => expect(connections.isTooFast('a')).to.equal(false))
  })
})

describe('a fair rate', () => {
  it('gives a quiet address all that it wants while a hundred busy ones share what is left', async () => {
    const clock = new FakeClock()
    const rate = new FairRate({ perAddress: 30, together: 100 }, clock)
    const taken = (address: string, wanted: number) => {
      let count = 0
      for (let each = 0; each < wanted; each++) if (rate.take(address)) count++
      return count
    }
    expect(taken('alone', 50)).to.equal(30)
    await clock.pass(1_000)
    for (let second = 0; second < 3; second++) {
      const busy = Array.from({ length: 100 }, (_, address) => taken(`busy ${address}`, 50))
      expect(taken('kubelet', 4)).to.equal(4)
      if (second > 0) expect(Math.max(...busy)).to.equal(5)
      await clock.pass(1_000)
    }
  })
})

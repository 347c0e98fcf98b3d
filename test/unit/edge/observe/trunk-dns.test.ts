import { expect } from 'chai'
import { followNames } from '../../../../src/edge/observe/trunk-dns.ts'
import { silent } from '../../../../src/runtime/log.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'

const of = (namespace: string, ...hosts: string[]) => hosts.map((host) => ({ namespace, host }))

function keeper(addresses: Record<string, string | string[]>) {
  const clock = new FakeClock()
  const asked: string[] = []
  let changes = 0
  const stopping = new AbortController()
  const names = followNames({
    ...{ log: silent, clock, signal: stopping.signal, onChange: () => void changes++ },
    async resolve(host) {
      asked.push(host)
      const address = addresses[host]
      if (address === undefined) throw new Error('not found')
      return typeof address === 'string' ? [address] : address
    },
  })
  return { names, clock, asked, stopping, addresses, changes: () => changes }
}

describe('the names of trunks', () => {
  it('are looked up at once when they are new, and addresses never', async () => {
    const { names, asked, changes } = keeper({ 'pbx.example.org': '192.0.2.1' })
    await names.follow(of('lilas', 'pbx.example.org', '192.0.2.9', '2001:db8::9'))
    await names.follow(of('lilas', 'pbx.example.org'))
    expect(asked).to.deep.equal(['pbx.example.org'])
    expect([...names.values()]).to.deep.equal([['pbx.example.org', '192.0.2.1']])
    expect(changes()).to.equal(1)
  })

  it('are looked up again within half a minute; one that moved is reported once, and one that can not be found keeps the address', async () => {
    const { names, clock, addresses, changes } = keeper({ one: '192.0.2.1', other: '192.0.2.2' })
    await names.follow(of('lilas', 'one', 'other'))
    addresses['one'] = '192.0.2.3'
    delete addresses['other']
    await clock.pass(30_000)
    await clock.pass(30_000)
    expect(Object.fromEntries(names.values())).to.deep.equal({ one: '192.0.2.3', other: '192.0.2.2' })
    expect(changes()).to.equal(3)
  })

  it('are forgotten when no trunk has them any more, and rest when the edge stops', async () => {
    const { names, clock, asked, stopping } = keeper({ one: '192.0.2.1' })
    await names.follow(of('lilas', 'one'))
    await names.follow([])
    expect(names.values().size).to.equal(0)
    await names.follow(of('lilas', 'one'))
    stopping.abort()
    await clock.pass(90_000)
    expect(asked).to.deep.equal(['one', 'one'])
  })

  it('keep an address that they still have, wherever it stands among others', async () => {
    const { names, clock, addresses, changes } = keeper({ one: ['192.0.2.1', '192.0.2.2'] })
    await names.follow(of('lilas', 'one'))
    addresses['one'] = ['192.0.2.2', '192.0.2.1']
    await clock.pass(30_000)
    expect(names.values().get('one')).to.equal('192.0.2.1')
    expect(changes()).to.equal(1)
  })

  it('are found at once though a neighbour has thousands whose name servers say nothing, the same name among them', async () => {
    const clock = new FakeClock()
    const stopping = new AbortController()
    let inFlight = 0
    let most = 0
    const names = followNames({
      ...{ log: silent, clock, signal: stopping.signal, onChange: () => undefined },
      async resolve(host) {
        if (host === 'good') return ['192.0.2.1']
        most = Math.max(most, ++inFlight)
        await new Promise<void>((resolve) => clock.after(2_000, resolve))
        inFlight--
        throw new Error('silent')
      },
    })
    const silentNames = Array.from({ length: 2_000 }, (_, nth) => `silent-${nth}`)
    void names.follow([...of('aaa', ...silentNames, 'good'), ...of('lilas', 'good')])
    await clock.pass(1)
    expect(names.values().get('good')).to.equal('192.0.2.1')
    expect(most).to.equal(4)
  })
})

import { expect } from 'chai'
import { Orders } from '../../../src/caller/orders.ts'
import { FakeClock, settle } from '../../harness/fake-clock.ts'

describe('orders', () => {
  function open(most = 3) {
    const clock = new FakeClock()
    const orders = new Orders<string>({ clock, most, keepMs: 60_000 })
    const begun: { id: string; signal: AbortSignal; end: (result: string) => void }[] = []
    const begin = (id: string) =>
      orders.begin(id, `print of ${id}`, (signal) => {
        const { promise, resolve } = Promise.withResolvers<string>()
        begun.push({ id, signal, end: resolve })
        return promise
      })
    return { clock, orders, begun, begin }
  }

  it('run, then have a result, and are forgotten a while after', async () => {
    const { clock, orders, begun, begin } = open()
    begin('a')
    expect(orders.view('a')).to.deep.equal({ state: 'Running' })
    await clock.pass(120_000)
    begun[0]!.end('good')
    await settle()
    expect(orders.view('a')).to.deep.equal({ state: 'Done', result: 'good' })
    await clock.pass(59_999)
    expect(orders.view('a')).to.have.property('result', 'good')
    await clock.pass(1)
    expect(orders.view('a')).to.equal(undefined)
    expect(clock.pending).to.equal(0)
  })

  it('are known by their id, which stands for what was ordered', () => {
    const { orders, begin } = open()
    begin('a')
    expect([
      orders.isSame('a', 'print of a'),
      orders.isSame('a', 'print of b'),
      orders.isSame('b', 'print of a'),
    ]).to.deep.equal([true, false, false])
  })

  it('are not forgotten early to make room for others', async () => {
    const { orders, begun, begin } = open(2)
    begin('a')
    begin('b')
    begun[0]!.end('good')
    await settle()
    expect(orders.isFull).to.equal(true)
    expect(orders.view('a')).to.have.property('state', 'Done')
  })

  it('are called off by their id, or the last one first, each once', () => {
    const { orders, begun, begin } = open()
    for (const id of ['a', 'b', 'c']) begin(id)
    expect([orders.callOff('c'), orders.callOff('d')]).to.deep.equal([true, false])
    orders.callOffLast()
    expect(begun.map(({ signal }) => signal.aborted)).to.deep.equal([false, true, true])
    orders.callOffLast()
    orders.callOffLast()
    expect(begun.map(({ signal }) => signal.aborted)).to.deep.equal([true, true, true])
  })

  it('hold no process when all is closed', async () => {
    const { clock, orders, begun, begin } = open()
    begin('a')
    begin('b')
    begun[0]!.end('good')
    await settle()
    orders.close()
    expect(begun[1]!.signal.aborted).to.equal(true)
    begun[1]!.end('off')
    await settle()
    orders.close()
    expect(clock.pending).to.equal(0)
  })
})

import { expect } from 'chai'
import fc from 'fast-check'
import { accept, newestEpoch, nothingAccepted, type AcceptedItems } from '../../../../src/edge/plan/epoch-guard.ts'
import { routeKey, type Route } from '../../../../src/rules/route.ts'

const route = (name: string, epoch: number, numbers = ['+33123456789']): Route => ({
  callbot: { namespace: 'lilas', name, uid: name },
  epoch,
  numbers,
  service: { name, port: 5061, transport: 'TLS' },
  integrations: [],
})
const take = (held: AcceptedItems<Route>, table: Route[]) => accept(held, table, routeKey)
const after = (...tables: Route[][]) =>
  tables.reduce<AcceptedItems<Route>>((held, table) => take(held, table).accepted, nothingAccepted())

describe('the routes that an edge believes', () => {
  it('are those of the newest epoch: an older one is refused, and the one held stays', () => {
    const held = after([route('a', 5, ['+331'])])
    const { accepted: now, refused } = take(held, [route('a', 4, ['+332'])])
    expect(refused).to.deep.equal(['lilas/a'])
    expect(now.items.get('lilas/a')?.numbers).to.deep.equal(['+331'])
  })

  it('may come again with the same epoch, as after a restart', () => {
    const { refused } = take(after([route('a', 5)]), [route('a', 5)])
    expect(refused).to.deep.equal([])
  })

  it('end with the bot', () => {
    expect(after([route('a', 5)], []).items.size).to.equal(0)
  })

  it('of a bot that is gone come back only with a newer epoch', () => {
    const held = after([route('a', 5)], [])
    expect(take(held, [route('a', 4)])).to.deep.include({ refused: ['lilas/a'] })
    expect(take(held, [route('a', 4)]).accepted.items.size).to.equal(0)
    expect(take(held, [route('a', 6)]).accepted.items.size).to.equal(1)
  })

  it('never fall back, in whatever order and repetition tables come', () => {
    const table = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), epoch: fc.nat(9) }), { maxLength: 3 })
    fc.assert(
      fc.property(fc.array(table, { maxLength: 8 }), (tables) => {
        let held = nothingAccepted<Route>()
        const highest = new Map<string, number>()
        for (const each of tables) {
          const unique = [...new Map(each.map(({ name, epoch }) => [name, route(name, epoch)])).values()]
          held = take(held, unique).accepted
          for (const { callbot, epoch } of unique)
            highest.set(callbot.name, Math.max(epoch, highest.get(callbot.name) ?? 0))
          for (const { callbot, epoch } of held.items.values()) expect(epoch).to.equal(highest.get(callbot.name))
        }
      }),
    )
  })

  it('tell their age by the newest', () => {
    expect(newestEpoch(nothingAccepted<Route>())).to.equal(0)
    expect(newestEpoch(after([route('a', 5), route('b', 7)]))).to.equal(7)
  })

  it('remember only so many bots that are gone, the oldest forgotten first', () => {
    const many = Array.from({ length: 20_001 }, (_, index) => route(`bot-${index}`, 1))
    const { epochs } = after(many, [])
    expect(epochs.size).to.equal(20_000)
    expect(epochs.has('lilas/bot-0')).to.equal(false)
    expect(epochs.has('lilas/bot-20000')).to.equal(true)
    const staying = after(many, [many[0]!], []).epochs
    expect(staying.has('lilas/bot-0'), 'it went after the others').to.equal(true)
    expect(staying.has('lilas/bot-1')).to.equal(false)
  })
})

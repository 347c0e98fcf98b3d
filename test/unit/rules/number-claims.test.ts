import { expect } from 'chai'
import fc from 'fast-check'
import { holderOf, mayHave, verdictOnNumber } from '../../../src/rules/number-claims.ts'

const claim = (uid: string, createdAt: number) => ({ number: '+331', bot: `lilas/${uid}`, uid, createdAt })

describe('a phone number', () => {
  it('belongs to nobody when nobody claims it', () => {
    expect(holderOf([], [])).to.equal(undefined)
  })

  it('belongs to the oldest bot that claims it', () => {
    expect(holderOf([claim('young', 2000), claim('old', 1000)], [])!.uid).to.equal('old')
  })

  it('belongs to the one with the smaller uid when two are of the same second', () => {
    expect(holderOf([claim('b', 1000), claim('a', 1000)], [])!.uid).to.equal('a')
  })

  it('has the same owner in whatever order the claims are read', () => {
    const claims = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(2)), {
      selector: ([uid]) => uid,
      minLength: 1,
    })
    const twoOrders = claims.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    fc.assert(
      fc.property(twoOrders, ([one, other]) => {
        const owner = (order: typeof one) =>
          holderOf(
            order.map(([uid, at]) => claim(uid, at)),
            [],
          )!.uid
        expect(owner(one)).to.equal(owner(other))
      }),
    )
  })

  it('that is reserved belongs to the oldest bot of the namespaces that may have it, whoever was before', () => {
    const reservations = [{ prefix: '+33', namespaces: ['roses'] }]
    const squatter = claim('first', 1000)
    const entitled = { ...claim('second', 2000), bot: 'roses/second' }
    expect(holderOf([squatter, entitled], reservations)).to.equal(entitled)
    expect(holderOf([squatter], reservations)).to.equal(undefined)
    expect(holderOf([squatter, entitled], [])).to.equal(squatter)
  })

  it('that is reserved is for the namespaces of its longest prefix', () => {
    const reservations = [
      { prefix: '+33', namespaces: ['lilas'] },
      { prefix: '+33199', namespaces: ['roses', 'iris'] },
      { prefix: '+33199', namespaces: ['iris'] },
    ]
    expect(mayHave('lilas', '+33155', reservations)).to.equal(true)
    expect(mayHave('lilas', '+33199000001', reservations)).to.equal(false)
    expect(mayHave('roses', '+33199000001', reservations), 'both of the same length must agree').to.equal(false)
    expect(mayHave('iris', '+33199000001', reservations)).to.equal(true)
    expect(mayHave('anybody', '+32', reservations)).to.equal(true)
  })

  it("is a bot's own unless it is reserved for other namespaces, or an older bot has it", () => {
    const older = claim('first', 1000)
    const bot = { namespace: 'lilas', uid: 'uid-second' }
    const number = older.number
    const reservations = [{ prefix: number, namespaces: ['roses'] }]
    expect(verdictOnNumber(number, bot, [], [])).to.deep.equal({ number, state: 'Own' })
    expect(verdictOnNumber(number, { ...bot, uid: older.uid }, [older], [])).to.deep.equal({ number, state: 'Own' })
    expect(verdictOnNumber(number, bot, [older], [])).to.deep.equal({ number, state: 'Taken', by: older })
    expect(verdictOnNumber(number, bot, [older], reservations)).to.deep.equal({ number, state: 'Reserved' })
  })
})

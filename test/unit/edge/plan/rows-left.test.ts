import { expect } from 'chai'
import fc from 'fast-check'
import { rowsLeft } from '../../../../src/edge/plan/rows-left.ts'

const seen = (health: string[], busy: [string, number][] = [], ended: string[] = []) => ({
  ...{ health, ended, busy: new Map(busy) },
})

describe('what the proxy has of trunks that are gone', () => {
  it('is all that begins with an id or a domain that it does not have any more, and nothing else', () => {
    const health = [
      'a::state',
      'a::since',
      'a~d::state',
      'b::state',
      'b~d::asked',
      'lilas/pbx::choice',
      'roses/pbx~d::choice',
    ]
    const left = rowsLeft(seen(health), new Set(['a', 'lilas/pbx']))
    const gone = ['b::state', 'b~d::asked', 'roses/pbx~d::choice']
    expect(left).to.deep.equal({ health: gone, ended: [], busy: [], isMore: false })
  })

  it('is the count of calls of each bot that is gone, too', () => {
    const rows = ['accueil.lilas.svc::bot', 'accueil.lilas.svc::failed', 'old.lilas.svc::bot']
    expect(rowsLeft(seen([], [], rows), new Set(['accueil.lilas.svc'])).ended).to.deep.equal(['old.lilas.svc::bot'])
  })

  it('keeps the count of calls that go on', () => {
    const counts: [string, number][] = [
      ['a', 0],
      ['b', 2],
      ['c', 0],
      ['d', -1],
    ]
    expect(rowsLeft(seen([], counts), new Set(['a'])).busy).to.deep.equal(['c', 'd'])
  })

  it('is removed in parts, none of which is large, until nothing is left', () => {
    const ids = fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{32}$/), { maxLength: 300 })
    fc.assert(
      fc.property(ids, fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 300 }), (all, rows, kept) => {
        const known = new Set(all.slice(0, kept))
        const keys = (id: string) => Array.from({ length: rows }, (_, nth) => `${id}::${nth}`)
        const there = {
          ...{ health: new Set(all.flatMap(keys)), ended: new Set(all.flatMap(keys)) },
          busy: new Map(all.map((id) => [id, 0])),
        }
        for (let isMore = true, turns = 0; isMore; turns++) {
          const left = rowsLeft(there, known)
          expect(left.health.length + left.ended.length + left.busy.length).to.be.at.most(500)
          for (const key of left.health) there.health.delete(key)
          for (const key of left.ended) there.ended.delete(key)
          for (const key of left.busy) there.busy.delete(key)
          isMore = left.isMore
          expect(turns).to.be.below(40)
        }
        expect([...there.health]).to.deep.equal([...known].flatMap(keys))
        expect([...there.ended]).to.deep.equal([...known].flatMap(keys))
        expect([...there.busy.keys()]).to.deep.equal([...known])
      }),
      { numRuns: 100 },
    )
  })
})

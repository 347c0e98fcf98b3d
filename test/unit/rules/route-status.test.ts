import { expect } from 'chai'
import fc from 'fast-check'
import type { PartObservation } from '../../../src/rules/part-state.ts'
import { summariseRoute, usesFirst, type DeclaredPart, type RouteObserver } from '../../../src/rules/route-status.ts'

const declared: DeclaredPart[] = [
  { name: 'paris', role: 'Primary' },
  { name: 'lyon', role: 'Backup' },
]
const says = (paris: PartObservation['state'], lyon: PartObservation['state'], since = 5): RouteObserver =>
  usesFirst(declared, [
    { part: 'paris', state: paris, since },
    { part: 'lyon', state: lyon, since },
  ])

describe('a route, as its observers see it', () => {
  it('goes by the primary while that answers', () => {
    const route = summariseRoute(declared, [says('Up', 'Up', 7), says('Up', 'Up', 5)])
    expect(route).to.deep.include({ role: 'Primary', active: 'paris', since: 5 })
    expect(route.parts).to.deep.equal([
      { name: 'paris', role: 'Primary', state: 'Up', since: 5, seenBy: 2, because: undefined },
      { name: 'lyon', role: 'Backup', state: 'Up', since: 5, seenBy: 2, because: undefined },
    ])
  })

  it('goes by the backup when most say so, and when as many say so as not', () => {
    for (const others of [[says('Up', 'Up')], [says('Up', 'Up'), says('Down', 'Up')]]) {
      const route = summariseRoute(declared, [says('Down', 'Up'), ...others])
      expect(route).to.deep.include({ role: 'Backup', active: 'lyon' })
      expect(route.parts[0]).to.deep.include({ state: 'Down' })
    }
  })

  it('stays with the backup while a observer holds it, though the primary answers again', () => {
    const holding: RouteObserver = { ...says('Up', 'Up'), active: { part: 'lyon', since: 3 } }
    const route = summariseRoute(declared, [holding, holding])
    expect(route).to.deep.include({ role: 'Backup', active: 'lyon', since: 3 })
    expect(route.parts[0]?.state).to.equal('Up')
  })

  it('is none when nothing answers, since the last gave up', () => {
    const route = summariseRoute(declared, [
      {
        ...says('Down', 'Down'),
        observations: [
          ...says('Down', 'Up', 3).observations.slice(0, 1),
          ...says('Up', 'Down', 9).observations.slice(1),
        ],
      },
    ])
    expect(route).to.deep.include({ role: 'None', active: undefined, since: 9 })
  })

  it('is unknown while nobody has reported, or one part may still answer', () => {
    for (const observers of [[], [says('Unknown', 'Unknown')], [says('Down', 'Unknown')]]) {
      expect(summariseRoute(declared, observers).role).to.equal('Unknown')
    }
  })

  it('says what a person has to repair', () => {
    const because = 'Secret pbx can not be read'
    const { observations, active } = says('Down', 'Up')
    const observer = { observations: [{ ...observations[0]!, because }, observations[1]!], active }
    expect(summariseRoute(declared, [says('Down', 'Up'), observer]).parts[0]?.because).to.equal(because)
    const notes = { observations: [{ ...observations[0]!, noted: because }, observations[1]!], active }
    expect(summariseRoute(declared, [says('Down', 'Up'), notes]).parts[0]?.noted).to.equal(because)
  })

  const state = fc.constantFrom<PartObservation['state']>('Up', 'Down', 'Unknown')
  const observer = fc.tuple(state, state, fc.nat(99)).map(([paris, lyon, since]) => says(paris, lyon, since))

  it('is the same in whatever order observers tell', () => {
    fc.assert(
      fc.property(fc.array(observer, { maxLength: 6 }), (observers) => {
        expect(summariseRoute(declared, observers.toReversed())).to.deep.equal(summariseRoute(declared, observers))
      }),
    )
  })

  it('never goes by a part that nobody uses, and never counts more observers than there are', () => {
    fc.assert(
      fc.property(fc.array(observer, { maxLength: 6 }), (observers) => {
        const { active, parts } = summariseRoute(declared, observers)
        if (active !== undefined) expect(observers.some((each) => each.active?.part === active)).to.equal(true)
        for (const { seenBy } of parts) expect(seenBy).to.be.at.most(observers.length)
      }),
    )
  })
})

import { expect } from 'chai'
import fc from 'fast-check'
import {
  summariseRoute,
  usesFirst,
  type DeclaredPart,
  type Sighting,
  type Watcher,
} from '../../../src/rules/route-status.ts'

const declared: DeclaredPart[] = [
  { name: 'paris', role: 'Primary' },
  { name: 'lyon', role: 'Backup' },
]
const says = (paris: Sighting['state'], lyon: Sighting['state'], since = 5): Watcher =>
  usesFirst(declared, [
    { part: 'paris', state: paris, since },
    { part: 'lyon', state: lyon, since },
  ])

describe('a route, as its watchers see it', () => {
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

  it('stays with the backup while a watcher holds it, though the primary answers again', () => {
    const holding: Watcher = { ...says('Up', 'Up'), active: { part: 'lyon', since: 3 } }
    const route = summariseRoute(declared, [holding, holding])
    expect(route).to.deep.include({ role: 'Backup', active: 'lyon', since: 3 })
    expect(route.parts[0]?.state).to.equal('Up')
  })

  it('is none when nothing answers, since the last gave up', () => {
    const route = summariseRoute(declared, [
      {
        ...says('Down', 'Down'),
        sightings: [...says('Down', 'Up', 3).sightings.slice(0, 1), ...says('Up', 'Down', 9).sightings.slice(1)],
      },
    ])
    expect(route).to.deep.include({ role: 'None', active: undefined, since: 9 })
  })

  it('is unknown while nobody has told, or one part may still answer', () => {
    for (const watchers of [[], [says('Unknown', 'Unknown')], [says('Down', 'Unknown')]]) {
      expect(summariseRoute(declared, watchers).role).to.equal('Unknown')
    }
  })

  it('tells what a person has to mend', () => {
    const because = 'Secret pbx can not be read'
    const { sightings, active } = says('Down', 'Up')
    const watcher = { sightings: [{ ...sightings[0]!, because }, sightings[1]!], active }
    expect(summariseRoute(declared, [says('Down', 'Up'), watcher]).parts[0]?.because).to.equal(because)
  })

  const state = fc.constantFrom<Sighting['state']>('Up', 'Down', 'Unknown')
  const watcher = fc.tuple(state, state, fc.nat(99)).map(([paris, lyon, since]) => says(paris, lyon, since))

  it('is the same in whatever order watchers tell', () => {
    fc.assert(
      fc.property(fc.array(watcher, { maxLength: 6 }), (watchers) => {
        expect(summariseRoute(declared, watchers.toReversed())).to.deep.equal(summariseRoute(declared, watchers))
      }),
    )
  })

  it('never goes by a part that nobody uses, and never counts more watchers than there are', () => {
    fc.assert(
      fc.property(fc.array(watcher, { maxLength: 6 }), (watchers) => {
        const { active, parts } = summariseRoute(declared, watchers)
        if (active !== undefined) expect(watchers.some((each) => each.active?.part === active)).to.equal(true)
        for (const { seenBy } of parts) expect(seenBy).to.be.at.most(watchers.length)
      }),
    )
  })
})

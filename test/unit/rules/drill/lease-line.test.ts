import { expect } from 'chai'
import fc from 'fast-check'
import {
  MOST_LEASES,
  oldestOf,
  placeInLine,
  type LineFacts,
  type Waiter,
} from '../../../../src/rules/drill/lease-line.ts'

const waiter = (namespace: string, name: string, createdAt = 0): Waiter => ({
  ...{ namespace, name, createdAt },
  uid: `${namespace}/${name}`,
})
const facts = (changes: Partial<LineFacts> = {}): LineFacts => ({
  ...{ holders: [], waiting: [], turns: new Map() },
  ...changes,
})
const holders = (count: number) =>
  Array.from({ length: count }, (_, nth) => ({ namespace: `busy-${nth}`, name: 'drill' }))

describe('the line of drills for the leases of the edges', () => {
  it('lets a drill go on at once where its namespace has no lease and one is left', () => {
    expect(placeInLine(waiter('lilas', 'a'), facts({ holders: holders(MOST_LEASES - 1) })).kind).to.equal('Go')
    expect(placeInLine(waiter('lilas', 'a'), facts({ holders: holders(MOST_LEASES) })).kind).to.equal('Turn')
  })

  it('gives a namespace one lease, and names the drill that has it', () => {
    const own = { holders: [{ namespace: 'lilas', name: 'first' }] }
    expect(placeInLine(waiter('lilas', 'a'), facts(own))).to.deep.equal({ kind: 'Own', holder: 'first' })
    expect(placeInLine(waiter('roses', 'a'), facts(own)).kind).to.equal('Go')
  })

  it('serves the oldest drill of a namespace first, and of the same second the first by name', () => {
    const waiting = [waiter('lilas', 'c', 1), waiter('lilas', 'b', 2), waiter('lilas', 'a', 2)]
    const kinds = waiting.map((own) => placeInLine(own, facts({ waiting })).kind)
    expect(kinds).to.deep.equal(['Go', 'Behind', 'Behind'])
    const left = waiting.slice(1)
    expect(left.map((own) => placeInLine(own, facts({ waiting: left })).kind)).to.deep.equal(['Behind', 'Go'])
  })

  it('serves namespaces in turn: the queue of one, however old, is not before the drill of another', () => {
    const queue = [1, 2, 3].map((nth) => waiter('lilas', `drill-${nth}`, nth))
    const neighbour = waiter('roses', 'drill', 99)
    const waiting = [...queue, neighbour]
    const place = (turns: [string, number][]) =>
      waiting.map((own) => placeInLine(own, facts({ holders: holders(7), waiting, turns: new Map(turns) })).kind)
    expect(place([['lilas', 50]])).to.deep.equal(['Turn', 'Behind', 'Behind', 'Go'])
    expect(place([['lilas', 50], ['roses', 60]])).to.deep.equal(['Go', 'Behind', 'Behind', 'Turn']) // prettier-ignore
    expect(place([])).to.deep.equal(['Go', 'Behind', 'Behind', 'Turn'])
  })

  it('never has more than eight leases in use, nor two of a namespace, and no namespace gets two while another waits for one', () => {
    const step = fc.record({
      namespace: fc.integer({ min: 0, max: 11 }),
      drills: fc.integer({ min: 0, max: 3 }),
      ends: fc.array(fc.nat(7), { maxLength: 4 }),
      order: fc.infiniteStream(fc.nat(1_000)),
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
        const line = new Line()
        for (const each of steps) line.step(each)
        // Nothing new comes, and every drill ends: then everybody has had a lease.
        for (let round = 0; line.waiting.length > 0; round++) {
          expect(round, 'rounds until nobody waits').to.be.at.most(400)
          line.step({ namespace: 0, drills: 0, ends: [0, 1, 2, 3, 4, 5, 6, 7], order: [].values() })
        }
      }),
    )
  })
})

interface Step {
  namespace: number
  drills: number
  ends: readonly number[]
  order: Iterator<number>
}

/** Drills as the operator works on them: one after the other, in any order, each by what is true then. */
class Line {
  waiting: Waiter[] = []
  holders: Waiter[] = []
  readonly turns = new Map<string, number>()
  /** By namespace that waits for its first lease since: the leases that others got meanwhile. */
  private readonly passed = new Map<string, string[]>()
  private now = 0

  step({ namespace, drills, ends, order }: Step): void {
    this.now++
    for (let nth = 0; nth < drills; nth++) {
      const name = `drill-${String(this.now).padStart(4, '0')}-${nth}`
      this.waiting.push(waiter(`ns-${namespace}`, name, this.now))
    }
    const over = new Set(ends)
    this.holders = this.holders.filter((_, at) => !over.has(at))
    this.note()
    const keys = new Map(this.waiting.map((each) => [each, (order.next().value as number | undefined) ?? 0]))
    for (const own of [...this.waiting].sort((a, b) => keys.get(a)! - keys.get(b)!)) this.look(own)
  }

  private look(own: Waiter): void {
    if (placeInLine(own, this).kind !== 'Go') return
    const older = this.waiting.filter((each) => each.namespace === own.namespace && each.createdAt < own.createdAt)
    expect(older, `older than ${own.uid}`).to.deep.equal([])
    this.waiting = this.waiting.filter((each) => each !== own)
    this.holders.push(own)
    this.turns.set(own.namespace, ++this.now)
    this.passed.delete(own.namespace)
    for (const [waits, others] of this.passed) {
      // There is a lease for it as well: it was not looked at yet.
      if (placeInLine(oldestOf(this.waiting, waits)!, this).kind === 'Go') continue
      expect(others, `leases of others while ${waits} waits`).not.to.include(own.namespace)
      others.push(own.namespace)
    }
    const busy = this.holders.map((each) => each.namespace)
    expect(busy.length, 'leases in use').to.be.at.most(MOST_LEASES)
    expect(new Set(busy).size, 'namespaces with a lease').to.equal(busy.length)
    this.note()
  }

  /** From when on a namespace waits for others alone. */
  private note(): void {
    const busy = new Set(this.holders.map(({ namespace }) => namespace))
    for (const { namespace } of this.waiting)
      if (!busy.has(namespace) && !this.passed.has(namespace)) this.passed.set(namespace, [])
  }
}

import { expect } from 'chai'
import fc from 'fast-check'
import {
  decideTurn,
  generationAt,
  madeAt,
  otherSlot,
  readRootKeys,
  SLOTS,
  writeRootKeys,
  type RootKeys,
  type RootsInUse,
  type Slot,
} from '../../../src/rules/root-turn.ts'

const DAY = 86_400_000
const every = DAY
/** A generation seals so long after it was made, if there is an older one. A cache is late by less. */
const SEALS_AFTER = 180_000
const LATEST_READING = 60_000
/** What a pod says of the database counts for so long after it was asked. */
const LATEST_REPORT = 20_000

/**
 * A namespace with two pods, a database and two Secrets, in which everything may happen at any time: cycles of operators that die between two
 * writes or that decide on what was so before, pods that are late, restart or are not heard.
 */
class Namespace {
  now = 1_000 * DAY
  secrets: Partial<Record<Slot, number>> = {}
  written: RootKeys | undefined
  /** What operators of before had read. */
  readonly readings: { at: number; keys: RootKeys | undefined }[] = []
  /** Generations that the database knows, and the one of each bucket. */
  readonly generations = new Set<number>()
  readonly buckets: number[] = []
  private readonly pods = SLOTS.map(() => ({
    mounted: {} as Partial<Record<Slot, number>>,
    held: new Map<number, Slot>(),
    current: undefined as number | undefined,
  }))
  private reports: ({ at: number; inUse: RootsInUse } | undefined)[] = []

  /** @param steps writes before the operator dies @param read what it had read: 0 is now */
  cycle(steps: number, read: number): void {
    const before = this.readings.at(-read)
    const isLate = read > 0 && before !== undefined && this.now - before.at < LATEST_READING
    const known = isLate ? before.keys : this.written
    this.readings.push({ at: this.now, keys: this.written })
    const at = this.now
    const writes: (() => void)[] = []
    if (known === undefined) {
      // It stands for a namespace whose StatefulSet was not there: a reading of before is not made up.
      if (this.written !== undefined) return
      writes.push(
        () => (this.secrets.a ??= at),
        () => (this.written = { slot: 'a', since: at, phase: 'Stable', generation: '' }),
      )
    } else {
      const reports = this.reports.filter((each) => each !== undefined && at - each.at <= LATEST_REPORT)
      const turn = decideTurn({ known, pods: reports.map((each) => each!.inUse), now: at, every })
      if (turn.make) writes.push(() => (this.secrets[turn.make!] ??= at))
      // Asked again before a key is destroyed: what was read may be late.
      if (turn.remove && !isSame(known, this.written)) return
      if (turn.remove) writes.push(() => delete this.secrets[turn.remove!])
      writes.push(() => (this.written = turn.next))
    }
    for (const write of writes.slice(0, steps)) write()
  }

  /** The StatefulSet goes with the last policy, and comes with the next: with its pods. */
  forgetWhatWasWritten(): void {
    this.written = undefined
    this.readings.length = 0
    for (const at of [0, 1]) this.restart(at)
  }

  mount(at: number): void {
    this.pods[at]!.mounted = { ...this.secrets }
  }

  restart(at: number): void {
    Object.assign(this.pods[at]!, { held: new Map(), current: undefined })
    this.reports[at] = undefined
  }

  /** Reads its mounts, seals a bucket, and brings those of before under the generation that seals. */
  pass(at: number, seals: boolean): void {
    const pod = this.pods[at]!
    const { mounted, held } = pod
    for (const slot of SLOTS) if (mounted[slot] !== undefined) held.set(mounted[slot], slot)
    const isMounted = (each: number) => Object.values(mounted).includes(each)
    const ages = [...held.keys()].filter((each) => each === pod.current || isMounted(each)).sort((a, b) => a - b)
    const current = (pod.current = ages.findLast((each) => this.now - each >= SEALS_AFTER) ?? ages[0])
    if (current === undefined) return
    for (const each of held.keys()) if (each > current && !isMounted(each)) held.delete(each)
    const youngest = Math.max(...this.generations, 0)
    if (seals && (this.generations.has(current) || current > youngest)) {
      this.generations.add(current)
      this.buckets.push(current)
    }
    if ([...this.generations].every((each) => each <= current)) {
      this.buckets.forEach((generation, index) => {
        if (!held.has(generation)) return
        this.generations.add(current)
        this.buckets[index] = current
      })
      for (const each of this.generations)
        if (each < current && held.has(each) && !this.buckets.includes(each)) this.generations.delete(each)
    }
    const needed = new Set([...this.generations, current])
    for (const each of held.keys()) if (each < current && !needed.has(each)) held.delete(each)
    for (const each of held.keys()) if (each > current) needed.add(each)
    const slots = [...needed].map((each) => held.get(each))
    const isKnown = slots.every((slot) => slot !== undefined)
    this.reports[at] = isKnown
      ? {
          at: this.now,
          inUse: {
            ...{ seals: held.get(current)!, generation: generationAt(current) },
            needs: SLOTS.filter((slot) => slots.includes(slot)),
          },
        }
      : undefined
  }

  isReadable(): boolean {
    const kept = new Set(Object.values(this.secrets))
    return this.buckets.every((generation) => kept.has(generation))
  }

  /** Nothing goes wrong any more. */
  calm(): void {
    for (let round = 0; round < 12; round++) {
      for (const at of [0, 1]) {
        this.mount(at)
        this.pass(at, true)
      }
      this.cycle(9, 0)
      this.now += 60_000
    }
  }
}

const isSame = (one: RootKeys, other: RootKeys | undefined) =>
  other !== undefined && writeRootKeys(one) === writeRootKeys(other)

type Event = (namespace: Namespace) => void
const which = fc.nat({ max: 1 })
const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat({ max: 3 }), fc.constantFrom(0, 0, 0, 1, 2)).map(
      ([steps, read]): Event =>
        (it) =>
          it.cycle(steps, read),
    ),
  },
  {
    weight: 4,
    arbitrary: which.map(
      (at): Event =>
        (it) =>
          it.mount(at),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(which, fc.boolean()).map(
      ([at, seals]): Event =>
        (it) =>
          it.pass(at, seals),
    ),
  },
  {
    weight: 1,
    arbitrary: which.map(
      (at): Event =>
        (it) =>
          it.restart(at),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Event>((it) => it.forgetWhatWasWritten()) },
  {
    // One pod is up to date, and the other one says what was so a few seconds before.
    weight: 4,
    arbitrary: which.map((at): Event => (it) => {
      it.now += SEALS_AFTER - 5_000
      it.pass(1 - at, false)
      it.now += 5_000
      it.mount(at)
      it.pass(at, true)
      it.cycle(9, 0)
    }),
  },
  {
    weight: 3,
    arbitrary: fc.integer({ min: 1, max: DAY * 1.5 }).map(
      (ms): Event =>
        (it) =>
          void (it.now += ms),
    ),
  },
)

describe('the turn of root keys', () => {
  it('takes no key that a bucket needs, whatever dies and however late anybody is, and leaves one generation in the end', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        const namespace = new Namespace()
        namespace.calm()
        namespace.now += DAY
        for (const event of events) {
          event(namespace)
          namespace.now += 1_000 // the least between names of generations
          expect(namespace.isReadable(), 'every bucket can be opened').to.equal(true)
        }
        // What is left of a namespace that lost its last policy goes with the next turn, which may be under way.
        for (let turn = 0; turn < 3; turn++) {
          namespace.calm()
          namespace.now += namespace.written!.phase === 'Stable' ? DAY : 0
        }
        if (namespace.written!.phase !== 'Stable') namespace.calm()
        expect(namespace.isReadable()).to.equal(true)
        expect(Object.values(namespace.secrets)).to.have.lengthOf(1)
        expect(new Set(namespace.buckets).size).to.be.at.most(1)
        expect(namespace.written!.phase).to.equal('Stable')
      }),
      { numRuns: Number(process.env['RUNS'] ?? 1_000) },
    )
  })

  it('ends what an interval began: no bucket is under a generation that is older than two days', () => {
    const namespace = new Namespace()
    namespace.calm()
    for (let day = 0; day < 20; day++) {
      namespace.now += DAY
      namespace.calm()
      const [generation] = Object.values(namespace.secrets)
      expect(namespace.now - generation!).to.be.below(2 * DAY)
      expect(namespace.buckets.every((each) => each === generation)).to.equal(true)
    }
  })

  it('waits while no pod answers, and while one needs another Secret', () => {
    const known = { slot: 'a', since: 0, phase: 'Stable', generation: '' } as const
    const next = (pods: readonly RootsInUse[]) => decideTurn({ known, pods, now: DAY, every }).next.phase
    expect(next([])).to.equal('Stable')
    expect(next([{ seals: 'a', needs: ['a', 'b'], generation: 'one' }])).to.equal('Stable')
    expect(next([{ seals: 'a', needs: ['a'], generation: 'one' }])).to.equal('Turning')
  })

  it('destroys nothing for a pod that was asked before the others turned, as often as it is asked for', () => {
    const [before, after] = ['2026-11-27t00-00-00', '2026-11-28t00-00-00']
    const late: RootsInUse = { seals: 'a', needs: ['a'], generation: before }
    const turned: RootsInUse = { seals: 'b', needs: ['b'], generation: after }
    for (const pods of [[late, turned], [late], []]) {
      let known: RootKeys = { slot: 'a', since: 0, phase: 'Turning', generation: before }
      known = decideTurn({ known, pods: [late, turned], now: DAY, every }).next
      expect(known).to.include({ slot: 'b', phase: 'Removing', generation: after })
      for (let cycle = 0; cycle < 10; cycle++) {
        const turn = decideTurn({ known, pods, now: DAY + cycle, every })
        expect(turn.remove, JSON.stringify(known)).to.not.equal('b')
        expect(turn.make).to.equal(undefined)
        known = turn.next
        expect(known).to.include({ slot: 'b', generation: after })
      }
      expect(known.phase).to.equal(pods.includes(turned) ? 'Stable' : 'Removing')
    }
  })

  it('ends a turn in which the Secret that sealed has a younger generation than the other', () => {
    const known: RootKeys = { slot: 'a', since: 0, phase: 'Turning', generation: 'one' }
    const pods: RootsInUse[] = [{ seals: 'a', needs: ['a'], generation: 'two' }]
    const { next } = decideTurn({ known, pods, now: DAY, every })
    expect(next).to.deep.equal({ slot: 'a', since: DAY, phase: 'Removing', generation: 'two' })
    expect(decideTurn({ known: next, pods, now: DAY, every })).to.include({ remove: 'b' })
  })

  it('makes no second generation of a name that a pod seals by', () => {
    const known = { slot: 'a', since: 0, phase: 'Turning', generation: 'one' } as const
    const pods: RootsInUse[] = [{ seals: 'b', needs: ['a', 'b'], generation: 'two' }]
    const next = { ...known, generation: 'two' }
    expect(decideTurn({ known, pods, now: DAY, every })).to.deep.equal({ keep: ['a', 'b'], next })
  })

  it('is written down and read again; what an older version wrote is one generation that is due', () => {
    const any = fc.record<RootKeys>({
      slot: fc.constantFrom(...SLOTS),
      since: fc.nat(),
      phase: fc.constantFrom('Stable', 'Turning', 'Removing'),
      generation: fc.oneof(fc.constant(''), fc.nat({ max: 4e12 }).map(generationAt)),
    })
    fc.assert(
      fc.property(any, (keys) => {
        expect(readRootKeys(writeRootKeys(keys))).to.deep.equal(keys)
      }),
    )
    expect(readRootKeys('made')).to.deep.equal({ slot: 'a', since: 0, phase: 'Stable', generation: '' })
    expect(readRootKeys(undefined)).to.equal(undefined)
    expect(otherSlot(otherSlot('a'))).to.equal('a')
  })

  it('names generations so that younger ones are greater, whatever named them', () => {
    const at = fc.integer({ min: 0, max: 2_000 * 365 * DAY })
    fc.assert(
      fc.property(at, at, (one, other) => {
        const [first, second] = [generationAt(one), generationAt(other)]
        if (Math.floor(one / 1_000) < Math.floor(other / 1_000)) expect(first < second).to.equal(true)
        expect(madeAt(first)).to.equal(Math.floor(one / 1_000) * 1_000)
      }),
    )
    expect('2026-11-27' < generationAt(Date.parse('2026-11-27T00:00:00Z'))).to.equal(true)
    expect(madeAt('2026-11-27')).to.equal(Date.parse('2026-11-27T00:00:00Z'))
    expect(madeAt('day-1')).to.equal(undefined)
  })
})

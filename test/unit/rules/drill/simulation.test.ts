import { expect } from 'chai'
import fc from 'fast-check'
import { isFinished } from '../../../../src/rules/drill/run.ts'
import { LEASE, Simulation, TICK, type Fault } from '../../../harness/drill-simulation.ts'

const MINUTE = 60_000
const BEGIN = Date.parse('2026-03-29T00:50:00Z') // ten minutes before the clocks of Paris go forward

const faults: fc.Arbitrary<Fault> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('kill' as const),
      at: fc.constantFrom(
        'before the write',
        'after the write',
        'after one order',
        'before the creation',
        'after the creation',
      ),
    }) as fc.Arbitrary<Fault>,
  },
  fc.record({ do: fc.constant('switch' as const), to: fc.constantFrom('Off', 'On', 'Missing') }) as fc.Arbitrary<Fault>,
  fc.record({ do: fc.constantFrom('backup', 'primary'), isUp: fc.boolean() }) as fc.Arbitrary<Fault>,
  fc.record({ do: fc.constantFrom('edit', 'abort', 'rollout', 'zone') }) as fc.Arbitrary<Fault>,
  fc.record({
    do: fc.constant('clock' as const),
    by: fc.integer({ min: -3600, max: 3600 }).map((seconds) => seconds * 1000),
  }),
  fc.record({ do: fc.constant('suspend' as const), to: fc.boolean() }),
)
/** Each after a pause, in ticks. */
const story = fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), faults), { maxLength: 12 })

const run = (simulation: Simulation, ticks: number) => {
  for (let tick = 0; tick < ticks; tick++) simulation.tick()
}
const verdictsOf = ({ drills }: Simulation) => drills.map(({ run: { end } }) => end && `${end.verdict} ${end.reason}`)

describe('drills that nothing disturbs', () => {
  it('run once for each slot, pass, and leave no fault', () => {
    const simulation = new Simulation('*/10 * * * *', BEGIN - 1000)
    run(simulation, (35 * MINUTE) / TICK)
    expect(simulation.problems).to.deep.equal([])
    expect(verdictsOf(simulation)).to.deep.equal(Array(4).fill('Passed DrillPassed'))
    expect(simulation.edges.some(({ fault }) => fault)).to.equal(false)
  })
})

describe('drills, whatever happens', () => {
  it('never leave a fault behind that nobody wants, have one result each, and no slot is run twice', function () {
    this.timeout(120_000)
    fc.assert(
      fc.property(story, fc.constantFrom('Synthetic' as const, 'Share' as const, 'Full' as const), (events, mode) => {
        const simulation = new Simulation('*/5 * * * *', BEGIN, mode)
        for (const [pause, fault] of events) {
          run(simulation, pause)
          simulation.apply(fault)
        }
        run(simulation, (8 * MINUTE) / TICK)
        expect(simulation.problems).to.deep.equal([])
        const unfinished = simulation.drills.filter((drill) => !isFinished(drill.run))
        const lasts = unfinished.map((drill) => simulation.now - drill.run.at.Pending!)
        expect(Math.max(0, ...lasts), 'a drill ends by itself').to.be.below(5 * MINUTE)
      }),
      { numRuns: 80 },
    )
  })

  for (const at of ['after the write', 'after one order'] as const) {
    it(`are interrupted, and never resumed, when the operator dies ${at}, in every state`, () => {
      const seen = new Set<string>()
      for (let wait = 0; wait < 60 * 4; wait++) {
        const simulation = new Simulation('*/10 * * * *', BEGIN - 1000)
        simulation.killSwitch = 'Off'
        while (simulation.drills.length === 0) simulation.tick()
        run(simulation, wait)
        if (isFinished(simulation.drills[0]!.run)) break
        simulation.apply({ do: 'kill', at })
        while (simulation.killAt !== undefined && !isFinished(simulation.drills[0]!.run)) simulation.tick()
        const { state, end } = simulation.drills[0]!.run
        seen.add(state)
        run(simulation, LEASE / TICK)
        expect(
          simulation.edges.some(({ fault }) => fault),
          `a fault 3 s after the death in ${state}`,
        ).to.equal(false)
        run(simulation, 20_000 / TICK)
        expect(simulation.problems).to.deep.equal([])
        if (end === undefined) expect(verdictsOf(simulation)[0]).to.equal('Interrupted ControlPlaneLost')
      }
      expect([...seen]).to.include.members(['Baseline', 'Injected', 'Detected', 'Holding', 'Restoring'])
    })
  }

  const endings: [string, Fault, RegExp][] = [
    ['a person aborts it', { do: 'abort' }, /^Aborted AbortedByPerson$/],
    ['the kill switch is set', { do: 'switch', to: 'On' }, /^Aborted KillSwitch$/],
    ['the ConfigMap of the kill switch is deleted', { do: 'switch', to: 'Missing' }, /^Aborted KillSwitch$/],
    ['the spec is edited', { do: 'edit' }, /^Interrupted SpecChanged$/],
    ['a rollout begins', { do: 'rollout' }, /^Interrupted RolloutBegan$/],
    ['a zone is lost', { do: 'zone' }, /^Interrupted ZoneLost$/],
    ['the real primary dies', { do: 'primary', isUp: false }, /^Interrupted RealIncident$/],
    ['the backup dies', { do: 'backup', isUp: false }, /^Failed BackupFailed$/],
  ]
  for (const [what, fault, expected] of endings) {
    it(`end at once, with every fault undone, when ${what} while calls are held on the backup`, () => {
      const simulation = new Simulation('*/10 * * * *', BEGIN - 1000)
      while (simulation.drills[0]?.run.state !== 'Holding') simulation.tick()
      simulation.calls = simulation.calls.filter(({ during }) => during !== 'Holding')
      simulation.apply(fault)
      run(simulation, 3)
      expect(verdictsOf(simulation)[0]).to.match(expected)
      run(simulation, LEASE / TICK)
      expect(simulation.edges.some((edge) => edge.fault)).to.equal(false)
      expect(simulation.problems).to.deep.equal([])
    })
  }

  it('inject nothing when the backup is dead before', () => {
    const simulation = new Simulation('*/10 * * * *', BEGIN - 1000)
    simulation.apply({ do: 'backup', isUp: false })
    while (simulation.drills.length === 0 || !isFinished(simulation.drills[0]!.run)) {
      simulation.tick()
      expect(simulation.edges.some(({ fault }) => fault)).to.equal(false)
    }
    expect(verdictsOf(simulation)[0]).to.equal('Skipped ChecksFailed')
  })
})

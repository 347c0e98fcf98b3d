import { expect } from 'chai'
import { leaseOf } from '../../../../src/operator/judge/drill-lease.ts'
import { planFailoverDrill } from '../../../../src/operator/plan/failover-drill.ts'
import type { FailoverDrillFacts } from '../../../../src/operator/world/drills.ts'
import type { FailoverDrillWorld } from '../../../../src/operator/world/failover-drill.ts'
import type { LineFacts } from '../../../../src/rules/drill/lease-line.ts'
import { NOON } from '../../../harness/builders.ts'
import {
  aDrill,
  aDrillWorld,
  anIntegration,
  anIntegrationSpec,
  bothTrunksAnswer,
  someSurroundings,
  TRUNKS,
} from '../../../harness/integration-worlds.ts'
import { statusAfterCycle } from '../../../harness/drill-cycle.ts'
import { brokenLaws } from '../../../harness/status-laws.ts'

const SECOND = 1_000
const HELD: LineFacts = { holders: [{ namespace: 'lilas', name: 'first' }], waiting: [], turns: new Map() }
const FREE: LineFacts = { ...HELD, holders: [] }
const BLACKOUT = { name: 'evening', days: [], from: '18:00', until: '23:00' }
const schedule = (changes: object = {}) => ({
  ...{ schedule: '0 12 * * *', timeZone: 'Etc/UTC', mode: 'Synthetic', ...changes },
})
const integration = (drill?: object) =>
  anIntegration(
    anIntegrationSpec({ sip: { trunks: TRUNKS, testCall: { to: '4000' } }, ...(drill && { drill }) } as never),
  )
const UNKNOWN = { ...bothTrunksAnswer, witnesses: undefined }

/** A drill that passed its checks; `waited`: it was looked at before, and had to wait. */
function cycle(o: {
  line?: LineFacts
  drill?: Partial<FailoverDrillFacts>
  waited?: boolean
  world?: Partial<FailoverDrillWorld>
}) {
  const base = aDrillWorld({
    ...{ integration: integration(), surroundings: someSurroundings({ sip: bothTrunksAnswer }), line: o.line ?? HELD },
    ...o.world,
  })
  const fresh = aDrill({ mode: 'Synthetic', ...o.drill })
  const waits = {
    ...base,
    integration: integration(),
    now: NOON,
    line: HELD,
    surroundings: someSurroundings({ sip: bothTrunksAnswer }),
  }
  const calm: FailoverDrillFacts = { ...fresh, desiredState: 'Run' }
  const status = o.waited ? statusAfterCycle(waits, calm) : undefined
  const drill = { ...fresh, status }
  const world = { ...base, drill }
  const after = statusAfterCycle(world, drill)!
  expect(brokenLaws({ metadata: { generation: 1 }, status: after })).to.deep.equal([])
  return { after, lease: leaseOf(world, drill), recheck: planFailoverDrill(world).recheckAfterSeconds }
}
const wordsOf = ({ after }: ReturnType<typeof cycle>) =>
  `${after.verdict ?? after.state} ${after.conditions![0]!.status} ${after.conditions![0]!.reason}`

const SLOT: Partial<FailoverDrillFacts> = { slot: NOON, ownerUid: 'uid-cabinet' }

describe('a drill without a lease of the edges', () => {
  it('waits, says for which drill, and begins when the lease is free', () => {
    const waiting = cycle({})
    expect(wordsOf(waiting)).to.equal('Pending Unknown WaitingForLease')
    expect(waiting.after.conditions![0]!.message).to.match(
      /: the drill first has it[.] .* set desiredState: Abort there[.]$/,
    )
    expect(wordsOf(cycle({ line: FREE, waited: true }))).to.equal('Baseline Unknown DrillRuns')
  })

  it('shows no name of another namespace', () => {
    const full = Array.from({ length: 8 }, (_, nth) => ({ namespace: `ns-${nth}`, name: `secret-${nth}` }))
    const { after } = cycle({ line: { ...FREE, holders: full } })
    expect(after.conditions![0]!.message).to.match(/: all 8 are in use, and namespaces get one in turn[.]/)
    expect(JSON.stringify(after)).not.to.match(/secret|ns-/)
  })

  it('is looked at less often behind older drills of its namespace, whose end wakes the next one', () => {
    const older = { namespace: 'lilas', name: 'older', uid: 'older', createdAt: NOON - 5 * SECOND }
    expect(cycle({ line: { ...HELD, waiting: [older] } }).recheck).to.equal(15)
    expect(cycle({}).recheck).to.equal(2)
  })

  it('waits for no lease that it does not need: that of a web service, and one by checks alone', () => {
    expect(cycle({ drill: { side: 'HTTP' } }).lease.kind).to.equal('Granted')
    expect(cycle({ drill: { mode: 'DryRun' } }).lease.kind).to.equal('Granted')
    expect(wordsOf(cycle({ drill: { mode: 'DryRun' } }))).to.equal('Passed True ChecksPassed')
  })

  it('is still Skipped when a check fails, aborted by a person, or stopped with all drills', () => {
    expect(wordsOf(cycle({ waited: true, world: { integration: undefined } }))).to.equal('Skipped False ChecksFailed')
    expect(wordsOf(cycle({ waited: true, drill: { desiredState: 'Abort' } }))).to.equal('Skipped False AbortedByPerson')
    const surroundings = someSurroundings({ sip: bothTrunksAnswer, killSwitch: 'On' })
    expect(wordsOf(cycle({ waited: true, world: { surroundings } }))).to.equal('Skipped False KillSwitch')
  })

  it('goes on waiting while a check is unknown before its turn, and after a change of the leader', () => {
    const surroundings = someSurroundings({ sip: UNKNOWN })
    const late = { surroundings, now: NOON + 60 * SECOND }
    expect(wordsOf(cycle({ waited: true, world: late }))).to.equal('Pending Unknown ChecksPending')
    const next = { ...late, ledSince: 1_000_000 - 5 * SECOND }
    expect(wordsOf(cycle({ waited: true, line: FREE, world: next }))).to.equal('Pending Unknown ChecksPending')
    expect(wordsOf(cycle({ waited: true, line: FREE, world: late }))).to.equal('Skipped False ChecksFailed')
  })
})

describe('the drill of a slot that waits for a lease', () => {
  const at = (seconds: number, drill: object, line: LineFacts) =>
    cycle({ drill: SLOT, waited: true, line, world: { integration: integration(drill), now: NOON + seconds * SECOND } })

  it('is Skipped when startingDeadlineSeconds have passed since its latest start, even if the lease is free then', () => {
    const declared = schedule({ startingDeadlineSeconds: 300, jitterSeconds: 60 })
    expect(wordsOf(at(360, declared, HELD))).to.equal('Pending Unknown WaitingForLease')
    expect(wordsOf(at(360, declared, FREE))).to.equal('Baseline Unknown DrillRuns')
    for (const line of [HELD, FREE]) {
      const late = at(361, declared, line)
      expect(wordsOf(late)).to.equal('Skipped False NoLeaseInTime')
      expect(late.after.because).to.match(/startingDeadlineSeconds \(300\) had passed: choose another time/)
    }
  })

  it('is Skipped when a blackout begins', () => {
    const declared = schedule({ startingDeadlineSeconds: 86_400, blackouts: [BLACKOUT] })
    expect(wordsOf(at(5 * 3_600, declared, FREE))).to.equal('Baseline Unknown DrillRuns')
    const late = at(7 * 3_600, declared, FREE)
    expect(wordsOf(late)).to.equal('Skipped False NoLeaseInTime')
    expect(late.after.because).to.match(/the blackout evening began/)
  })

  it('has no such deadline where a person made it', () => {
    const world = { integration: integration(schedule()), now: NOON + 86_000 * SECOND }
    expect(wordsOf(cycle({ waited: true, world }))).to.equal('Pending Unknown WaitingForLease')
    expect(wordsOf(cycle({ waited: true, line: FREE, world }))).to.equal('Baseline Unknown DrillRuns')
  })
})

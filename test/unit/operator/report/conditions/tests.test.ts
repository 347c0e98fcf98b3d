import { expect } from 'chai'
import { reportCallbot } from '../../../../../src/operator/report/callbot.ts'
import { eventOfChange } from '../../../../../src/operator/report/events.ts'
import { configurationName } from '../../../../../src/operator/judge/configuration.ts'
import { summariseCalls, type PodState } from '../../../../../src/rules/call-statistics.ts'
import { aPod, aPodState, aWorld, type WorldBuilder } from '../../../../harness/builders.ts'

const ZONES = ['zone-a', 'zone-b', 'zone-c']
const failedTest = { test: 'usual-way', turn: 3, because: 'the bot does not say "soir"' }
const serving = aWorld()
  .carriedOut()
  .withPods(...ZONES.map((zone) => aPod(zone)))
  .carriedOut()
const withDialog = (builder: WorldBuilder, digest: string) => {
  const bot = builder.world.bot!
  return builder.withBot({ ...bot, generation: bot.generation + 1, configuration: { ...bot.configuration, digest } })
}
const nameIn = ({ world }: WorldBuilder) => configurationName(world.bot!, world.policy)
const told = (...pods: Partial<PodState>[]) => summariseCalls(pods.map(aPodState), [])
const statusOf = ({ world }: WorldBuilder) =>
  reportCallbot(world, world.bot!, { routeEpoch: world.route!.epoch, failures: [] })
const conditionOf = (world: WorldBuilder, type: string) =>
  statusOf(world).conditions!.find((condition) => condition.type === type)

/** A new dialog is out: one pod of it was made and is not ready, three of the version before are. */
const rolling = withDialog(serving, 'digest-2').carriedOut()
const newest = nameIn(rolling)
const stuck = rolling.withPods(
  ...ZONES.map((zone) => aPod(zone)),
  aPod('zone-a', { name: 'accueil-new', ready: false, configuration: newest }),
)
const failing = stuck.with({ calls: told({}, { failedTest, configuration: newest }) })

describe('TestsPassed', () => {
  it('is True once a pod of the newest version is ready', () => {
    expect(conditionOf(serving, 'TestsPassed')).to.include({ status: 'True', reason: 'AsSpecified' })
  })

  it('is not known while no pod of the newest version has played them: what an older one found is no news', () => {
    expect(conditionOf(rolling, 'TestsPassed')).to.equal(undefined)
    const before = stuck.with({ calls: told({ failedTest, configuration: nameIn(serving) }) })
    expect(conditionOf(before, 'TestsPassed')).to.equal(undefined)
  })

  it('is False when one of its pods fails, with test, turn, what was missing, and who takes calls meanwhile', () => {
    const { status, reason, message } = conditionOf(failing, 'TestsPassed')!
    expect([status, reason]).to.deep.equal(['False', 'TestsFailed'])
    expect(message).to.equal(
      'test usual-way fails at turn 3: the bot does not say "soir". The pods of the version before take the calls. ' +
        'Correct the conversation flow or the test; callbot test prints the complete conversation.',
    )
  })

  it('says of a bot without a version before that no pod takes calls', () => {
    const alone = failing.withPods(aPod('zone-a', { ready: false, configuration: newest }))
    expect(conditionOf(alone, 'TestsPassed')!.message).to.include('. No pod takes calls. ')
  })

  it('says so of a failure at the end', () => {
    const calls = told({ failedTest: { ...failedTest, turn: null }, configuration: newest })
    expect(conditionOf(stuck.with({ calls }), 'TestsPassed')!.message).to.match(/^test usual-way fails at its end: /)
  })

  it('is False of a ready pod too that got a failing dialog from a ConfigMap and keeps the one before', () => {
    const calls = told({ failedTest, configuration: nameIn(serving) }, {})
    expect(conditionOf(serving.with({ calls }), 'TestsPassed')).to.include({ status: 'False', reason: 'TestsFailed' })
  })

  it('makes the bot not Ready and stalls it until a person changes something', () => {
    for (const type of ['Ready', 'Stalled']) expect(conditionOf(failing, type)!.reason).to.equal('TestsFailed')
  })

  it('holds what was found of the same generation while an operator that has just started does not know', () => {
    const later = failing.carriedOut().with({ calls: undefined })
    expect(conditionOf(later, 'TestsPassed')).to.include({ status: 'False', reason: 'TestsFailed' })
    expect(conditionOf(withDialog(later, 'digest-3').carriedOut(), 'TestsPassed'), 'a newer one').to.equal(undefined)
  })

  it('is reported by one event', () => {
    const told = failing.carriedOut()
    expect(eventOfChange(stuck.carriedOut().world.bot!, statusOf(failing))).to.include({
      type: 'Warning',
      reason: 'TestsFailed',
    })
    expect(eventOfChange(told.world.bot!, statusOf(told))).to.equal(undefined)
  })
})

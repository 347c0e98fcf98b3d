import { expect } from 'chai'
import { summariseCalls, type CallsFacts, type PodState } from '../../../../../src/rules/call-statistics.ts'
import { reportCallbot } from '../../../../../src/operator/report/callbot.ts'
import type { Outcome } from '../../../../../src/operator/steps/callbot.ts'
import {
  aBot,
  aPod,
  aPodState,
  aPolicy,
  aSpec,
  aWorld,
  NOON,
  SECOND,
  type WorldBuilder,
} from '../../../../harness/builders.ts'

const serving = aWorld()
  .carriedOut()
  .withPods(...['zone-a', 'zone-b', 'zone-c'].map((zone) => aPod(zone)))
  .carriedOut()
const keeping = serving.with({ policy: aPolicy([], 'Kept') })
const told = (...pods: Partial<PodState>[]): CallsFacts => summariseCalls(pods.map(aPodState), [])
const statusOf = ({ world }: WorldBuilder, outcome: Partial<Outcome> = {}) =>
  reportCallbot(world, world.bot!, { routeEpoch: world.route!.epoch, failures: [], ...outcome })
const conditionOf = (world: WorldBuilder, type: string, outcome: Partial<Outcome> = {}) =>
  statusOf(world, outcome).conditions!.find((condition) => condition.type === type)

describe('the status of calls', () => {
  it('shows live calls, the newest, and how they were answered', () => {
    const calls = told(
      { calls: 2, answered: 9, failed: 1, lastCallAt: NOON + 1500, answerMillisecondsP95: 18 },
      { calls: 1 },
    )
    expect(statusOf(keeping.with({ calls }))).to.deep.include({
      calls: 3,
      lastCallAt: '2026-11-24T12:00:01Z',
      answers: { answered: 9, failed: 1, p95Milliseconds: 18 },
    })
  })

  it('says nothing of calls until a pod has reported, and then what was seen before stays', () => {
    expect(statusOf(serving)).not.to.have.any.keys('calls', 'lastCallAt', 'answers')
    const before = keeping.with({ calls: told({ calls: 2, answered: 9, lastCallAt: NOON }) }).carriedOut()
    expect(statusOf(before.with({ calls: undefined }))).to.deep.include({
      calls: 2,
      lastCallAt: '2026-11-24T12:00:00Z',
      answers: { answered: 9, failed: 0 },
    })
  })

  it('does not forget when the newest call was because pods restarted', () => {
    const before = keeping.with({ calls: told({ lastCallAt: NOON }) }).carriedOut()
    expect(statusOf(before.with({ calls: told({}) })).lastCallAt).to.equal('2026-11-24T12:00:00Z')
  })
})

describe('the time of the newest call', () => {
  it('is in no status when the policy keeps no CallMetadata, and leaves it when the policy becomes so', () => {
    const calls = told({ calls: 1, answered: 9, lastCallAt: NOON })
    expect(statusOf(serving.with({ calls }))).not.to.have.property('lastCallAt')
    const kept = keeping.with({ calls }).carriedOut()
    expect(statusOf(kept)).to.have.property('lastCallAt')
    const tighter = kept.with({ policy: aPolicy([]) })
    expect(statusOf(tighter)).not.to.have.property('lastCallAt')
    expect(statusOf(tighter.with({ calls: undefined }))).not.to.have.property('lastCallAt')
  })
})

describe('SpeechReady', () => {
  it('is absent until a pod has needed a server', () => {
    expect(conditionOf(serving, 'SpeechReady')).to.equal(undefined)
    expect(conditionOf(serving.with({ calls: told({}) }), 'SpeechReady')).to.equal(undefined)
  })

  it('is False when a pod reaches no server, says which and why, and makes the bot not Ready', () => {
    const calls = told({ asr: { state: 'Failing', because: '503 overloaded' } }, {})
    const { status, reason, message } = conditionOf(serving.with({ calls }), 'SpeechReady')!
    expect([status, reason]).to.deep.equal(['False', 'SpeechUnreachable'])
    expect(message).to.include('1 of 2 pods reach no server for speech recognition: 503 overloaded')
    expect(conditionOf(serving.with({ calls }), 'Ready')).to.include({ status: 'False', reason: 'SpeechUnreachable' })
  })

  it('holds what was found before while an operator that has just started does not know', () => {
    const failing = serving.with({ calls: told({ tts: { state: 'Failing', because: 'away' } }) }).carriedOut()
    const after = failing.with({ calls: undefined })
    expect(conditionOf(after, 'SpeechReady')).to.deep.equal(conditionOf(failing, 'SpeechReady'))
  })
})

describe('CallsAnswered', () => {
  it('is False while calls fail, and names the logs to look at', () => {
    const calls = { ...told({}), failing: true }
    const condition = conditionOf(serving.with({ calls }), 'CallsAnswered')!
    expect(condition).to.include({ status: 'False', reason: 'CallsFailing' })
    expect(condition.message).to.include('callbots.dev/callbot=accueil')
  })
})

describe('PlacesFree', () => {
  const full = { calls: 20, places: 20 }
  const atMost = serving.withSpec({ capacity: { ...aSpec().capacity, maxReplicas: 3 } }).carriedOut()

  it('is absent until a pod has reported its places, and True while one is free', () => {
    expect(conditionOf(atMost.with({ calls: told({}) }), 'PlacesFree')).to.equal(undefined)
    const some = told(full, { calls: 19, places: 20 })
    expect(conditionOf(atMost.with({ calls: some }), 'PlacesFree')).to.include({ status: 'True' })
  })

  it('is False when all are taken and there may be no more pods, and names the field to raise', () => {
    const condition = conditionOf(atMost.with({ calls: told(full, full, full) }), 'PlacesFree')!
    expect(condition).to.include({ status: 'False', reason: 'NoFreePlace' })
    expect(condition.message).to.match(/^all 60 places of 3 pods are taken, .* Raise spec\.capacity\.maxReplicas\.$/)
  })

  it('is True when more pods may come: they are on their way', () => {
    expect(conditionOf(serving.with({ calls: told(full, full, full) }), 'PlacesFree')).to.include({ status: 'True' })
  })

  it('does not change with each call that ends: a twentieth has to be free again', () => {
    const taken = atMost.with({ calls: told(full, full, full) }).carriedOut()
    const after = (calls: number) =>
      conditionOf(taken.with({ calls: told(full, full, { calls, places: 20 }) }), 'PlacesFree')!.status
    expect([20, 19, 18, 17, 16].map(after)).to.deep.equal(['False', 'False', 'False', 'True', 'True'])
  })

  it('counts no place of a pod that leaves', () => {
    const calls = told(full, full, full, { calls: 1, places: 20, draining: true })
    expect(conditionOf(atMost.with({ calls }), 'PlacesFree')).to.include({ status: 'False' })
  })
})

describe('DialogValid', () => {
  it('is True when pods have the dialog of the spec', () => {
    expect(conditionOf(serving, 'DialogValid')).to.include({ status: 'True' })
  })

  it('is False with the field and the cure when the operator found a broken rule, and stalls the bot', () => {
    const flowProblem = { path: 'spec.dialog.inline.steps[2].ask', message: 'add a way out' }
    const status = statusOf(serving, { flowProblem })
    const of = (type: string) => status.conditions!.find((condition) => condition.type === type)
    expect(of('DialogValid')).to.include({ status: 'False', reason: 'DialogInvalid' })
    expect(of('DialogValid')!.message).to.equal('spec.dialog.inline.steps[2].ask: add a way out.')
    expect(of('Stalled')).to.include({ status: 'True', reason: 'DialogInvalid' })
  })

  it('is False with the ConfigMap and the field when pods found it in a file of the user', () => {
    const bot = aBot({ status: serving.world.bot!.status })
    const flowRef = { name: 'flow', key: 'dialog.yaml' }
    const own = serving.with({ bot: { ...bot, configuration: { ...bot.configuration, flowRef } } })
    const calls = told({ flowProblem: { path: 'steps[0]', message: 'add next' } })
    expect(conditionOf(own.with({ calls }), 'DialogValid')!.message).to.equal(
      'dialog.yaml of ConfigMap flow, steps[0]: add next.',
    )
    expect(conditionOf(serving.with({ calls }), 'DialogValid'), 'no file, no fault').to.include({ status: 'True' })
  })

  it("guesses that the user's ConfigMap is missing when a pod waits although all of ours is there", () => {
    const waiting = aPod('zone-a', { ready: false, waitingForVolumesSince: NOON })
    const flowRef = { name: 'flow', key: 'dialog.yaml' }
    const bot = serving.world.bot!
    const own = serving.with({ bot: { ...bot, configuration: { ...bot.configuration, flowRef } } }).withPods(waiting)
    const at = (seconds: number) => conditionOf(own.with({ now: NOON + seconds * SECOND }), 'DialogValid')!
    expect(at(40).status).to.equal('True')
    expect(at(41)).to.include({ status: 'False', reason: 'DialogNotFound' })
    expect(at(41).message).to.include('ConfigMap flow with key dialog.yaml')
  })

  it('is under way while the newest dialog has not been written', () => {
    const bot = serving.world.bot!
    const newer = serving.with({
      bot: { ...bot, generation: 2, configuration: { ...bot.configuration, digest: 'digest-2' } },
    })
    expect(conditionOf(newer, 'DialogValid')).to.include({ status: 'False', reason: 'Progressing' })
  })
})

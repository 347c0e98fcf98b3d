import { expect } from 'chai'
import fc from 'fast-check'
import { planIntegration } from '../../../../src/operator/plan/integration.ts'
import type { IntegrationWorld } from '../../../../src/operator/world/integration.ts'
import { DAY, NOON } from '../../../harness/builders.ts'
import {
  anIntegration,
  anIntegrationSpec,
  anIntegrationWorld,
  integrationCycle,
} from '../../../harness/integration-worlds.ts'

/** The one step of the plan; undefined: there is nothing to do. */
const stepOf = (world: IntegrationWorld) => {
  const { steps } = planIntegration(world)
  expect(steps.length).to.be.below(2)
  return steps[0]
}

const published = integrationCycle(anIntegrationWorld()).world

describe('the plan for an Integration', () => {
  it('publishes the trunks of one that is new', () => {
    expect(stepOf(anIntegrationWorld())).to.deep.include({ do: 'publishTrunks', epoch: NOON })
  })

  it('publishes nothing that is more than the share of its namespace, and looks again as soon as so many may', () => {
    const beyond = { resource: 'trunks', used: 3, limit: 4, of: 'Namespace', againSeconds: 30 } as const
    for (const world of [anIntegrationWorld({ beyond }), { ...published, beyond }]) {
      expect(stepOf(world)).to.equal(undefined)
      expect(planIntegration(world)).to.deep.include({
        waitingFor: ['its share of trunks'],
        recheckAfterSeconds: 30,
      })
    }
  })

  it('is empty once it was carried out', () => {
    expect(stepOf(published)).to.equal(undefined)
  })

  it('publishes again what has changed, and what somebody changed by hand, with a newer epoch whatever the clock says', () => {
    const backwards = { ...published, now: NOON - DAY }
    const moved = anIntegration(
      anIntegrationSpec({ sip: { trunks: [{ name: 'x', role: 'Primary', address: { host: 'y' } }] } }),
    )
    const changes = [
      { integration: { ...moved, status: published.integration!.status } },
      { integration: { ...published.integration!, failbackTo: 'paris' } },
      { published: { ...published.published!, applied: 'changed by hand' } },
    ]
    for (const change of changes) {
      const step = stepOf({ ...backwards, ...change })
      expect(step).to.deep.include({ do: 'publishTrunks', epoch: NOON + 1 })
    }
  })

  it('publishes the address that edges call for a host with its time, once, and again without it when they call another', () => {
    const called = [{ trunk: 'paris', address: '192.0.2.7' }]
    const { step, world } = integrationCycle({ ...published, called, now: NOON + 9 })
    expect(step?.do).to.equal('publishTrunks')
    expect(world.published?.held).to.deep.equal({ 'paris.pbx.example': { '192.0.2.7': NOON + 9 } })
    expect(stepOf({ ...world, now: NOON + DAY })).to.equal(undefined)
    expect(stepOf({ ...world, called: undefined }), 'not all edges were asked').to.equal(undefined)
    const moved = integrationCycle({ ...world, called: [{ trunk: 'paris', address: '192.0.2.8' }], now: NOON + DAY })
    expect(moved.world.published?.held).to.deep.equal({ 'paris.pbx.example': { '192.0.2.8': NOON + DAY } })
  })

  it('is newer than what its status remembers, when somebody deleted the trunks', () => {
    const step = stepOf({ ...published, published: undefined, now: NOON - DAY })
    expect(step).to.deep.include({ epoch: NOON + 1 })
  })

  it('publishes again what an earlier Integration of the same name left', () => {
    const integration = { ...anIntegration(), uid: 'uid-of-a-successor' }
    expect(stepOf({ ...published, integration })).to.deep.include({ do: 'publishTrunks', epoch: NOON + 1 })
  })

  it('withdraws the trunks of one that is gone, or has no telephone system any more', () => {
    const http = { endpoints: [{ name: 'nord', role: 'Primary', url: 'https://nord.example' }] }
    for (const integration of [undefined, anIntegration(anIntegrationSpec({ http }))]) {
      expect(stepOf({ ...published, integration })).to.deep.include({
        do: 'withdrawTrunks',
        uid: 'uid-of-the-trunks',
      })
      expect(stepOf({ ...published, integration, published: undefined })).to.equal(undefined)
    }
  })

  it('never publishes an epoch that is not above all that was seen', () => {
    const epochs = fc.option(fc.integer({ min: 0, max: 2 * NOON }), { nil: undefined })
    fc.assert(
      fc.property(epochs, epochs, fc.integer({ min: 0, max: 2 * NOON }), (held, remembered, now) => {
        const status = { ...published.integration!.status!, trunksEpoch: remembered }
        const step = stepOf({
          ...published,
          now,
          integration: { ...published.integration!, status },
          published: held === undefined ? undefined : { ...published.published!, epoch: held, applied: 'changed' },
        })
        expect(step?.do === 'publishTrunks' && step.epoch).to.be.above(Math.max(held ?? -1, remembered ?? -1))
      }),
    )
  })
})

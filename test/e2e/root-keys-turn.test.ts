// @tier proof  @stage data  @programs records store-server operator  @seconds 130
// @guard test/integration/store/root-keys-turn.test.ts
import { expect } from 'chai'
import { useDataStage } from '../harness/data-stage.ts'
import { eventually } from '../harness/eventually.ts'
import * as zones from '../harness/three-zones.ts'

describe('call records of a client', function () {
  this.timeout(600_000)
  const stage = useDataStage()

  before(async () => {
    await stage().turnRootKeys()
    const caller = await stage().callers.dial(stage().numbers.brief)
    await caller.outcome
  })

  it('are under root keys that turn: of two Secrets the new one is left, the same pods seal by it, and nothing was refused', async () => {
    const { namespace } = stage()
    await eventually(async () => {
      await stage().hurryRecords()
      expect((await stage().rootKeys()).map(({ metadata }) => metadata.name)).to.deep.equal(['callbot-records-keys-b'])
    }, 120)
    const pods = (await zones.podsIn(namespace)).filter(({ metadata }) => metadata.name.startsWith('callbot-records-'))
    expect(pods.map(({ status }) => status.containerStatuses?.[0]?.restartCount)).to.deep.equal([0, 0])
    // The new one has a row as soon as a bucket is under it.
    expect((await stage().ask('SELECT generation FROM callbot.generations')).length).to.be.at.most(1)
    await eventually(async () => expect(await stage().condition('brief')).to.include({ status: 'True' }), 30)
  })
})

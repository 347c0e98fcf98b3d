// @seconds 19
import { expect } from 'chai'
import { aWebService, openStage } from '../../harness/operations.ts'
import { eventually } from '../../harness/eventually.ts'
import { startWebService, type WebService } from '../../harness/web-service.ts'
import { patient } from '../../harness/patience.ts'

const never = new AbortController().signal
const operation = { method: 'POST', path: '/ask', timeoutMilliseconds: 1_000 } as const
const operations = [
  { ...operation, name: 'once', idempotency: 'NotIdempotent' },
  { ...operation, name: 'again', idempotency: 'Idempotent' },
] as const
const probe = { path: '/health', intervalSeconds: 1, timeoutMilliseconds: 500, downAfter: 2, upAfter: 2 }
const rarely = { ...probe, intervalSeconds: 300 }

describe('the route to a web service', function () {
  this.timeout(20_000)
  let primary: WebService
  let backup: WebService
  let stage: ReturnType<typeof openStage>

  beforeEach(async () => {
    primary = await startWebService()
    backup = await startWebService()
  })
  afterEach(async () => {
    await stage.close()
    await primary.close()
    await backup.close()
  })

  const open = (http: Parameters<typeof aWebService>[0]) =>
    (stage = openStage([primary, backup], { http: { operations: [...operations], ...http } }))
  const call = async (name: 'once' | 'again') => {
    const asked = { integration: 'cabinet', operation: name, input: {} }
    const { outcome } = await stage.operations.call(asked, never)
    return `${stage.tries.at(-1)}: ${outcome}`
  }
  const states = () => stage.operations.view().map(({ endpoint, state }) => `${endpoint} ${state}`)
  const until = (...expected: string[]) => eventually(() => expect(states()).to.deep.equal(expected), 10)

  it('leaves the primary when probes find it dead, though nobody calls, and comes back to it when they find it alive', async () => {
    open({ probe })
    expect(states()).to.deep.equal(['paris Unknown', 'lyon Unknown'])
    await until('paris Up', 'lyon Up')
    const before = stage.operations.view()[0]!.since
    await primary.fall('hangs')
    await until('paris Down', 'lyon Up')
    expect(stage.operations.view()[0]!.since > before).to.equal(true)
    expect(await call('once')).to.equal('lyon answered: Done')
    await primary.fall('answers')
    await until('paris Up', 'lyon Up')
    expect(await call('once')).to.equal('paris answered: Done')
    expect(stage.lines.map((line) => JSON.parse(line))).to.deep.include({
      integration: 'cabinet',
      endpoint: 'paris',
      state: 'Down',
      because: 'it did not answer in time',
      message: 'an endpoint of a web service is down',
    })
  })

  it('leads to endpoints in the regions of the bot only: one elsewhere, or without a region, is neither asked nor probed', async () => {
    for (const elsewhere of ['us-east-1', undefined]) {
      stage = openStage([primary, backup], {
        ...{ http: { operations: [...operations], probe }, inRegions: [elsewhere, 'eu-west-3'] },
        regions: ['eu-west-3'],
      })
      await until('lyon Up')
      expect(await call('again')).to.equal('lyon answered: Done')
      await backup.fall('refuses')
      expect(await call('again')).to.equal('lyon unreachable: Failed')
      await backup.fall('answers')
      await stage.close()
    }
    expect([primary.received, primary.probes]).to.deep.equal([[], 0])
    open({ probe })
    await until('paris Up', 'lyon Up')
  })

  it('is probed at once when a call has failed, and not once more for each call that fails', async () => {
    open({ probe: rarely })
    await until('paris Up', 'lyon Up')
    await primary.fall('fails')
    const from = performance.now()
    await Promise.all([1, 2, 3, 4].map(() => call('again')))
    await until('paris Down', 'lyon Up')
    expect(performance.now() - from).to.be.below(patient(5_000))
    expect(primary.probes).to.be.within(3, 4)
  })

  it('asks one that probes call down when nobody else answers', async () => {
    open({ probe })
    await Promise.all([primary.fall('refuses'), backup.fall('refuses')])
    await until('paris Down', 'lyon Down')
    primary.answer = () => ({ status: 200 })
    await primary.fall('answers')
    expect(await call('once')).to.equal('paris answered: Done')
  })

  it('leaves an endpoint alone that fails calls while it answers probes, and tries it again after a while', async () => {
    open({ probe, circuitBreaker: { openAfterPercent: 50, windowCalls: 4, openSeconds: 1, trialCalls: 2 } })
    await until('paris Up', 'lyon Up')
    primary.answer = () => ({ status: 500 })
    for (let times = 0; times < 2; times++) expect(await call('again')).to.equal('lyon answered: Done')
    expect(states()[0]).to.equal('paris Down')
    expect(await call('once')).to.equal('lyon answered: Done')
    expect(primary.received).to.have.length(2)
    primary.answer = () => ({ status: 200 })
    await until('paris Up', 'lyon Up')
    expect(await call('once')).to.equal('paris answered: Done')
  })

  it('lets no caller whose operation must not be repeated pay for the trial', async () => {
    open({ probe: rarely, circuitBreaker: { openAfterPercent: 50, windowCalls: 2, openSeconds: 1, trialCalls: 1 } })
    await until('paris Up', 'lyon Up')
    primary.answer = () => ({ status: 500 })
    await call('again')
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    expect(await call('once')).to.equal('lyon answered: Done')
    // When the time of the circuit is over, which a busy machine sees later.
    await eventually(async () => {
      expect(await call('again')).to.equal('lyon answered: Done')
      expect(stage.tries.slice(-2)).to.deep.equal(['paris unusable', 'lyon answered'])
    })
  })

  it('lets one caller try at a time, and nobody wait for the trial', async () => {
    open({ probe: rarely, circuitBreaker: { openAfterPercent: 50, windowCalls: 2, openSeconds: 1, trialCalls: 1 } })
    await until('paris Up', 'lyon Up')
    await primary.fall('fails')
    await call('again')
    await new Promise((resolve) => setTimeout(resolve, 1_050))
    await primary.fall('hangs')
    const from = performance.now()
    const took = await Promise.all([1, 2, 3].map(() => call('again').then(() => performance.now() - from)))
    expect(took.filter((ms) => ms < 700)).to.have.length(2)
    expect(stage.tries.filter((tried) => tried === 'paris timed-out')).to.have.length(1)
  })
})

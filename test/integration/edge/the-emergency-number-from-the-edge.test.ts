// @seconds 12
import { expect } from 'chai'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { eventually } from '../../harness/eventually.ts'
import { startSippTrunk, type SippTrunk } from '../../harness/sipp-trunk.ts'
import { aHelpedRoute, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'
import { patient } from '../../harness/patience.ts'

describe('a caller whom no pod can take, where there is an emergency number', function () {
  this.timeout(60_000)
  let stage: Stage
  const host = loopback(8, 41)
  let trunk: SippTrunk

  before(async () => {
    stage = await setStage(8, { values: [PATIENT] })
    await stage.rig.publish({ ...stage.seen(aHelpedRoute()), trunks: [aTrunkGroup([{ host }])] })
  })
  afterEach(() => trunk?.stop())
  after(() => stage?.stop())

  it('is put through to it, without a pod, an operator or an API server', async () => {
    trunk = await startSippTrunk({ address: host, acts: [180, 200] })
    const attempt = stage.caller.invite(NUMBER, { headers: ['X-Callbot-Reason: smuggled'] })
    const { status, atMs } = await attempt.final()
    expect(status).to.equal(200)
    expect(atMs).to.be.lessThan(patient(3_000))
    attempt.within('ACK')
    expect(trunk.invites()).to.deep.equal([`sip:+33199999999@${host}:5060;transport=udp`])
    expect(trunk.headers(), "a caller's words are not ours").to.not.include('X-Callbot-Reason')
    attempt.within('BYE')
    await eventually(() => expect(trunk.ended()).to.have.lengthOf(1))
  })

  it('waits for the only trunk longer than for one that has another behind it: busy is better than nobody', async () => {
    trunk = await startSippTrunk({ address: host, acts: [{ wait: 1_500 }, 200] })
    await stage.untilTrunk(host, 'Up')
    const attempt = stage.caller.invite(NUMBER)
    expect((await attempt.final()).status).to.equal(200)
    attempt.within('ACK')
    attempt.within('BYE')
    await eventually(() => expect(trunk.ended()).to.have.lengthOf(1))
  })

  it('hears it when the other side hangs up', async () => {
    trunk = await startSippTrunk({ address: host, acts: [200, { wait: 200 }, 'bye'] })
    const attempt = stage.caller.invite(NUMBER)
    expect((await attempt.final()).status).to.equal(200)
    attempt.within('ACK')
    await eventually(() => expect(attempt.requests.map((text) => text.split(' ')[0])).to.deep.equal(['BYE']))
  })

  it('is rejected with Retry-After when nobody takes the call there either', async () => {
    trunk = await startSippTrunk({ address: host, acts: [503] })
    const { status, text } = await stage.caller.invite(NUMBER).final()
    expect(status).to.equal(503)
    expect(text).to.match(/^Retry-After: 10\r?$/m)
  })

  it('hears no from the person called: nobody else is rung, and nobody twice', async () => {
    trunk = await startSippTrunk({ address: host, acts: [180, 486] })
    expect((await stage.caller.invite(NUMBER).final()).status).to.equal(486)
    expect(trunk.rung()).to.have.lengthOf(1)
  })

  it('is put through in the encryption that he offers, or not at all', async () => {
    trunk = await startSippTrunk({ address: host, acts: [200] })
    const groups = (srtp: 'Required' | 'Disabled', epoch: number) => [aTrunkGroup([{ host, srtp }], { epoch })]
    await stage.rig.publish({ ...stage.seen(aHelpedRoute(2)), trunks: groups('Disabled', 2) })
    expect((await stage.caller.invite(NUMBER).final()).status).to.equal(503)
    expect((await stage.caller.invite(NUMBER, { isPlain: true }).final()).status).to.equal(200)
    await stage.rig.publish({ ...stage.seen(aHelpedRoute(3)), trunks: groups('Required', 3) })
    expect((await stage.caller.invite(NUMBER, { isPlain: true }).final()).status).to.equal(503)
    expect((await stage.caller.invite(NUMBER).final()).status).to.equal(200)
  })
})

// @seconds 20
import { expect } from 'chai'
import { createAuthority, type Authority } from '../../harness/authority.ts'
import { EDGE_NAME } from '../../harness/edge-rig.ts'
import { eventually } from '../../harness/eventually.ts'
import { startTlsCaller } from '../../harness/plain-caller.ts'
import { loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 36

describe('the Secret with the authority of callers', function () {
  this.timeout(60_000)
  const [first, second] = [createAuthority('first'), createAuthority('second')]
  let stage: Stage
  /** What a caller with a certificate of that authority is answered; `refused` when TLS ends before that. */
  const answer = async (by: Authority) => {
    const own = { ...by.issue(['sbc.carrier.example']), ca: stage.rig.authority.cert, servername: EDGE_NAME }
    const caller = await startTlsCaller(stage.rig.address, { ...own, localAddress: loopback(NET, 9) } as never)
    try {
      return (await caller.invite(NUMBER).outcome(2))?.status ?? 'refused'
    } finally {
      caller.close()
    }
  }

  before(async () => {
    stage = await setStage(NET, { clientCa: first, values: [PATIENT] })
    await stage.rig.publish(stage.seen())
    await stage.pod(stage.near[0])
    await stage.untilServed(stage.near[0])
    expect(await answer(first)).to.equal(200)
    expect(await answer(second)).to.equal('refused')
  })
  after(() => stage?.stop())

  it('is read again while the edge runs: callers of the new one are accepted, and those of the old one no longer', async () => {
    await stage.rig.mount('callers', { 'ca.crt': first.cert + second.cert })
    await eventually(async () => expect(await answer(second)).to.equal(200))
    expect(await answer(first)).to.equal(200)
    await stage.rig.mount('callers', { 'ca.crt': second.cert })
    await eventually(async () => expect(await answer(first)).to.equal('refused'))
    expect(await answer(second)).to.equal(200)
  })

  it('takes no caller away when it is broken, neither at once nor when proxy and agent restart, and says why', async () => {
    for (const text of ['no certificate', '', second.cert.slice(0, 200)]) {
      await stage.rig.mount('callers', { 'ca.crt': text })
      expect(await answer(second)).to.equal(200)
    }
    expect(stage.rig.refusal('callers')).to.include('ca.crt is no certificate in PEM')
    await stage.rig.replaceAgent()
    await stage.rig.publish(stage.seen())
    await stage.rig.stopProxy()
    await stage.rig.startProxy()
    await stage.untilServed(stage.near[0])
    expect(await answer(second)).to.equal(200)
    expect(await answer(first)).to.equal('refused')
  })

  it('does not keep the edge from taking a renewed certificate of its own while it is broken', async () => {
    stage.rig.agent.certificatesChanged()
    await stage.rig.publish(stage.seen())
    expect(stage.rig.agent.isBehind()).to.equal(false)
    await stage.rig.mount('callers', { 'ca.crt': second.cert })
    expect(stage.rig.refusal('callers')).to.equal(undefined)
  })
})

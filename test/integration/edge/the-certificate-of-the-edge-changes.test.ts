// @seconds 13
import { expect } from 'chai'
import { createAuthority, type Authority } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { startTlsCaller } from '../../harness/plain-caller.ts'
import { loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 38
const NAME = 'sip.example.com'

describe('the Secret with the certificate that callers see', function () {
  this.timeout(60_000)
  const [first, second] = [createAuthority('first'), createAuthority('second')]
  const pairOf = (by: Authority) => {
    const { cert, key } = by.issue([NAME])
    return { 'tls.crt': cert, 'tls.key': key }
  }
  let stage: Stage
  /** What a caller who trusts that authority alone is answered; `refused` when TLS ends before that. */
  const answer = async (trusted: Authority) => {
    const options = { ca: trusted.cert, servername: NAME, localAddress: loopback(NET, 9) }
    const caller = await startTlsCaller(stage.rig.address, options as never, 3_000).catch(() => undefined)
    if (caller === undefined) return 'refused'
    try {
      return (await caller.invite(NUMBER).final(2)).status
    } finally {
      caller.close()
    }
  }

  before(async () => {
    stage = await setStage(NET, { ownCertificate: first.issue([NAME]), values: [PATIENT] })
    await stage.rig.publish(stage.seen())
    await stage.pod(stage.near[0])
    await stage.untilServed(stage.near[0])
    expect(await answer(first)).to.equal(200)
    expect(await answer(second)).to.equal('refused')
  })
  after(() => stage?.stop())

  it('is read again while the edge runs: new callers see the new certificate', async () => {
    await stage.rig.mount('own', pairOf(second))
    await eventually(async () => expect(await answer(second)).to.equal(200))
    expect(await answer(first)).to.equal('refused')
  })

  it('costs no caller when it is broken, neither at once nor when proxy and agent restart, and the agent says why', async () => {
    const good = pairOf(second)
    const broken = [
      {},
      { ...good, 'tls.crt': 'no certificate' },
      { ...good, 'tls.key': '' },
      { ...good, 'tls.key': pairOf(first)['tls.key'] },
    ]
    for (const keys of broken) {
      await stage.rig.mount('own', keys)
      expect(await answer(second)).to.equal(200)
    }
    expect(stage.rig.refusal('own')).to.equal(
      'tls.key is not the private key of tls.crt in PEM: put the two that belong together',
    )
    await stage.rig.replaceAgent()
    await stage.rig.publish(stage.seen())
    await stage.rig.stopProxy()
    await stage.rig.startProxy()
    await stage.untilServed(stage.near[0])
    expect(await answer(second)).to.equal(200)
  })

  it('is used again as soon as it is valid', async () => {
    await stage.rig.mount('own', pairOf(first))
    await eventually(async () => expect(await answer(first)).to.equal(200))
    expect(stage.rig.refusal('own')).to.equal(undefined)
  })
})

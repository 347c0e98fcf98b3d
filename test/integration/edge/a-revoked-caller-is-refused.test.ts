// @seconds 46
import { expect } from 'chai'
import { startBotCaller } from '../../harness/bot-caller.ts'
import { EDGE_NAME } from '../../harness/edge-rig.ts'
import { eventually } from '../../harness/eventually.ts'
import { createOpensslAuthority } from '../../harness/openssl-authority.ts'
import { startTlsCaller } from '../../harness/plain-caller.ts'
import { BOT, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 37

describe('a revocation list of the authority of callers', function () {
  this.timeout(60_000)
  const carriers = createOpensslAuthority('carriers')
  const [honest, stolen] = [carriers.issue('sbc.carrier.example'), carriers.issue('old.carrier.example')]
  let stage: Stage
  let last: string
  const answer = async ({ cert, key }: { cert: string; key: string }) => {
    const own = { cert, key, ca: stage.rig.authority.cert, servername: EDGE_NAME }
    const caller = await startTlsCaller(stage.rig.address, { ...own, localAddress: loopback(NET, 9) } as never)
    try {
      return (await caller.invite(NUMBER).outcome(2))?.status ?? 'refused'
    } finally {
      caller.close()
    }
  }
  const mount = (crl?: string) =>
    stage.rig.mount('callers', { 'ca.crt': carriers.cert, ...(crl !== undefined && { 'crl.pem': crl }) })
  const onlyStolenIsRefused = async () => {
    await eventually(async () => expect(await answer(stolen)).to.equal('refused'))
    expect(await answer(honest)).to.equal(200)
  }

  before(async () => {
    stage = await setStage(NET, { clientCa: carriers, values: [PATIENT] })
    await stage.rig.publish(stage.seen())
    await stage.pod(stage.near[0])
    await stage.untilServed(stage.near[0])
    for (const each of [honest, stolen]) expect(await answer(each)).to.equal(200)
    carriers.revoke(stolen.cert)
  })
  after(async () => {
    carriers.remove()
    await stage?.stop()
  })

  it('refuses who is in it, and nobody else: neither other callers nor pods', async () => {
    await mount((last = carriers.list()))
    await onlyStolenIsRefused()
    await stage.noPod(stage.near[0])
    await stage.pod(stage.far)
    await stage.untilServed(stage.far)
    expect(await answer(honest)).to.equal(200)
    const pod = await startBotCaller(stage.rig, BOT, stage.far)
    expect((await pod.call(NUMBER).final()).status, 'a pod that has no trunk').to.equal(403)
    pod.close()
  })

  const BROKEN: [what: string, crl: () => string, because: string][] = [
    ['is no list', () => 'x', 'crl.pem is no revocation list in PEM'],
    ['is empty', () => '', 'crl.pem is no revocation list in PEM'],
    ['is cut off', () => last.slice(0, 200), 'crl.pem is no revocation list in PEM'],
    ['has ended', () => carriers.list({ fromSeconds: -7_200, untilSeconds: -3_600 }), 'crl.pem ended at'],
    ['has not begun', () => carriers.list({ fromSeconds: 3_600, untilSeconds: 7_200 }), 'crl.pem begins only at'],
    ['is not the full one', () => carriers.list({ extension: 'critical' }), 'crl.pem is no full list'],
    ['is of another authority', listOfAnother, 'crl.pem has a list that none of the authorities in ca.crt has signed'],
  ]
  for (const [what, crl, because] of BROKEN) {
    it(`that ${what} is refused, and the one of before goes on`, async () => {
      await mount(crl())
      expect(stage.rig.refusal('callers')).to.include(because)
      await onlyStolenIsRefused()
    })
  }

  it('is kept over a restart of the agent and the proxy, while the new one is broken', async () => {
    await stage.rig.replaceAgent()
    await stage.rig.publish(stage.seen())
    await stage.rig.stopProxy()
    await stage.rig.startProxy()
    await stage.untilServed(stage.far)
    await onlyStolenIsRefused()
  })

  it('refuses everybody from its end on, until there is a newer one: nobody knows who was revoked since', async () => {
    await mount(carriers.list({ untilSeconds: 4 }))
    expect(await answer(honest)).to.equal(200)
    await eventually(async () => expect(await answer(honest)).to.equal('refused'), 15)
    await mount(carriers.list({ untilSeconds: -1 }))
    expect(stage.rig.refusal('callers')).to.include('the edges refuse every certificate of a caller')
    await mount(carriers.list())
    expect(stage.rig.refusal('callers')).to.equal(undefined)
    await onlyStolenIsRefused()
  })

  it('counts no more once it is taken out of the Secret', async () => {
    await mount()
    await eventually(async () => expect(await answer(stolen)).to.equal(200))
  })
})

function listOfAnother(): string {
  const other = createOpensslAuthority('carriers')
  const list = other.list()
  other.remove()
  return list
}

// @seconds 68
import { expect } from 'chai'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { EDGE_NAME } from '../../harness/edge-rig.ts'
import { eventually } from '../../harness/eventually.ts'
import { aRoute, aSlice, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'
import { patient } from '../../harness/patience.ts'

const OTHER = '+33100000002'

describe('the edge agent', function () {
  this.timeout(60_000)
  let stage: Stage
  const answer = async (number: string) => (await stage.caller.invite(number).final()).status

  beforeEach(async () => {
    stage = await setStage(6, { values: [PATIENT] })
    await stage.rig.publish(stage.seen(aRoute(5)))
    await stage.pod(stage.far)
    await stage.untilServed(stage.far)
  })
  afterEach(() => stage?.stop())

  it('tells which epoch the proxy runs, as the proxy itself says it', async () => {
    expect(await stage.rig.proxy.epoch()).to.equal(5)
    await stage.rig.publish(stage.seen(aRoute(6)))
    expect(await stage.rig.proxy.epoch()).to.equal(6)
  })

  it('reports of each bot which epoch of its route the proxy runs, and of none while the proxy is away or behind', async () => {
    const other = { ...aRoute(9, [OTHER]), callbot: { namespace: 'lilas', name: 'soir', uid: 'v' } }
    const told = () => stage.rig.proxy.epochsOf(['lilas/accueil', 'lilas/soir'])
    await stage.rig.publish({ ...stage.seen(), routes: [aRoute(5), other] })
    expect(await told()).to.deep.equal([
      { bot: 'lilas/accueil', epoch: 5 },
      { bot: 'lilas/soir', epoch: 9 },
    ])
    await stage.rig.stopProxy()
    await stage.rig.publish(stage.seen(aRoute(10)))
    expect(await told()).to.equal(undefined)
    await stage.rig.startProxy()
    await stage.rig.publish(undefined)
    expect(await told()).to.deep.equal([{ bot: 'lilas/accueil', epoch: 10 }])
  })

  it('refuses an older route, also after its own death and while the API server is away', async () => {
    await stage.rig.publish(stage.seen(aRoute(4, [OTHER])))
    expect(await answer(NUMBER)).to.equal(200)
    await stage.rig.replaceAgent()
    await stage.rig.publish(undefined)
    await stage.rig.publish(stage.seen(aRoute(4, [OTHER])))
    expect(await answer(OTHER)).to.equal(404)
    expect(await answer(NUMBER)).to.equal(200)
    expect(stage.rig.agent.wanted()).to.deep.equal({ epoch: 5, routes: 1 })
  })

  it('carries every change over, however fast they come', async () => {
    for (let epoch = 6; epoch < 16; epoch++) {
      await stage.rig.publish(stage.seen(aRoute(epoch, [NUMBER, `+3310000${epoch}`])))
      while (stage.rig.agent.isBehind()) await stage.rig.publish(undefined) // a busy machine may let a reload time out
      expect(await stage.rig.proxy.epoch()).to.equal(epoch)
    }
  })

  it('leaves enough behind for a proxy that restarts without agent and API server', async () => {
    await stage.rig.stopProxy()
    await stage.rig.startProxy()
    expect(await stage.rig.proxy.epoch()).to.equal(5)
    await stage.untilServed(stage.far)
    expect(await answer(NUMBER)).to.equal(200)
  })

  it('catches up when the proxy was away during a change', async () => {
    await stage.rig.stopProxy()
    await stage.rig.publish(stage.seen(aRoute(6, [OTHER])))
    expect(stage.rig.agent.isBehind()).to.equal(true)
    await stage.rig.startProxy()
    await stage.rig.publish(undefined)
    expect(stage.rig.agent.isBehind()).to.equal(false)
    expect(await stage.rig.proxy.epoch()).to.equal(6)
  })

  it('sends no calls back to a silent pod by a change elsewhere', async () => {
    const [silent] = stage.near
    const pod = await stage.pod(silent)
    await stage.untilServed(silent, stage.far)
    pod.signal('SIGSTOP')
    await stage.untilServed(stage.far)
    const pods = { [silent]: 'zone-a', [stage.near[1]]: 'zone-a', [stage.far]: 'zone-b', [loopback(6, 99)]: 'zone-c' }
    await stage.rig.publish({ ...stage.seen(aRoute(6)), slices: [aSlice(pods)] })
    const { status, atMs } = await stage.caller.invite(NUMBER).final()
    expect(status).to.equal(200)
    expect(atMs).to.be.lessThan(patient(3_000))
  })

  it('cuts no dialog of a pod that gets no new calls any more', async () => {
    const attempt = stage.caller.invite(NUMBER)
    await attempt.final()
    attempt.within('ACK')
    const leaving = aSlice({ [stage.far]: 'zone-b' })
    leaving.endpoints[0]!.terminating = true
    await stage.rig.publish({ ...stage.seen(aRoute(6)), slices: [leaving] })
    attempt.within('BYE')
    await eventually(() => expect(stage.heardBy(stage.far).map(({ method }) => method)).to.include('BYE'))
  })

  it('has a renewed certificate shown to the next caller', async () => {
    const serial = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ host: stage.rig.address, port: 5061, rejectUnauthorized: false }, () => {
          resolve(socket.getPeerCertificate().serialNumber)
          socket.destroy()
        })
        socket.on('error', reject)
      })
    const before = await serial()
    const { cert, key } = stage.rig.authority.issue([EDGE_NAME])
    writeFileSync(join(stage.rig.ownFolder, 'tls.crt'), cert)
    writeFileSync(join(stage.rig.ownFolder, 'tls.key'), key)
    stage.rig.agent.certificatesChanged()
    await stage.rig.publish(undefined)
    await eventually(async () => expect(await serial()).to.not.equal(before))
    await stage.untilServed(stage.far)
    expect(await answer(NUMBER)).to.equal(200)
  })
})

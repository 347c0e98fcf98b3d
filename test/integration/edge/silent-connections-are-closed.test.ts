// @seconds 20
import { expect } from 'chai'
import { connect, type Socket } from 'node:net'
import { startTlsCaller } from '../../harness/plain-caller.ts'
import { eventually } from '../../harness/eventually.ts'
import { loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

/** What the chart allows with this much shared memory, which is enough for these totals. */
const MOST = 1080
const MEMORY = [
  'edge.sharedMemoryMiB=96',
  'shares.total.pods=100',
  'shares.total.trunks=100',
  'shares.total.callbots=500',
]

describe('connections to an edge that say nothing', function () {
  this.timeout(90_000)
  let stage: Stage
  let silent: Socket[] = []

  before(async () => {
    stage = await setStage(20, { values: [PATIENT, 'edge.limits.connectionsPerSource=512', ...MEMORY] })
    await stage.rig.publish(stage.seen())
    await stage.pod(stage.far)
    await stage.untilServed(stage.far)
  })
  after(async () => {
    for (const socket of silent) socket.destroy()
    await stage?.stop()
  })

  const isOpen = (socket: Socket) => socket.readyState === 'open'

  it('are closed within 15 s, however many they are, while calls are answered and connections of calls stay', async () => {
    const carrier = await startTlsCaller(stage.rig.address, { rejectUnauthorized: false })
    const first = carrier.invite(NUMBER)
    expect((await first.final()).status).to.equal(200)
    first.within('ACK')
    silent = Array.from({ length: 1_600 }, (_, index) => {
      const socket = connect({ host: stage.rig.address, port: 5061, localAddress: loopback(20, 100 + (index % 40)) })
      return socket.on('error', () => {}).on('close', () => socket.destroy())
    })
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    expect(silent.filter(isOpen).length, 'open at once').to.be.within(MOST / 2, MOST)
    const during = carrier.invite(NUMBER)
    expect((await during.final(3)).status, 'a call by a connection that was there').to.equal(200)
    during.within('ACK')
    during.within('BYE')
    await eventually(() => expect(silent.filter(isOpen)).to.have.lengthOf(0), 20)
    const late = await startTlsCaller(stage.rig.address, { rejectUnauthorized: false })
    expect((await late.invite(NUMBER).final(3)).status, 'a call by a new one').to.equal(200)
    first.within('BYE')
    await eventually(() => expect(first.answers.map(({ status }) => status)).to.deep.equal([200]), 3)
    for (const each of [carrier, late]) each.close()
  })
})

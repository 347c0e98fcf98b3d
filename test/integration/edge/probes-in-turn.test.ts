// @seconds 14
import { expect } from 'chai'
import { createSocket, type Socket } from 'node:dgram'
import { PROBES } from '../../../src/edge/plan/probe-shares.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { pause } from '../../../hack/cluster/shell.ts'
import { aRoute, loopback, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 38
const TRUNKS = 1_000
const SECONDS = 10
const [theirs, ours] = [loopback(NET, 50), loopback(NET, 51)]
const probe = { intervalSeconds: 1, timeoutMilliseconds: 1000, downAfter: 2, upAfter: 2 }

/** Hears what is sent to a trunk and answers nothing. */
async function listen(address: string) {
  let heard = 0
  const socket: Socket = createSocket('udp4').on(
    'message',
    (text) => void (String(text).startsWith('OPTIONS') && heard++),
  )
  await new Promise<void>((resolve) => socket.bind(5060, address, resolve))
  return { heard: () => heard, close: () => socket.close() }
}

describe('an edge with a tenant who names a thousand trunks at one address', function () {
  this.timeout(90_000)
  let stage: Stage
  let flooded: Awaited<ReturnType<typeof listen>>
  let neighbour: Awaited<ReturnType<typeof listen>>

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT] })
    flooded = await listen(theirs)
    neighbour = await listen(ours)
    const ten = Array.from({ length: 10 }, (_, nth) => ({ name: `t${nth}`, host: theirs }))
    const many = Array.from({ length: TRUNKS / 10 }, (_, nth) =>
      aTrunkGroup(ten, { integration: { namespace: 'mechant', name: `many-${nth}`, uid: `m${nth}` }, probe }),
    )
    const trunks = [...many, aTrunkGroup([{ host: ours }], { probe })]
    await stage.rig.publish({ ...stage.seen(aRoute()), trunks })
    await pause(2_000)
  })
  after(async () => {
    flooded?.close()
    neighbour?.close()
    await stage?.stop()
  })

  it('asks the trunk of a neighbour as often as due, and floods no address', async () => {
    const before = [flooded.heard(), neighbour.heard()] as const
    await pause(SECONDS * 1_000)
    const [many, few] = [flooded.heard() - before[0], neighbour.heard() - before[1]]
    expect(few, 'of ten probes of the neighbour that are due').to.be.at.least(SECONDS - 2)
    // Each is repeated, over UDP, until its time is over (RFC 3261 17.1.2.2).
    expect(many / SECONDS, 'messages in a second to the one address').to.be.at.most(5 * PROBES.share)
    expect(many, 'they are asked, too').to.be.above(SECONDS)
  })
})

// @seconds 5
import { expect } from 'chai'
import { createAuthority } from '../../harness/authority.ts'
import { EDGE_NAME } from '../../harness/edge-rig.ts'
import { eventually } from '../../harness/eventually.ts'
import { startTlsCaller, type PlainCaller } from '../../harness/plain-caller.ts'
import type { Script } from '../../harness/scripted-pod.ts'
import { NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

/** By which connection the pod's BYE comes to the edge. */
const WAYS: [what: string, script: Script][] = [
  ['by the connection that the call came by', [200, { wait: 200 }, 'bye']],
  ['by a connection of its own', [200, { wait: 200 }, 'bye-elsewhere']],
]

describe('a bot that hangs up', function () {
  this.timeout(60_000)
  const carriers = createAuthority('carriers')
  let stage: Stage

  before(async () => {
    stage = await setStage(7, { clientCa: carriers, values: [PATIENT] })
    await stage.rig.publish(stage.seen())
  })
  after(() => stage?.stop())

  for (const [what, script] of WAYS) {
    /** The caller's Contact is the address of its connection: nobody listens there, as with callers behind NAT. */
    const hears = async (caller: PlainCaller) => {
      await stage.pod(stage.far, script)
      await stage.untilServed(stage.far)
      const attempt = caller.invite(NUMBER)
      expect((await attempt.final()).status).to.equal(200)
      attempt.within('ACK')
      await eventually(() => expect(attempt.requests.map((text) => text.split(' ')[0])).to.deep.equal(['BYE']))
    }

    it(`${what} reaches a caller over UDP`, () => hears(stage.caller))

    it(`${what} reaches a caller over TLS, by the caller's own connection`, async () => {
      const { cert, key } = carriers.issue(['sbc.carrier.example'])
      const ca = stage.rig.authority.cert
      const caller = await startTlsCaller(stage.rig.address, { ca, cert, key, servername: EDGE_NAME })
      await hears(caller)
      caller.close()
    })
  }
})

// @seconds 27
import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unpackKamailio } from '../../../hack/calls/debian.ts'
import { pause } from '../../../hack/cluster/shell.ts'
import { canSetWallClocks, setWallClocks } from '../../../hack/cluster/wall-clock.ts'
import { CONTROL_PORT } from '../../../src/edge/render/relay.ts'
import { eventually } from '../../harness/eventually.ts'
import { NUMBER, PATIENT, setStage, type Stage } from './stage.ts'
import { patient } from '../../harness/patience.ts'

describe('an edge that terminates and relays media', function () {
  this.timeout(90_000)
  let stage: Stage
  let bin: string

  before(async () => {
    stage = await setStage(40, { values: [PATIENT], publicAddress: '203.0.113.7' })
    const [pod] = stage.near
    await stage.pod(pod, [100, 180, 200])
    await stage.rig.publish(stage.seen())
    await stage.untilServed(pod)
    bin = stage.rig.folder
    const kamcmd = (await unpackKamailio()).program('usr/sbin/kamcmd').map((word) => `'${word}'`)
    writeFileSync(join(bin, 'kamcmd'), `#!/bin/sh\nexec ${kamcmd.join(' ')} "$@"\n`)
    chmodSync(join(bin, 'kamcmd'), 0o755)
  })
  after(() => stage?.stop())

  const aCall = async () => {
    const attempt = stage.caller.invite(NUMBER)
    expect((await attempt.final()).status).to.equal(200)
    attempt.within('ACK')
    return attempt
  }
  /** As the kubelet runs it before it ends the proxy. */
  const drain = (routes: number, relays: number) => {
    const env = {
      ...process.env,
      PATH: `${bin}:${process.env['PATH']}`,
      EDGE_CONTROL: join(stage.rig.folder, 'ctl.sock'),
      RELAY_CONTROL: `${stage.rig.address}/${CONTROL_PORT}`,
    }
    const from = performance.now()
    const command = ['src/edge/proxy/drain.sh', `${routes}`, `${relays}`]
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'bash', ...command], { env, stdio: 'inherit' })
    const over = { seconds: undefined as number | undefined }
    const ended = once(child, 'exit').then(([code]) => {
      expect(code).to.equal(0)
      over.seconds = (performance.now() - from) / 1_000
      return over.seconds
    })
    return { over, ended, pid: child.pid! }
  }
  const untilDraining = () =>
    eventually(async () => {
      expect(JSON.stringify(await stage.rig.rpc.call('pv.shvGet', 'draining'))).to.match(/"value":\s*"?1/)
    })

  it('turns carriers away from its first second on, and goes on until its last call is over', async () => {
    const attempt = await aCall()
    expect(await stage.rig.relay!.sessions()).to.equal(1)
    const { over, ended } = drain(1, 60)
    await untilDraining()
    await pause(5_000)
    expect(over.seconds, 'while it has a call').to.equal(undefined)
    attempt.within('BYE')
    const from = performance.now()
    await ended
    expect(performance.now() - from).to.be.below(patient(4_000))
  })

  it('has no call: ends when carriers have had their time', async () => {
    expect(await drain(2, 60).ended).to.be.within(2, 5)
  })

  it('ends at its deadline, whoever still speaks', async () => {
    const attempt = await aCall()
    expect(await drain(1, 3).ended).to.be.within(4, 7)
    attempt.within('BYE')
  })

  it('goes on with a call when the wall clock steps an hour ahead', async function () {
    if (!canSetWallClocks) this.skip()
    const attempt = await aCall()
    await stage.rig.rpc.call('pv.shvSet', 'draining', 'int', 0)
    const { over, ended, pid } = drain(0, 60)
    await untilDraining()
    await pause(1_500)
    await setWallClocks([pid], 3_600)
    await pause(2_500)
    expect(over.seconds, 'while it has a call').to.equal(undefined)
    attempt.within('BYE')
    await ended
  })

  it('does not wait for a relay that is gone', async () => {
    await stage.rig.relay!.stop()
    expect(await drain(0, 60).ended).to.be.within(9, 25)
  })
})

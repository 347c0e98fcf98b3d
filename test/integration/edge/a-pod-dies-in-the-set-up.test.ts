// @seconds 12
import { expect } from 'chai'
import type { Script } from '../../harness/scripted-pod.ts'
import { NUMBER, setStage, type Stage } from './stage.ts'
import { patient } from '../../harness/patience.ts'

/** Where a pod can be when it dies, and what the caller has heard of it by then. */
const STEPS: [what: string, script: Script][] = [
  ['when it reads the INVITE', ['die']],
  ['after 100', [100, 'die']],
  ['after 180', [100, 180, 'die']],
  ['a while after 180', [100, 180, { wait: 300 }, 'die']],
]

/** Clearly less than the 700 ms that a silent pod costs. */
const AT_ONCE_MS = 600

describe('a caller whose pod dies during the set-up', function () {
  this.timeout(60_000)
  let stage: Stage

  before(async () => {
    stage = await setStage(1)
    await stage.rig.publish(stage.seen())
    await stage.pod(stage.far)
  })
  after(() => stage?.stop())

  for (const [what, script] of STEPS) {
    it(`is answered by another within 1.5 s: ${what}`, async () => {
      const [mortal, other] = stage.near
      await stage.noPod(other)
      const pod = await stage.pod(mortal, script)
      await stage.untilServed(mortal, stage.far)
      const attempt = stage.caller.invite(NUMBER)
      const { status, atMs, text } = await attempt.final()
      attempt.within('ACK')
      expect(status).to.equal(200)
      expect(text).to.include(`<sip:${stage.far}:5061`)
      expect(atMs).to.be.lessThan(patient(1_500))
      expect(pod.events.filter(({ method }) => method === 'INVITE')).to.have.lengthOf(1)
    })
  }

  it('is answered at once when it died before the call: nobody waits for a connection', async () => {
    const [mortal] = stage.near
    const pod = await stage.pod(mortal)
    await stage.untilServed(mortal, stage.far)
    pod.signal('SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 500)) // the edge has seen the connection close
    const { status, atMs } = await stage.caller.invite(NUMBER).final()
    expect(status).to.equal(200)
    expect(atMs).to.be.lessThan(patient(AT_ONCE_MS))
  })

  it('is answered by another when it freezes, and its late answer disturbs nobody', async () => {
    const [mortal] = stage.near
    const pod = await stage.pod(mortal)
    await stage.untilServed(mortal, stage.far)
    pod.signal('SIGSTOP')
    const attempt = stage.caller.invite(NUMBER)
    const { status, atMs, text } = await attempt.final()
    pod.signal('SIGCONT')
    expect(status).to.equal(200)
    expect(text).to.include(`<sip:${stage.far}:5061`)
    expect(atMs).to.be.within(600, 1_500)
  })

  it('is not rung by a pod that is full or leaving: the next one gets the call, in no time', async () => {
    const [full] = stage.near
    await stage.pod(full, [503])
    await stage.untilServed(full, stage.far)
    const { status, atMs } = await stage.caller.invite(NUMBER).final()
    expect(status).to.equal(200)
    expect(atMs).to.be.lessThan(patient(AT_ONCE_MS))
  })

  it("hears the pod's own no where that is the answer to him, and no other pod is asked", async () => {
    const [choosy] = stage.near
    await stage.pod(choosy, [488])
    await stage.untilServed(choosy, stage.far)
    const { status } = await stage.caller.invite(NUMBER).final()
    expect(status).to.equal(488)
  })
})

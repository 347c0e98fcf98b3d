// @seconds 15
import { expect } from 'chai'
import { eventually } from '../../harness/eventually.ts'
import { NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const PUBLIC = '203.0.113.7'

describe('an edge with a media relay', function () {
  this.timeout(120_000)
  let stage: Stage
  const pod = () => stage.near[0]
  const relay = () => stage.rig.relay!
  /** The status of one whole call. */
  const callStatus = async () => {
    const attempt = stage.caller.invite(NUMBER)
    const { status } = await attempt.final()
    if (status === 200) for (const method of ['ACK', 'BYE']) attempt.within(method)
    return status
  }

  before(async () => {
    stage = await setStage(31, { values: [PATIENT], publicAddress: PUBLIC })
    await stage.pod(pod(), [100, 180, 200])
    await stage.rig.publish(stage.seen())
    await stage.untilServed(pod())
    await eventually(async () => expect(await callStatus()).to.equal(200), 10)
  })
  after(() => stage?.stop())

  it('shows a caller nothing of the inside, and a pod nothing but the inside', async () => {
    const attempt = stage.caller.invite(NUMBER)
    const { status, text } = await attempt.final()
    expect(status).to.equal(200)
    expect(text).to.not.include(pod()).and.not.include(':5071')
    expect(text.match(/^Record-Route:/gm)).to.have.lengthOf(1)
    expect(text).to.match(new RegExp(`^Record-Route: <sip:${PUBLIC}:5060;transport=udp;`, 'm'))
    expect(text).to.match(new RegExp(`^Contact: <sip:([^@>]+@)?${PUBLIC}:5060;transport=udp>`, 'm'))
    attempt.within('ACK')
    attempt.within('BYE')
    await eventually(() => expect(stage.heardBy(pod()).map(({ method }) => method)).to.include('BYE'))
    await eventually(() => expect(attempt.answers.map(({ status: said }) => said)).to.deep.equal([200]))
  })

  it('forgets a session when its call ends, is refused or is given up', async () => {
    await eventually(async () => expect(await relay().sessions()).to.equal(0), 10)
    await stage.pod(pod(), [486])
    await stage.untilServed(pod())
    expect((await stage.caller.invite(NUMBER).final()).status).to.equal(486)
    await eventually(async () => expect(await relay().sessions()).to.equal(0), 10)
    await stage.pod(pod(), [180])
    await stage.untilServed(pod())
    const attempt = stage.caller.invite(NUMBER)
    await attempt.status(180)
    expect(await relay().sessions()).to.equal(1)
    attempt.cancel()
    expect((await attempt.final()).status).to.equal(487)
    await eventually(async () => expect(await relay().sessions()).to.equal(0), 10)
  })

  it('takes no call whose media would go to itself, to a metadata service or to a port of a system', async () => {
    await stage.pod(pod(), [100, 180, 200])
    await stage.untilServed(pod())
    const offer = (address: string, port: number) => ({
      type: 'application/sdp',
      text: [
        'v=0',
        `o=- 1 1 IN IP4 127.0.0.1`,
        's=-',
        `c=IN IP4 ${address}`,
        't=0 0',
        `m=audio ${port} RTP/AVP 8`,
        '',
      ].join('\r\n'),
    })
    const aims: [string, number][] = [
      ['127.0.0.1', 40_000],
      ['169.254.169.254', 40_000],
      ['224.0.0.1', 40_000],
      ['192.0.2.1', 53],
    ]
    for (const [address, port] of aims)
      expect((await stage.caller.invite(NUMBER, { body: offer(address, port) }).final()).status, address).to.equal(488)
    const good = stage.caller.invite(NUMBER, { body: offer('192.0.2.1', 40_000) })
    expect((await good.final()).status).to.equal(200)
    for (const method of ['ACK', 'BYE']) good.within(method)
  })

  for (const [what, fail, heal] of [
    ['frozen', () => relay().signal('SIGSTOP'), async () => relay().signal('SIGCONT')],
    ['gone', () => relay().stop(), () => relay().start()],
  ] as const) {
    it(`takes no call while its relay is ${what}, and calls again when it is back`, async () => {
      await stage.pod(pod(), [100, 180, 200])
      await stage.untilServed(pod())
      const before = stage.heardBy(pod()).filter(({ method }) => method === 'INVITE').length
      await fail()
      for (let at = 0; at < 3; at++) {
        const { status, text } = await stage.caller.invite(NUMBER).final(10)
        expect(status).to.equal(503)
        expect(text).to.match(/^Retry-After: 10\r?$/m)
      }
      expect(stage.heardBy(pod()).filter(({ method }) => method === 'INVITE')).to.have.lengthOf(before)
      await heal()
      await eventually(async () => expect(await callStatus()).to.equal(200), 10)
    })
  }
})

// @seconds 8
import { expect } from 'chai'
import { createSocket } from 'node:dgram'
import { pause } from '../../../hack/cluster/shell.ts'
import { CONTROL_PORT, GUARD_PORT } from '../../../src/edge/render/relay.ts'
import { startBotCaller } from '../../harness/bot-caller.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { eventually } from '../../harness/eventually.ts'
import { startSippTrunk, type SippTrunk } from '../../harness/sipp-trunk.ts'
import { aHelpedRoute, BOT, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 76
const PUBLIC = '203.0.113.7'
const TRUNK = loopback(NET, 40)
const DESK = '+33144444444'
const PROBE = { intervalSeconds: 1, timeoutMilliseconds: 1_000, downAfter: 2, upAfter: 1 }

const description = (o: { connection?: string; media?: string; more?: string[] } = {}) => ({
  type: 'application/sdp',
  text: [
    ...['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', `c=IN IP4 ${o.connection ?? '192.0.2.1'}`, 't=0 0'],
    ...[`m=audio ${o.media ?? '40000'} RTP/AVP 8`, ...(o.more ?? []), ''],
  ].join('\r\n'),
})

/** By the proxy, the guard and the relay as an edge has them. */
describe('a description that aims media elsewhere', function () {
  this.timeout(60_000)
  let stage: Stage
  let trunk: SippTrunk
  const own = loopback(NET, 1)

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT], publicAddress: PUBLIC })
    const [pod] = stage.near
    await stage.pod(pod, [180, 200])
    trunk = await startSippTrunk({ address: TRUNK, acts: [180, 200] })
    const trunks = [aTrunkGroup([{ host: TRUNK, srtp: 'Disabled' }], { epoch: 2, probe: PROBE })]
    await stage.rig.publish({ ...stage.seen(aHelpedRoute()), trunks })
    await stage.untilServed(pod)
    await stage.untilTrunk(TRUNK, 'Up')
  })
  after(async () => {
    await trunk?.stop()
    await stage?.stop()
  })

  const statusOf = async (body: { type: string; text: string }, headers: string[] = []) => {
    const attempt = stage.caller.invite(NUMBER, { body, headers })
    const { status } = await attempt.final(10)
    if (status === 200) for (const method of ['ACK', 'BYE']) attempt.within(method)
    return status
  }

  it('is not taken from a caller, by whatever it would mislead a reader', async () => {
    const hidden = description().text.replace('c=IN IP4 192.0.2.1', `a=x\0\r\nc=IN IP4 ${own}`)
    const cases: [string, { type: string; text: string }][] = [
      ['a NUL octet hides the rest', { type: 'application/sdp', text: hidden }],
      ['a port in octal', description({ media: '053' })],
      ['a port with a sign', description({ media: '+53' })],
      ['the port of the guard', description({ connection: own, media: `${GUARD_PORT}` })],
      ['the port of the control', description({ connection: own, media: `${CONTROL_PORT}` })],
      ['RTCP to a private address', description({ more: ['a=rtcp:40001 IN IP4 127.0.0.1'] })],
      ['RTCP to a port of the system', description({ more: ['a=rtcp:53'] })],
      ['a metadata service', description({ connection: '168.63.129.16' })],
      ['a name', description({ connection: 'localhost' })],
      ['a second stream', description({ more: ['m=audio 40002 RTP/AVP 8', `c=IN IP4 ${own}`] })],
      ['no description', { type: 'application/sdp', text: 'x' }],
      ['another kind of body', { type: 'text/plain', text: description().text }],
    ]
    for (const [what, body] of cases) expect(await statusOf(body), what).to.equal(488)
    expect(await statusOf(description(), ['Content-Encoding: gzip']), 'compressed').to.equal(488)
    expect(await statusOf(description()), 'one that aims at the caller').to.equal(200)
    const counted = await stage.rig.rpc.call('htable.get', 'refused', 'UnusableDescription')
    expect(JSON.stringify(counted)).to.match(/"value":\s*1[0-9]/)
  })

  it('is not taken from a pod either, which names its own address and no other', async () => {
    const [pod] = stage.near
    const bot = await startBotCaller(stage.rig, BOT, pod)
    const statuses = async (connection: string, media?: string) =>
      (await bot.call(DESK, { media: 'Plain', body: description({ connection, ...(media && { media }) }) }).final(10))
        .status
    expect(await statuses(own, `${CONTROL_PORT}`)).to.equal(488)
    expect(await statuses('192.0.2.1')).to.equal(488)
    expect(await statuses(pod, '53')).to.equal(488)
    expect(await statuses(pod)).to.equal(200)
    bot.close()
  })

  it('would reach nothing that takes orders: the relay takes none by UDP, and its guard none without the key of the proxy', async () => {
    const socket = createSocket('udp4')
    socket.bind(0, own)
    const heard: string[] = []
    socket.on('message', (octets) => heard.push(octets.toString('latin1')))
    socket.on('error', () => {})
    const order = (cookie: string, command: string) => Buffer.from(`${cookie} d7:command${command.length}:${command}e`)
    for (const port of [CONTROL_PORT, GUARD_PORT]) socket.send(order(`${port}`, 'list'), port, own)
    // The guard answers all the same: to a ping, which orders nothing.
    socket.send(order('ping', 'ping'), GUARD_PORT, own)
    socket.send(order('ping', 'ping'), CONTROL_PORT, own)
    await eventually(() => expect(heard).to.include('ping d6:result4:ponge'))
    await pause(300)
    expect(heard).to.deep.equal(['ping d6:result4:ponge'])
    socket.close()
  })

  it('is refused with octets beyond its length, which would go on as a message of somebody else', async () => {
    const smuggled = 'BYE sip:x@y SIP/2.0\r\n\r\n'
    const text = (id: string, length: string, rest: string) =>
      [
        `INVITE sip:${NUMBER}@${own} SIP/2.0`,
        `Via: SIP/2.0/UDP ${loopback(NET, 2)}:5066;branch=z9hG4bK${id};rport`,
        ...[
          'Max-Forwards: 70',
          `From: <sip:a@b>;tag=${id}`,
          `To: <sip:${NUMBER}@${own}>`,
          `Call-ID: ${id}`,
          'CSeq: 1 INVITE',
        ],
        ...['Contact: <sip:a@192.0.2.1>', ...(length === '' ? [] : [length]), '', rest],
      ].join('\r\n')
    const socket = createSocket('udp4')
    socket.bind(5066, loopback(NET, 2))
    const heard: string[] = []
    socket.on('message', (octets) =>
      heard.push(`${octets.toString('latin1').slice(8, 11)} ${/long\d/.exec(octets.toString('latin1'))?.[0]}`),
    )
    const reached = () => stage.heardBy(stage.near[0]).filter(({ method }) => method === 'INVITE').length
    const before = reached()
    const cases = ['Content-Length: 0', '', 'Content-Length: 0\r\nl: 24', 'Content-Length: 24\r\nContent-Length: 0']
    for (const [at, length] of cases.entries()) socket.send(text(`long${at}`, length, smuggled), 5060, own)
    // With two lengths, Kamailio itself takes it for no message.
    await eventually(() => expect(heard.toSorted()).to.deep.equal(['400 long0', '400 long1']))
    await pause(300)
    expect(reached()).to.equal(before)
    socket.close()
  })
})

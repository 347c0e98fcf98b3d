// @seconds 16
import { expect } from 'chai'
import { createEdgeMetrics } from '../../../src/edge/metrics.ts'
import { createSocket } from 'node:dgram'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAuthority } from '../../harness/authority.ts'
import { EDGE_NAME } from '../../harness/edge-rig.ts'
import { eventually } from '../../harness/eventually.ts'
import { BOT, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

describe('what an edge does for strangers', function () {
  this.timeout(60_000)
  const carriers = createAuthority('carriers')
  let stage: Stage

  before(async () => {
    stage = await setStage(4, {
      clientCa: carriers,
      values: ['edge.limits.requestsPerSecondPerSource=60', 'edge.limits.connectionsPerSource=4'],
    })
    await stage.rig.publish(stage.seen())
    await stage.pod(stage.far)
    await stage.untilServed(stage.far)
  })
  after(() => stage?.stop())

  /** Sends one datagram from an address of its own; resolves with the status, or undefined after the time. */
  const ask = (from: string, text: string, ms = 1_000) =>
    new Promise<number | undefined>((resolve) => {
      const socket = createSocket('udp4')
      const done = (status?: number) => (socket.close(), resolve(status))
      const timer = setTimeout(done, ms)
      socket.on('message', (message) => {
        const status = Number(String(message).slice(8, 11))
        if (status > 100) done((clearTimeout(timer), status))
      })
      socket.bind(0, from, () => socket.send(text.replaceAll('\n', '\r\n'), 5060, stage.rig.address))
    })
  let count = 0
  const request = (method: string, uri: string, more = '', toTag = '') =>
    `${method} ${uri} SIP/2.0\nVia: SIP/2.0/UDP ${loopback(4, 9)};rport;branch=z9hG4bK${++count}x\n${more}From: <sip:a@example.com>;tag=a${count}\n` +
    `To: <sip:b@example.com>${toTag}\nCall-ID: ${count}\nCSeq: 1 ${method}\nContact: <sip:a@${loopback(4, 9)}>\nMax-Forwards: 70\nContent-Length: 0\n\n`
  const edge = () => `sip:${stage.rig.address}`

  it('answers OPTIONS, so that a carrier knows where to send calls', async () => {
    expect(await ask(loopback(4, 31), request('OPTIONS', edge()))).to.equal(200)
  })

  it('says 404 to numbers that are not ours, and counts them without saying which', async () => {
    const metrics = createEdgeMetrics()
    metrics.watch(stage.rig.proxy, stage.rig.agent)
    const counted = async () => {
      const text = await metrics.registry.metrics()
      return Number(/^callbot_edge_refused_calls_total\{reason="UnknownNumber"\} (\d+)$/m.exec(text)?.[1] ?? 0)
    }
    const before = await counted()
    expect(await ask(loopback(4, 32), request('INVITE', `sip:+33199000001@${stage.rig.address}`))).to.equal(404)
    expect((await counted()) - before).to.equal(1)
    expect(await counted(), 'asked once more').to.equal(before + 1)
  })

  it('knows no registration, no message, no subscription', async () => {
    for (const method of ['REGISTER', 'MESSAGE', 'SUBSCRIBE', 'REFER', 'PUBLISH'])
      expect(await ask(loopback(4, 34), request(method, edge())), method).to.equal(405)
  })

  it("is no relay: a Route leads to our pods or nowhere, and a number to nobody else's host", async () => {
    const victim = createSocket('udp4')
    const received: string[] = []
    victim.on('message', (message) => received.push(String(message)))
    await new Promise<void>((resolve) => victim.bind(5060, loopback(4, 40), resolve))
    const own = `Route: <sip:${stage.rig.address};lr>\n`
    const away = `sip:+33199000001@${loopback(4, 40)}`
    expect(await ask(loopback(4, 35), request('INVITE', away))).to.equal(404)
    expect(await ask(loopback(4, 35), request('BYE', away, own, ';tag=x'))).to.equal(481)
    expect(await ask(loopback(4, 35), request('BYE', away, '', ';tag=x'))).to.equal(481)
    const chained = `${own}Route: <sip:${loopback(4, 40)};lr>\n`
    expect(await ask(loopback(4, 35), request('BYE', `sip:${stage.far}:5061`, chained, ';tag=x'))).to.equal(481)
    expect(await ask(loopback(4, 35), request('INVITE', away, `Route: <sip:${loopback(4, 40)};lr>\n`))).to.equal(404)
    expect(received).to.deep.equal([])
    victim.close()
  })

  it('goes round in no circle', async () => {
    const text = request('INVITE', `sip:${NUMBER}@${stage.rig.address}`).replace('Max-Forwards: 70', 'Max-Forwards: 0')
    expect(await ask(loopback(4, 36), text)).to.equal(483)
  })

  it('stops listening to a flood, and to nobody else', async () => {
    const socket = createSocket('udp4')
    let answers = 0
    socket.on('message', () => answers++)
    await new Promise<void>((resolve) => socket.bind(0, loopback(4, 37), resolve))
    for (let index = 0; index < 1_000; index++)
      socket.send(request('OPTIONS', edge()).replaceAll('\n', '\r\n'), 5060, stage.rig.address)
    await new Promise((resolve) => setTimeout(resolve, 500))
    socket.close()
    expect(answers).to.be.lessThan(500)
    expect(await ask(loopback(4, 38), request('OPTIONS', edge()))).to.equal(200)
  })

  const shake = (port: number, more: ConnectionOptions) =>
    new Promise<string>((resolve) => {
      const from = { host: stage.rig.address, port, localAddress: loopback(4, 39), rejectUnauthorized: false }
      const socket: TLSSocket = connect({ ...from, ...more } as ConnectionOptions)
      const done = (what: string) => (socket.destroy(), resolve(what))
      socket.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message))
      socket.on('close', () => done('closed'))
      socket.on('data', (data: Buffer) => done(String(data).slice(8, 11)))
      socket.on('secureConnect', () => {
        socket.write(request('OPTIONS', edge()).replace('/UDP', '/TLS').replaceAll('\n', '\r\n'))
      })
      setTimeout(() => done('silence'), 3_000)
    })

  it('asks callers for a certificate of the authority that the chart names, and takes no other', async () => {
    const good = carriers.issue(['sbc.carrier.example'])
    const foreign = createAuthority('others').issue(['sbc.carrier.example'])
    expect(await shake(5061, good)).to.equal('200')
    expect(await shake(5061, {})).to.not.equal('200')
    expect(await shake(5061, foreign)).to.not.equal('200')
  })

  it('lets in on the port for pods only who has a certificate of our own authority', async () => {
    expect(await shake(5071, stage.rig.authority.issue([BOT]))).to.equal('200')
    expect(await shake(5071, carriers.issue([BOT]))).to.not.equal('200')
    expect(await shake(5071, {})).to.not.equal('200')
  })

  it('speaks TLS 1.2 and later only, and shows its own name', async () => {
    const good = carriers.issue(['sbc.carrier.example'])
    expect(await shake(5061, { ...good, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })).to.not.equal('200')
    const own = { ca: stage.rig.authority.cert, servername: EDGE_NAME, rejectUnauthorized: true }
    expect(await shake(5061, { ...good, ...own })).to.equal('200')
  })
})

describe('a pod that is not whom the edge means', function () {
  this.timeout(60_000)
  let stage: Stage

  before(async () => {
    stage = await setStage(5, { values: [PATIENT] })
    await stage.rig.publish(stage.seen())
    await stage.pod(stage.far)
    await stage.untilServed(stage.far)
  })
  after(() => stage?.stop())

  it("gets no call when its certificate is another bot's", async () => {
    const [liar] = stage.near
    const pod = await stage.pod(liar, [200], ['other.acme.svc'])
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    for (let call = 0; call < 3; call++) {
      const { text } = await stage.caller.invite(NUMBER).final()
      expect(text).to.include(`<sip:${stage.far}:5061`)
    }
    expect(pod.events.filter(({ method }) => method === 'INVITE')).to.deep.equal([])
    await eventually(() => expect(stage.rig.said()).to.include('a certificate that is not its bot'))
  })

  it('gets no call when its certificate is of an authority that is not ours', async () => {
    const [liar] = stage.near
    await stage.noPod(liar)
    const folder = stage.rig.identityFolder('foreign', [BOT], createAuthority('others'))
    expect(readFileSync(join(folder, 'tls.crt'), 'utf8')).to.include('CERTIFICATE')
    const pod = await stage.podWith(liar, folder)
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    for (let call = 0; call < 3; call++) expect((await stage.caller.invite(NUMBER).final()).status).to.equal(200)
    expect(pod.events.filter(({ method }) => method === 'INVITE')).to.deep.equal([])
  })

  it('and no name, number or word of a caller is in what the proxy says', () => {
    expect(stage.rig.said()).to.not.match(/\+?33100000001|sip:caller|INVITE sip/)
  })
})

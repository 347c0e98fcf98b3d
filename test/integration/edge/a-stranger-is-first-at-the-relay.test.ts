// @seconds 9
import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { pause } from '../../../hack/cluster/shell.ts'
import { SrtpSender } from '../../../src/wire/srtp/sender.ts'
import { masterKey } from '../../../src/wire/srtp/suites.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { eventually } from '../../harness/eventually.ts'
import { EDGE_NAME } from '../../harness/edge-rig.ts'
import { longReading } from '../../harness/long-reading.ts'
import { startTlsCaller } from '../../harness/plain-caller.ts'
import { publishBot, startBotPod, type BotPod } from './bot-stage.ts'
import { loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 41
const CALLER = { address: loopback(NET, 3), port: 40_000 }
const STRANGER = loopback(NET, 9)
/** Where the NAT of a caller sends from; in the description is an address behind it. */
const OUTSIDE_NAT = { address: loopback(NET, 4), port: 40_500 }
const BEHIND_NAT = '10.20.30.40'
const KEY = randomBytes(30)
/** As `rtp` has it. */
const SSRC = 0x2a2a2a2a

const offer = (address: string, media: string[]) =>
  [
    ...['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0'],
    ...[...media, 'a=rtpmap:8 PCMA/8000', ''],
  ].join('\r\n')
const OFFER = offer(CALLER.address, [`m=audio ${CALLER.port} RTP/AVP 8`])
const SEALED_OFFER = offer(BEHIND_NAT, [
  `m=audio ${CALLER.port} RTP/SAVP 8`,
  `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY.toString('base64')}`,
])

/** Bound to an address, with the packets that came there. */
async function listener(address: string, port = 0): Promise<{ socket: Socket; received: number }> {
  const socket = createSocket('udp4')
  const it = { socket, received: 0 }
  socket.on('message', () => it.received++)
  await new Promise<void>((resolve) => socket.bind(port, address, resolve))
  return it
}

const rtp = (sequence: number): Buffer => {
  const packet = Buffer.alloc(172, 0x2a)
  packet.writeUInt16BE(0x8008, 0)
  packet.writeUInt16BE(sequence, 2)
  packet.writeUInt32BE(sequence * 160, 4)
  return packet
}

describe('a stranger who speaks at a media port of an edge before the caller does', function () {
  this.timeout(60_000)
  let stage: Stage
  let pod: BotPod

  before(async () => {
    stage = await setStage(NET, { values: [PATIENT], publicAddress: loopback(NET, 1) })
    await publishBot(stage, aTrunkGroup([{ host: loopback(NET, 41), srtp: 'Disabled' }]))
    pod = await startBotPod(stage, {
      media: ['Disabled'],
      steps: longReading(60).inline.steps,
      callers: { sipTransport: 'Any', srtp: 'Preferred', codecs: ['PCMA'] },
    })
  })
  /** For two seconds, to a port of the edge. */
  async function speak(from: Socket, port: number, seal = (packet: Buffer) => packet): Promise<void> {
    for (let sequence = 0; sequence < 100; sequence++) {
      from.send(seal(rtp(sequence)), port, stage.rig.address)
      await pause(20)
    }
  }
  after(async () => {
    await pod?.stop()
    await stage?.stop()
  })

  it('hears nothing of the bot, whose voice goes where the caller said', async () => {
    const [caller, stranger] = [await listener(CALLER.address, CALLER.port), await listener(STRANGER)]
    const attempt = stage.caller.invite(NUMBER, { body: { type: 'application/sdp', text: OFFER } })
    const { status, text } = await attempt.final(20)
    expect(status).to.equal(200)
    attempt.within('ACK')
    const port = Number(/^m=audio (\d+)/m.exec(text)?.[1])
    await speak(stranger.socket, port)
    await eventually(() => expect(caller.received, 'packets at the caller').to.be.above(80), 20)
    expect(stranger.received, 'packets at the stranger').to.equal(0)
    attempt.within('BYE')
    for (const { socket } of [caller, stranger]) socket.close()
  })

  it('hears nothing of it either while a caller behind NAT, with SRTP, has not spoken yet', async () => {
    const tls = { ca: stage.rig.authority.cert, servername: EDGE_NAME, localAddress: OUTSIDE_NAT.address }
    const phone = await startTlsCaller(stage.rig.address, tls as never)
    const [caller, stranger] = [
      await listener(OUTSIDE_NAT.address, OUTSIDE_NAT.port),
      await listener(OUTSIDE_NAT.address),
    ]
    const attempt = phone.invite(NUMBER, { body: { type: 'application/sdp', text: SEALED_OFFER } })
    const { status, text } = await attempt.final(20)
    expect(status).to.equal(200)
    attempt.within('ACK')
    const port = Number(/^m=audio (\d+)/m.exec(text)?.[1])
    await speak(stranger.socket, port)
    expect(stranger.received, 'packets at the stranger').to.equal(0)
    const sender = new SrtpSender(masterKey('AES_CM_128_HMAC_SHA1_80', KEY), SSRC)
    await speak(caller.socket, port, (packet) => {
      const sealed = Buffer.concat([packet, Buffer.alloc(sender.tagOctets)])
      return sealed.subarray(0, sender.protect(sealed, 12, packet.length))
    })
    await eventually(() => expect(caller.received, 'packets at the caller').to.be.above(80), 20)
    expect(stranger.received, 'packets at the stranger').to.equal(0)
    attempt.within('BYE')
    for (const { socket } of [caller, stranger]) socket.close()
    phone.close()
  })
})

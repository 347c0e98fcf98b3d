// @seconds 5
import { expect } from 'chai'
import { createSocket, type Socket } from 'node:dgram'
import { pause } from '../../../hack/cluster/shell.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { eventually } from '../../harness/eventually.ts'
import { longReading } from '../../harness/long-reading.ts'
import { publishBot, startBotPod, type BotPod } from './bot-stage.ts'
import { loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 41
const CALLER = { address: loopback(NET, 3), port: 40_000 }
const STRANGER = loopback(NET, 9)
const OFFER = [
  ...['v=0', `o=- 1 1 IN IP4 ${CALLER.address}`, 's=-', `c=IN IP4 ${CALLER.address}`, 't=0 0'],
  ...[`m=audio ${CALLER.port} RTP/AVP 8`, 'a=rtpmap:8 PCMA/8000', ''],
].join('\r\n')

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
    for (let sequence = 0; sequence < 100; sequence++) {
      stranger.socket.send(rtp(sequence), port, stage.rig.address)
      await pause(20)
    }
    await eventually(() => expect(caller.received, 'packets at the caller').to.be.above(80), 20)
    expect(stranger.received, 'packets at the stranger').to.equal(0)
    attempt.within('BYE')
    for (const { socket } of [caller, stranger]) socket.close()
  })
})

// @seconds 2
import { expect } from 'chai'
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { silent } from '../../../src/runtime/log.ts'
import { createMedia } from '../../../src/telephony/media/media.ts'
import { startPod } from '../../../src/voice/pod/pod.ts'
import { createAuthority } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { makePodFolder, sampleBot } from '../../harness/pod-folder.ts'
import { startSpeechStandIn } from '../../harness/speech-stand-in.ts'

const SERVER = 'town-hall.clinic.svc'

/** A request of one call; `to` has the bot's tag once it is known. */
function request(method: string, to: string, number: number, sdp = ''): string {
  const head = [
    `${method} sip:bot@${SERVER} SIP/2.0`,
    `Via: SIP/2.0/TLS edge.example.com;branch=z9hG4bK${method}${number}`,
    'Max-Forwards: 70',
    'From: <sip:caller@example.com>;tag=1',
    `To: ${to}`,
    'Call-ID: offerless',
    `CSeq: ${number} ${method}`,
    'Contact: <sip:caller@edge.example.com;transport=tls>',
    ...(sdp === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(sdp)}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${sdp}`
}

/** The next message that begins like this, whole. */
async function receive(socket: TLSSocket, start: string): Promise<string> {
  let text = ''
  for (;;) {
    text += String((await once(socket, 'data'))[0])
    const at = text.indexOf(start)
    const message = at === -1 ? '' : text.slice(at)
    const length = Number(/Content-Length: (\d+)/i.exec(message)?.[1] ?? NaN)
    const body = message.indexOf('\r\n\r\n') + 4
    if (body > 3 && message.length >= body + length) return message.slice(0, body + length)
  }
}

describe('an INVITE without an offer (RFC 3261 13.2.1)', () => {
  it('gets the bot’s offer in the 200, and hears the bot once its ACK has answered it', async () => {
    const authority = createAuthority('test CA')
    const speech = await startSpeechStandIn()
    const { provider } = speech
    const bot = sampleBot({ speech: { asr: [provider], tts: [provider], vocabulary: [] } })
    const folder = await makePodFolder({ ca: authority.cert, own: authority.issue([SERVER]), bot })
    const pod = await startPod(folder.config, clock, silent)
    const media = createMedia({ address: '127.0.0.1', ports: { from: 31_000, to: 31_009 }, clock, log: silent })
    const tls = { ca: authority.cert, ...authority.issue(['callbot-edge.callbot-system.svc']) }
    const socket = connect({ host: '127.0.0.1', port: pod.sipsPort, servername: SERVER, ...tls })
    await once(socket, 'secureConnect')

    socket.write(request('INVITE', '<sip:bot@example.com>', 1))
    const ok = await receive(socket, 'SIP/2.0 200 ')
    const to = /^To: (.+)$/im.exec(ok)![1]!.trim()
    let loudest = 0
    const onFrame = (frame: Int16Array) => (loudest = Math.max(loudest, ...frame))
    const policy = { srtp: 'Required' as const, codecs: ['PCMA' as const] }
    const answered = await media.answer(Buffer.from(ok.slice(ok.indexOf('\r\n\r\n') + 4)), policy, { onFrame })
    if (answered.kind === 'refused') throw new Error(answered.because)
    answered.session.start()
    expect(loudest).to.equal(0)
    socket.write(request('ACK', to, 1, answered.body.toString()))
    await eventually(() => expect(loudest).to.be.above(4_000))
    expect(answered.session.suite).to.be.a('string')

    const bye = receive(socket, 'SIP/2.0 200 ')
    socket.write(request('BYE', to, 2))
    await bye
    socket.destroy()
    await media.close()
    await pod.drain()
    await folder.remove()
    await speech.close()
  })
})

import { createSocket, type Socket } from 'node:dgram'
import { emptyRtpHeader, readRtp, writeRtp } from '../../../src/wire/rtp/packet.ts'
import { bodyOf, Dialog } from './dialog.ts'
import { isAnswer, isRequest, type Line, Mailbox } from './mailbox.ts'
import { EDGE, MEDIA_PORT, NEIGHBOUR } from './sites.ts'
import { description, mediaLines, sdpContent } from './sip-text.ts'

/** Octets by which the parties of the neighbour's call know each other. */
const VOICE = { caller: 0x11, pod: 0x22 }
const FRAME_MS = 20
/** Frames that may be on their way. */
const IN_FLIGHT = 25
const CALL_ID = 'the-neighbours-call'

export interface NeighbourHeard {
  /** Frames that were sent to it and that it has not heard, but for those that were missing at the last look. */
  readonly missing: number
  /** Packets of others since the last look. */
  readonly foreign: number
}

/** A call of another client by the same edge, with audio both ways from its begin to its end. */
export interface NeighbourCall {
  /** What has happened to both ends since the last look, and who has ended the call, if somebody has. */
  look(): { caller: NeighbourHeard; pod: NeighbourHeard; ended: string | undefined }
  /** Frames that both have heard. */
  heard(): number
  hangUp(): Promise<void>
}

/** @param ends the SIP ends of both; their media sockets are opened here */
export async function startNeighbour(o: {
  line: Line
  caller: Mailbox
  pod: Mailbox
  number: string
}): Promise<NeighbourCall> {
  const [caller, pod] = [await earOf(NEIGHBOUR.caller, VOICE.pod), await earOf(NEIGHBOUR.pod, VOICE.caller)]
  const boxes = { caller: o.caller.open(CALL_ID), pod: o.pod.open(CALL_ID) }
  const dialog = Dialog.calling(o.line, CALL_ID, `sip:${o.number}@${EDGE}`)
  const cseq = dialog.request('INVITE', sdpContent(description(NEIGHBOUR.caller, MEDIA_PORT)))
  const invite = await boxes.pod.next(isRequest('INVITE'), 5_000)
  if (invite?.message.kind !== 'request') throw new Error("the neighbour's call does not reach its pod")
  const answerer = Dialog.called(invite.line, invite.message)
  answerer.answer(invite.line, invite.message, 200, sdpContent(description(NEIGHBOUR.pod, MEDIA_PORT)))
  const answer = await boxes.caller.next(isAnswer(cseq), 5_000)
  if (answer?.message.kind !== 'response' || answer.message.status !== 200)
    throw new Error("the neighbour's call is not answered")
  dialog.answered(answer.message)
  dialog.acknowledge(cseq, true)
  await boxes.pod.next(isRequest('ACK'), 2_000)
  const stop = [
    speak(caller, mediaLines(bodyOf(answer.message))[0]!.port, VOICE.caller, pod),
    speak(pod, mediaLines(bodyOf(invite.message))[0]!.port, VOICE.pod, caller),
  ]
  let ended: string | undefined
  for (const [who, box] of Object.entries(boxes))
    void box.next(isRequest('BYE'), 2 ** 31 - 1).then(() => (ended ??= `${who} got a BYE`))
  return {
    look: () => ({ caller: heardBy(caller), pod: heardBy(pod), ended }),
    heard: () => caller.heard.size + pod.heard.size,
    async hangUp() {
      for (const end of stop) end()
      const bye = dialog.request('BYE')
      const heard = await boxes.pod.next(isRequest('BYE'), 2_000).catch(() => undefined)
      if (heard?.message.kind === 'request') answerer.answer(heard.line, heard.message, 200)
      await boxes.caller.next(isAnswer(bye), 500)
      for (const { socket } of [caller, pod]) socket.close()
    },
  }
}

interface Ear {
  readonly socket: Socket
  due: number
  heard: Set<number>
  foreign: number
  /** Frames that were missing at the last look, and are not told again. */
  told: number
}

async function earOf(address: string, voice: number): Promise<Ear> {
  const ear: Ear = {
    socket: createSocket({ type: 'udp4', recvBufferSize: 1 << 20 }),
    due: 0,
    heard: new Set(),
    foreign: 0,
    told: 0,
  }
  const rtp = emptyRtpHeader()
  ear.socket.on('message', (octets) => {
    const isOurs =
      readRtp(octets, octets.length, rtp) && octets.subarray(rtp.payloadStart).every((one) => one === voice)
    if (isOurs) ear.heard.add(rtp.timestamp / 160)
    else ear.foreign++
  })
  await new Promise<void>((resolve) => ear.socket.bind(MEDIA_PORT, address, resolve))
  return ear
}

function heardBy(ear: Ear): NeighbourHeard {
  const missing = ear.due - ear.heard.size - ear.told
  const { foreign } = ear
  // A few are on their way at any time.
  if (missing > IN_FLIGHT) ear.told += missing
  ear.foreign = 0
  return { missing: missing > IN_FLIGHT ? missing : 0, foreign }
}

/** A frame every 20 ms, in a batch where the machine was late. @returns what ends it */
function speak({ socket }: Ear, port: number, voice: number, to: Ear): () => void {
  const begun = performance.now()
  const timer = setInterval(() => {
    const until = Math.min(to.due + 10, Math.floor((performance.now() - begun) / FRAME_MS))
    while (to.due < until) {
      const nth = ++to.due
      const packet = Buffer.alloc(172, voice)
      writeRtp(packet, { marker: false, payloadType: 8, sequence: nth & 0xffff, timestamp: nth * 160, ssrc: voice })
      socket.send(packet, port, EDGE)
    }
  }, FRAME_MS)
  return () => clearInterval(timer)
}

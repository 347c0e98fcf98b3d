/** Callers outside the cluster: SIPp. Its messages are written down, those over TLS, too, and its media is read on the wire. */
import { join } from 'node:path'
import { writeAlaw } from '../../hack/calls/audio.ts'
import { startCapture, stopComplete } from '../../hack/calls/capture.ts'
import { packetsIn } from '../../hack/calls/pcap.ts'
import { messagesOf, runSipp } from '../../hack/calls/sipp.ts'
import { join as joinSounds, secondsOf } from '../../hack/calls/sound.ts'
import { places } from '../../hack/cluster/outside.ts'
import { readCrypto } from '../../src/wire/sdp/crypto.ts'
import { SrtpReceiver } from '../../src/wire/srtp/receiver.ts'
import { createAuthority } from './authority.ts'
import { framesIn, soundSeconds, type HeardFrame } from './heard-sound.ts'
import { edgeOf, isTls, notAnswered, numberOf, turnAfter, type OutsideProgram } from './outside-callers.ts'

const FIRST_MEDIA_PORT = 20_000
const PORTS_OF_A_CALL = 10
const FIRST_SIP_PORT = 26_000

const authority = createAuthority('callers')

/** It speaks when its time has come, whatever it hears. */
export const callBySipp: OutsideProgram = async (caller) => {
  const { kind, at, folder, number, ca } = caller
  const { netns, address } = places[kind.place]
  const tls = isTls(caller)
  const turn = turnAfter(caller.speaksAfterSeconds)
  const mediaPort = FIRST_MEDIA_PORT + PORTS_OF_A_CALL * at
  const file = join(folder, 'heard.pcap')
  const calling = join(folder, 'sipp')
  const ports = `${mediaPort}-${mediaPort + PORTS_OF_A_CALL - 1}`
  const filter = `udp and dst host ${address} and dst portrange ${ports}`
  const capture = await startCapture({ file, networkInterface: 'uplink', filter, netns })
  const { lives, failed, errors } = await runSipp({
    ...{ folder: calling, number, caller: numberOf(caller), target: `${edgeOf(caller)}:${tls ? 5061 : 5060}` },
    ...{ address, netns, mediaPort, localPort: FIRST_SIP_PORT + at, calls: 1, concurrent: 1, perSecond: 1 },
    ...(tls
      ? { transport: 'tls', srtp: true, tls: { ...authority.issue(['caller.example.net']), ca } }
      : { transport: 'udp', srtp: false }),
    audio: writeAlaw(join(folder, 'turn.alaw'), turn),
    ends: { by: 'Caller', afterMs: 1_000 * secondsOf(turn) },
  })
  await stopComplete(capture)
  const [life] = lives
  const messages = messagesOf(calling)
  if (life === undefined) return notAnswered(errors)
  const receiver = tls ? receiverOf(messages) : undefined
  const frames = [...framesIn(packetsIn(file), receiver)]
  const isBots = ({ at: time }: HeardFrame) => time < life.from + caller.speaksAfterSeconds
  const seconds = (heard: HeardFrame[]) => soundSeconds(joinSounds(...heard.map(({ samples }) => samples)))
  return {
    problem: failed === 0 ? undefined : errors,
    botSeconds: seconds(frames.filter(isBots)),
    echoSeconds: seconds(frames.filter((frame) => !isBots(frame))),
    isEncrypted: receiver !== undefined,
    life,
    messages,
  }
}

/** Of the key in the answer. @throws where there is none: the call is not encrypted */
function receiverOf(messages: string): SrtpReceiver {
  const [, line = ''] = /^SIP\/2\.0 200[^]*?^a=crypto:(.*?)\r?$/m.exec(messages) ?? []
  const crypto = readCrypto(line)
  if (crypto === undefined) throw new Error(`no key is in the answer: ${messages.slice(0, 4_000)}`)
  return new SrtpReceiver(crypto.key)
}

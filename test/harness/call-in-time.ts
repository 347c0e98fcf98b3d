/** One call from packet to packet, played in a time of its own: nothing of the machine is in what it measures. */
import { flowSchema } from '../../src/api/flow.ts'
import { silent } from '../../src/runtime/log.ts'
import { MediaLanes } from '../../src/telephony/media/tick-lanes.ts'
import { Stream } from '../../src/telephony/media/stream.ts'
import { createCall } from '../../src/voice/call/state-machine.ts'
import { advanceConversation, prepareFlow, startConversation } from '../../src/conversation/engine.ts'
import { Driver, type CallEnvironment } from '../../src/voice/session/driver.ts'
import { encode, laws } from '../../src/wire/codec/g711.ts'
import { writeRtp } from '../../src/wire/rtp/packet.ts'
import { chooseFrom, type Agreement } from '../../src/wire/sdp/negotiate.ts'
import { readSdp } from '../../src/wire/sdp/read.ts'
import type { Sdp } from '../../src/wire/sdp/sdp.ts'
import { FakeClock } from './fake-clock.ts'
import { reach } from './sdp.ts'
import { vowels } from './vowels.ts'

const FRAME = 160
const FRAME_MS = 20
const LOUD = 300
const law = laws.PCMA
const PEER = { address: '192.0.2.16', port: 40_562 }
export const END_OF_TURN_MS = 700
export const ENGINE_MS = 3

const offer = [
  'v=0',
  `o=- 1 1 IN IP4 ${PEER.address}`,
  's=-',
  `c=IN IP4 ${PEER.address}`,
  't=0 0',
  `m=audio ${PEER.port} RTP/AVP 8`,
]
const agreed = chooseFrom(
  readSdp(Buffer.from(offer.join('\r\n'))) as Sdp,
  { srtp: 'Disabled', codecs: ['PCMA'] },
  reach,
) as Agreement

const script = prepareFlow(
  flowSchema.parse({
    start: 'question',
    steps: [
      {
        name: 'question',
        ask: { text: 'Oui ?', field: 'wish', slot: { type: 'FreeText' }, confirm: 'Never' },
        next: 'answer',
      },
      { name: 'answer', say: { text: 'Bien.' }, next: 'question' },
    ],
  }),
  { language: 'fr-FR', fallback: { causes: ['BotFailure'] } },
)

/** Lets go of a voice as late as Silero's model does. */
function lateModel(): CallEnvironment['model'] {
  let sinceLoud = Infinity
  return {
    newMemory: () => ({ state: new Float32Array(), context: new Float32Array() }),
    counts: { runs: 0, windows: 0, failures: 0 },
    judge(_, { samples }, tell) {
      const loudness = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length) * 32_768
      sinceLoud = loudness > LOUD ? 0 : sinceLoud + 32
      tell(sinceLoud <= 120 ? 0.9 : 0.1)
    },
  }
}

/**
 * A caller is silent for some seconds, speaks, and is silent again.
 * @param arrivalMs when the caller's packet of that number comes
 * @returns milliseconds from the caller's last sound to the bot's first, less the silence that ends a turn and the engine's time
 */
export async function turnInTime(arrivalMs: (packet: number) => number): Promise<number> {
  const clock = new FakeClock()
  const speech = vowels(1.5)
  const begins = 6 * 50
  const ends = begins + speech.length / FRAME
  let spokenAt: number | undefined
  let answeredAt: number | undefined
  const stream = new Stream({
    ...{ clock, log: silent, random: (octets) => Buffer.alloc(octets, 7), inactivityMs: 30_000, reach },
    handlers: {
      onFrame: (frame, { kind }) =>
        driver.handle({ type: 'Tick', samples: kind === 'Silence' ? undefined : frame.slice() }),
    },
  })
  stream.configure(agreed, undefined)
  stream.open({
    rtp: {
      close: () => Promise.resolve(),
      send(packet) {
        const isLoud = packet.subarray(12).some((octet) => Math.abs(law.linear[octet]!) > LOUD)
        if (spokenAt !== undefined && isLoud) answeredAt ??= clock.monotonic()
      },
    },
    rtcp: undefined,
  })
  const delay = () => stream.delay(() => driver.handle({ type: 'DelayExpired' }))
  const driver = new Driver(hands(clock, stream, delay))
  const place = new MediaLanes(clock).add((due) => {
    const lanes = stream.tick(due)
    if (lanes !== 0) place.moveEarlier(lanes)
  })
  driver.handle({ type: 'Answered' })
  for (let packet = 0; packet < ends + 100; packet++) {
    const sound =
      packet < begins ? new Int16Array(FRAME) : filled(speech.slice((packet - begins) * FRAME).slice(0, FRAME))
    clock.after(arrivalMs(packet), () => {
      stream.receive(rtp(packet, sound), PEER.address, PEER.port)
      if (packet === ends - 1) spokenAt = clock.monotonic()
    })
  }
  await clock.pass((ends + 100) * FRAME_MS)
  place.leave()
  return answeredAt! - spokenAt! - END_OF_TURN_MS - ENGINE_MS
}

function hands(clock: FakeClock, stream: Stream, delay: () => void): CallEnvironment {
  const tone = vowels(0.5)
  return {
    call: createCall({
      flow: {
        start: (at, collect) => startConversation(script, at, collect),
        advance: (state, event, at) => advanceConversation(script, state, event, at),
      },
      turnTaking: {
        endOfTurnMilliseconds: END_OF_TURN_MS,
        silenceSeconds: 60,
        stuckSeconds: 10,
        longestCallSeconds: 600,
      },
      collect: [],
      hasToneKeys: false,
    }),
    ...{ clock, log: silent, model: lateModel() },
    client: { transcribe: () => new Promise((resolve) => clock.after(ENGINE_MS, () => resolve('un rendez-vous'))) },
    prompts: { get: () => tone, render: () => Promise.resolve(tone) },
    askModel: () => Promise.reject(new Error('no model')),
    requestOperation: () => Promise.reject(new Error('no operation')),
    transfer: () => Promise.resolve(undefined),
    send: (samples) => stream.send(samples),
    delay,
    reportTurn: () => {},
    answeredTurn: () => {},
    end: () => {},
  }
}

function filled(samples: Int16Array): Int16Array {
  const frame = new Int16Array(FRAME)
  frame.set(samples)
  return frame
}

function rtp(packet: number, samples: Int16Array): Buffer {
  const octets = Buffer.alloc(12 + FRAME)
  writeRtp(octets, { marker: false, payloadType: 8, sequence: 1_000 + packet, timestamp: packet * FRAME, ssrc: 77 })
  encode(law, samples, octets, 12)
  return octets
}

import { systemClock as clock } from '../../src/runtime/system-clock.ts'
import type { MediaHandlers, MediaSession } from '../../src/telephony/media/types.ts'
import { vowels } from './vowels.ts'

/** The mouth and the ears of one on the telephone, frame by frame. */
export interface LoopbackVoice {
  readonly handlers: MediaHandlers
  /** Loudness (root mean square) of each frame heard, by its tick. */
  readonly heard: { readonly at: number; readonly loudness: number }[]
  readonly keys: string[]
  /** Says it, frame by frame, after what is being said. */
  say(samples: Int16Array): void
  /** Resolves when the other side has been loud and then silent for `ms`. */
  othersStop(ms?: number): Promise<void>
  othersSpeak(): Promise<void>
}

const LOUD = 200

/** Both speak for so many seconds; resolves when each has heard the other. */
export async function hearEachOther(
  caller: { say: LoopbackVoice['say']; botSpeaks(): Promise<void> },
  person: Pick<LoopbackVoice, 'say' | 'othersSpeak'>,
  seconds = 0.5,
): Promise<void> {
  const heard = Promise.all([person.othersSpeak(), caller.botSpeaks()])
  caller.say(vowels(seconds))
  person.say(vowels(seconds))
  await heard
}

/** @param listen gets each frame heard, and may not keep it: it is used again */
export function createVoice(session: () => MediaSession, listen?: (frame: Int16Array) => void): LoopbackVoice {
  const heard: { at: number; loudness: number }[] = []
  const keys: string[] = []
  const watchers = new Set<() => void>()
  let speech: Int16Array = new Int16Array(0)
  const until = (isSo: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!isSo()) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
    })
  return {
    heard,
    keys,
    handlers: {
      onFrame(frame) {
        heard.push({ at: clock.monotonic(), loudness: loudnessOf(frame) })
        listen?.(frame)
        session().send(speech.length === 0 ? undefined : filled(speech.subarray(0, 160)))
        speech = speech.subarray(160)
        for (const look of [...watchers]) look()
      },
      onDtmf: (key) => void keys.push(key),
    },
    say: (samples) => void (speech = Int16Array.from([...speech, ...samples])),
    othersSpeak: () => {
      const from = heard.length
      return until(() => heard.slice(from).some(({ loudness }) => loudness > LOUD))
    },
    othersStop: (ms = 400) => {
      const from = heard.length
      return until(() => {
        const since = heard.slice(from)
        const last = since.findLastIndex(({ loudness }) => loudness > LOUD)
        return last !== -1 && (since.length - 1 - last) * 20 >= ms
      })
    },
  }
}

const filled = (samples: Int16Array) => {
  const frame = new Int16Array(160)
  frame.set(samples)
  return frame
}

function loudnessOf(frame: Int16Array): number {
  return Math.sqrt(frame.reduce((sum, sample) => sum + sample * sample, 0) / frame.length)
}

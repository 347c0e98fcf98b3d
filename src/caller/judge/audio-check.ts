import { findEcho, MOST_DELAY_MS, type SentTone } from './echo.ts'
import type { EchoFigures, Expectation, Finding } from './result.ts'
import { SteadyTone } from './steady-tone.ts'
import { ToneDetector } from './tone-detector.ts'
import { FRAME_MS, TonePlayer, writeScript } from './tone-script.ts'

/** Tones begin as soon as something was heard, or after this time: some send nothing before they hear something. */
const PATIENCE_MS = 1_000
/** Between what is heard first and the first tone: the other side has just connected. */
const LEAD_MS = 100
/**
 * Of our tones so many must come back, as a share. By chance the half of ten comes back in two of a thousand echoes of other calls, six in one of
 * ten thousand.
 */
const ENOUGH = 0.8
const HALF = 0.5
/** How often it is looked at whether the echo is complete, in frames. */
const LOOK_EVERY = 10
/** A steady tone for so long is one that somebody plays. */
const TONE_MS = 500
/** So much sound is a word, and no click. */
const VOICE_MS = 400
/** For how long a call is held that has only to be answered. */
const HOLD_MS = 2_000

/** A process that stood still for so long has sent its tones late and heard those that came back with holes, milliseconds. */
const STALL_MS = 200

/** How the call ended, apart from what was heard. */
export type Ending = 'Done' | 'HungUp' | 'Lost' | 'TimeUp' | 'CalledOff'

/** What media told, apart from sound. */
export interface Heard {
  readonly packets: number
  /** The other side said that it does not listen. */
  readonly isHeld: boolean
  /** By RTCP: what share of ours it has lost lately; undefined: it never told. */
  readonly sentLost: number | undefined
  /** How late our own clock was at most, milliseconds. */
  readonly ownDelay: number
}

/** The audio of one test call: gives what goes out every 20 ms, takes what comes in, and judges. */
export class AudioCheck {
  private readonly expect: Expectation
  private readonly player: TonePlayer
  private readonly tones: number
  private readonly detector = new ToneDetector()
  private readonly steady = new SteadyTone()
  private readonly sent: SentTone[] = []
  private readonly startedAt: number
  private firstHeardAt: number | undefined
  private overAt: number | undefined
  private frames = 0
  isDone = false

  /**
   * @param o.at when media was started, milliseconds
   * @param o.tones 1 to 100
   */
  constructor(o: { expect: Expectation; seed: string; tones: number; at: number }) {
    this.expect = o.expect
    this.tones = o.tones
    this.player = new TonePlayer(writeScript(o.seed, o.tones))
    this.startedAt = o.at
  }

  /**
   * @param at when these 20 ms began, milliseconds
   * @param frame what was heard, 160 samples; undefined: silence
   * @param isHeard whether any packet has come by now
   * @returns what goes out, used again in the next frame; undefined: silence
   */
  tick(at: number, frame: Int16Array | undefined, isHeard: boolean): Int16Array | undefined {
    this.frames++
    this.detector.hear(at, frame)
    if (this.expect === 'Tone') {
      this.steady.hear(frame)
      this.isDone ||= this.steady.milliseconds >= TONE_MS
    }
    if (this.expect === 'Voice') this.isDone ||= this.hasVoice()
    if (this.expect === 'Answer') this.isDone ||= at - this.startedAt >= HOLD_MS
    return this.expect === 'Echo' ? this.speak(at, isHeard) : undefined
  }

  /** After the last frame. */
  judge(ending: Ending, heard: Heard): Finding {
    if (ending === 'CalledOff') return 'CalledOff'
    if (this.hasPassed(ending)) return 'AsExpected'
    if (ending === 'HungUp' || ending === 'Lost') return ending
    if (heard.isHeld) return 'OneWay'
    if (heard.packets === 0) return heard.sentLost !== undefined && heard.sentLost < 1 ? 'OneWay' : 'NoMedia'
    if (heard.ownDelay >= STALL_MS) return 'Stalled'
    if (ending === 'TimeUp' && this.expect === 'Echo' && !this.isDone) return 'TimeUp'
    if (this.detector.soundFrames === 0) return heard.sentLost === 1 ? 'OneWay' : 'Silent'
    if (this.expect === 'Tone') return 'NoTone'
    if (this.expect === 'Voice') return 'Silent'
    return this.returned() >= HALF * this.tones ? 'TonesMissing' : 'OtherSound'
  }

  echo(): EchoFigures | null {
    if (this.expect !== 'Echo') return null
    const { delays, others } = this.find()
    const known = delays.filter((delay) => delay !== undefined).sort((a, b) => a - b)
    return {
      sent: this.sent.length,
      returned: known.length,
      others,
      delaysMilliseconds: delays.map((delay) => (delay === undefined ? null : Math.round(delay))),
      medianMilliseconds: known.length === 0 ? null : Math.round(known[known.length >> 1]!),
    }
  }

  tone(): { hertz: number; milliseconds: number } | null {
    const { hertz, milliseconds } = this.steady
    return hertz === undefined ? null : { hertz, milliseconds }
  }

  private speak(at: number, isHeard: boolean): Int16Array | undefined {
    if (isHeard) this.firstHeardAt ??= at
    const from = Math.min(this.startedAt + PATIENCE_MS, (this.firstHeardAt ?? Infinity) + LEAD_MS)
    if (at < from) return undefined
    if (this.player.isOver) {
      this.overAt ??= at
      const isLate = at - this.overAt >= MOST_DELAY_MS
      this.isDone ||= isLate || (this.frames % LOOK_EVERY === 0 && this.returned() === this.tones)
      return undefined
    }
    const begins = this.player.begins
    if (begins !== undefined) this.sent.push({ tone: begins.tone, at })
    return this.player.next()
  }

  private hasPassed(ending: Ending): boolean {
    if (this.expect === 'Answer') return ending === 'Done' || ending === 'TimeUp'
    if (this.expect === 'Tone') return this.steady.milliseconds >= TONE_MS
    if (this.expect === 'Voice') return this.hasVoice()
    this.detector.finish()
    return this.returned() >= ENOUGH * this.tones
  }

  private hasVoice = () => this.detector.soundFrames * FRAME_MS >= VOICE_MS

  private returned = () => this.find().delays.filter((delay) => delay !== undefined).length

  private find = () => findEcho(this.sent, this.detector.heard)
}

import type { EndCause } from '../../telephony/call.ts'
import { type Call, createCall } from '../call/state-machine.ts'
import type { CallInput, End } from '../call/types.ts'
import { Driver, type Hands, type Through } from './driver.ts'
import { FRAME_SAMPLES, SAMPLE_RATE } from '../pipeline/frames.ts'
import type { Party } from './party.ts'

/** How the talk with the bot ended. `Silent`: the line is dead. */
export type Talked = End | Through | { readonly type: 'Gone'; readonly cause: EndCause } | { readonly type: 'Silent' }

/** What a talk needs beside the party. */
export interface TalkHands extends Omit<Hands, 'call' | 'send' | 'end'> {
  readonly rule: Omit<Parameters<typeof createCall>[0], 'hasToneKeys'>
}

/** The bot talks with a caller until one of them has had enough. */
export class Talk {
  private readonly party: Party
  private readonly driver: Driver
  private readonly end = Promise.withResolvers<Talked>()
  private memory = new Int16Array(SAMPLE_RATE)
  private kept = 0

  constructor(party: Party, { rule, ...hands }: TalkHands) {
    const { session, dialog } = party
    this.party = party
    const call: Call = createCall({ ...rule, hasToneKeys: !session.takesEvents })
    this.driver = new Driver({
      ...hands,
      call,
      send: (samples) => party.send(samples),
      end: (end) => this.end.resolve(end),
    })
    void dialog.ended.then(({ cause }) => this.end.resolve({ type: 'Gone', cause }))
    party.heardBy({
      onFrame: (frame) => this.tick(frame),
      onKey: (key) => this.happen({ type: 'Key', key }),
      onInactive: () => this.end.resolve({ type: 'Silent' }),
    })
  }

  /** What the caller has told so far, by field: for who takes the call over. */
  get collected(): Readonly<Record<string, string>> {
    return this.driver.collected
  }

  happen(input: CallInput): void {
    this.driver.happen(input)
  }

  /** Resolves when it is over; nothing of it goes on then. */
  async run(): Promise<Talked> {
    this.happen({ type: 'Answered' })
    const talked = await this.end.promise
    this.driver.stop()
    return talked
  }

  private tick(frame: Int16Array | undefined): void {
    if (this.party.session.isHeld) return this.happen({ type: 'Held' })
    this.happen({ type: 'Tick', samples: frame === undefined ? undefined : this.keep(frame) })
  }

  /** A copy: the frame is used again. Of one second's memory at a time, since each piece of its own costs more than its samples. */
  private keep(frame: Int16Array): Int16Array {
    if (this.kept === this.memory.length) {
      this.memory = new Int16Array(SAMPLE_RATE)
      this.kept = 0
    }
    const copy = this.memory.subarray(this.kept, this.kept + FRAME_SAMPLES)
    copy.set(frame)
    this.kept += FRAME_SAMPLES
    return copy
  }
}

import type { Cause } from '../../rules/flow/flow.ts'
import type { ConversationState, Listen, Wait } from '../../conversation/types.ts'
import type { PlaybackState } from '../pipeline/playback.ts'
import type { InputStages } from '../pipeline/audio-input.ts'

/** What happens to a call. The world outside tells it; time passes by ticks, and by nothing else. */
export type CallInput =
  | { readonly type: 'Answered' }
  /** 20 ms have passed; what was heard in them, undefined for silence. The samples are read in this step, and not kept. */
  | { readonly type: 'Tick'; readonly samples: Int16Array | undefined }
  /** The packet of the last tick waited for an answer, and goes out without one. */
  | { readonly type: 'DelayExpired' }
  /** 20 ms in which the caller has put the bot on hold: nobody listens, so the bot neither speaks nor waits for an answer. */
  | { readonly type: 'Held' }
  /** A key that came as an event (RFC 4733, or INFO). */
  | { readonly type: 'Key'; readonly key: string }
  | { readonly type: 'Judged'; readonly probability: number }
  /** The sound of a sentence; undefined: no provider could render it. `isPart`: the rest of it follows, under the same id. */
  | {
      readonly type: 'Rendered'
      readonly id: number
      readonly samples: Int16Array | undefined
      readonly isPart?: true
    }
  /** What was understood, empty if nothing; undefined: no provider could tell. */
  | { readonly type: 'Transcribed'; readonly id: number; readonly text: string | undefined }
  | {
      readonly type: 'OperationEnded'
      readonly id: number
      readonly outcome: string
      readonly output: Readonly<Record<string, string>>
    }
  | {
      readonly type: 'ModelEnded'
      readonly id: number
      /** Undefined: no provider answered. */
      readonly answer: ModelAnswer | undefined
    }
  /** Nobody took the call. When somebody did, the bot has no part in it any more. */
  | { readonly type: 'TransferFailed'; readonly id: number }
  /** Something outside of the call asks for its end by the emergency number, such as a pod that has to leave. */
  | { readonly type: 'Trouble'; readonly cause: Cause; readonly reason: Reason }
  /** The bot has another policy: what it does not list may not leave any more. */
  | { readonly type: 'PolicyChanged'; readonly collect: readonly string[] }

export interface ModelAnswer {
  readonly say?: string
  readonly collected?: Readonly<Record<string, string>>
  readonly exit?: string
}

/** What the world outside shall do. */
export type CallEffect =
  /** In the tick that it answers, or while that is delayed: 160 samples, or silence. */
  | { readonly type: 'Send'; readonly samples: Int16Array | undefined }
  /** The packet of this tick waits a moment for an answer that is being made. */
  | { readonly type: 'Delay' }
  /** What was heard in this tick shall be silence for all who look back at it. */
  | { readonly type: 'Erase' }
  /** `from`: the first sample of the window, counted from the beginning of the call. */
  | { readonly type: 'Judge'; readonly from: number; readonly isFirst: boolean }
  /** `from`, `to`: the first frame of what was said, and the first after it, counted from the beginning of the call. */
  | {
      readonly type: 'Transcribe'
      readonly id: number
      readonly from: number
      readonly to: number
      readonly hints: readonly string[]
    }
  | { readonly type: 'Render'; readonly id: number; readonly text: string }
  /** Something asked for whose answer is of no use any more. */
  | { readonly type: 'Cancel'; readonly id: number }
  | {
      readonly type: 'RequestOperation'
      readonly id: number
      readonly wait: Extract<Wait, { type: 'RequestOperation' }>
    }
  | { readonly type: 'AskModel'; readonly id: number; readonly wait: Extract<Wait, { type: 'AskModel' }> }
  | { readonly type: 'Transfer'; readonly id: number; readonly wait: Extract<Wait, { type: 'Transfer' }> }
  /** For those who may listen, never for a log. */
  | { readonly type: 'ReportTurn'; readonly turn: Turn }
  /** The call is over for us. Nothing follows. */
  | { readonly type: 'End'; readonly end: End }

export type Turn =
  { readonly heard: string } | { readonly said: string } | { readonly key: string } | { readonly step: string }

/** How the bot ends a call: it hangs up, or the emergency number takes over. */
export type End =
  /** With a reason: it hung up with an apology, because the bot's fallback leaves that cause out. */
  | { readonly type: 'HungUp'; readonly reason?: Reason }
  | { readonly type: 'Fallback'; readonly cause: Cause; readonly reason: Reason }

/** Why a call needs the emergency number, in words for metrics and logs. */
export type Reason = 'dialog' | 'silence' | 'stuck' | 'too-long' | 'asr' | 'tts' | 'draining' | 'bug'

export interface CallState {
  readonly inputStages: InputStages
  readonly playback: PlaybackState
  /** The packet of the last tick waits for an answer. */
  readonly isDelayed: boolean
  readonly conversation: ConversationState
  /** What the dialog waits for; undefined before the call is answered. */
  readonly wait: Wait | undefined
  /** The last number that was given to something asked of the world. */
  readonly lastId: number
  /** The sentence whose sound is awaited. */
  readonly rendering: number | undefined
  /** The turn whose words are awaited. */
  readonly transcribing: number | undefined
  /** The operation, model or person whose answer is awaited. */
  readonly asking: number | undefined
  /** Keys that came while the bot had to be heard to its end. */
  readonly bufferedKeys: readonly string[]
  readonly counts: Counts
  /** Why the call is on its way to the emergency number, if it is. */
  readonly trouble: { readonly cause: Cause; readonly reason: Reason } | undefined
  readonly isOver: boolean
}

/** Ticks of 20 ms. */
export interface Counts {
  /** Since the call was answered. */
  readonly call: number
  /** Since it is the caller's turn and nobody speaks: against `noInputSeconds`. */
  readonly noInput: number
  /** The same over all reprompts: against `silenceSeconds`. */
  readonly silent: number
  /** In which the bot owed an answer, in a row: against `stuckSeconds`. */
  readonly unanswered: number
  /** In which the caller has been speaking, in a row: against the longest answer. */
  readonly speaking: number
  /** Since the operation was called: against the second after which the caller is asked to wait. */
  readonly waiting: number
  /** Since the last sound of a call that is about to end went out. */
  readonly leaving: number
  /** Transcriptions in a row that failed. */
  readonly failedTranscriptions: number
}

export const isListening = (wait: Wait | undefined): wait is Listen => wait?.type === 'Listen'

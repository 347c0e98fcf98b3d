/** What a test call found. Figures and words of ours: no number, no name and no sound of anybody. */
import type { FlowFigures } from './flow-meter.ts'

/**
 * What shall be at the other end. Echo: it sends back what it hears. Tone: it plays a steady tone of its own. Voice: it speaks, or plays
 * something else that is no silence. Answer: it answers, whatever it plays.
 */
export const expectations = ['Echo', 'Tone', 'Voice', 'Answer'] as const
export type Expectation = (typeof expectations)[number]

/** Why a call counts as passed, failed or called off. */
export const findings = [
  'AsExpected',
  /** No edge could be reached, or none that was said anything. */
  'NoEdge',
  /** An answer said no: see `status`. */
  'Refused',
  /** Nobody answered in time; whether it rang says `ringMilliseconds`. */
  'Unanswered',
  /** The other side takes nothing of what was offered, or answers with what can't be had. */
  'NoCommonMedia',
  /** No port of ours is free. */
  'NoPort',
  /** Not one packet came, and nothing tells that ours arrived. */
  'NoMedia',
  /** Voice goes in one direction only: nothing came from a side that reports ours, or it said that it does not listen. */
  'OneWay',
  /** Packets came without a sound in them. */
  'Silent',
  /** What was heard is not what was sent. */
  'OtherSound',
  /** Our tones came back, but too few of them. */
  'TonesMissing',
  /** There was no steady tone. */
  'NoTone',
  /** The other side hung up before enough was heard. */
  'HungUp',
  /** The other side is gone: it answers no longer. */
  'Lost',
  /** Our own process stood still: what was heard says nothing of the other side. */
  'Stalled',
  /** The call may not last longer, and too little was heard until then. */
  'TimeUp',
  /** Somebody here ended it. */
  'CalledOff',
  /** As many test calls as may be are on their way. */
  'TooMany',
  /** A fault of ours. */
  'Bug',
] as const
export type Finding = (typeof findings)[number]

export interface MediaFigures extends FlowFigures {
  readonly codec: string | null
  /** How it was protected (RFC 4568); null: plain RTP. */
  readonly srtp: string | null
  /** Packets. */
  readonly sent: number
  readonly received: number
  /** Packets that came and were not let in, whatever the reason. */
  readonly rejected: number
  /** Of what was heard: guessed in place of what did not come in time. */
  readonly concealedMilliseconds: number
  readonly jitterMilliseconds: number
  /** By RTCP, once the other side has reported: the way there and back without any buffer, and what it lost of ours lately, 0 to 1. */
  readonly networkRoundTripMilliseconds: number | null
  readonly sentLost: number | null
}

export interface EchoFigures {
  readonly sent: number
  readonly returned: number
  /** Tones that were no echo of ours. */
  readonly others: number
  /** From a tone that went out to its echo, jitter buffers included, milliseconds, to some 2 ms; null for a tone that did not come back. */
  readonly delaysMilliseconds: readonly (number | null)[]
  readonly medianMilliseconds: number | null
}

export interface TestCallResult {
  readonly outcome: 'Passed' | 'Failed' | 'CalledOff'
  readonly finding: Finding
  /** The final status of SIP that ended it before it was answered; null: none did. */
  readonly status: number | null
  /** Address of the edge that was asked last; null: none was. */
  readonly edge: string | null
  /** The trunk by which it was answered, as the edge names it (X-Callbot-Trunk); null: it does not. */
  readonly trunk: string | null
  /** From the first INVITE, milliseconds; null: that did not happen. */
  readonly ringMilliseconds: number | null
  readonly answerMilliseconds: number | null
  /** From the first INVITE to the end. */
  readonly callMilliseconds: number
  /** Null: it was not answered. */
  readonly media: MediaFigures | null
  /** Only where an echo is expected. */
  readonly echo: EchoFigures | null
  /** The longest steady tone, where one is expected; null: none was heard. */
  readonly tone: { readonly hertz: number; readonly milliseconds: number } | null
}

export function outcomeOf(finding: Finding): TestCallResult['outcome'] {
  if (finding === 'AsExpected') return 'Passed'
  return finding === 'CalledOff' ? 'CalledOff' : 'Failed'
}

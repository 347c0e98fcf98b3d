/** What `callbot call` says of a call: text for people. */
import type { Finding, TestCallResult } from '../caller/judge/result.ts'

/** A call that was placed, and what is known beside its result. */
export interface PlacedCall {
  readonly number: string
  readonly edge: string
  readonly result: TestCallResult
  /** Undefined: nobody answered. */
  readonly answeredBy: 'Bot' | 'Other' | undefined
}

/** Whether a bot answered, and what was expected was heard. */
export const hasPassed = ({ result, answeredBy }: PlacedCall) => result.outcome === 'Passed' && answeredBy === 'Bot'

/** Lines, the verdict first. */
export function reportLines(call: PlacedCall): string[] {
  const { number, edge, result, answeredBy } = call
  const verdict = hasPassed(call) ? 'passed' : 'FAILED'
  const facts: [string, string | undefined][] = [
    ['edge', result.edge ?? edge],
    ['answered by', answeredBy === undefined ? undefined : answeredBy === 'Bot' ? 'a bot' : 'somebody who is no bot'],
    ['ringing after', milliseconds(result.ringMilliseconds)],
    ['answered after', milliseconds(result.answerMilliseconds)],
    ['media', result.media === null ? undefined : `${result.media.codec}, ${result.media.srtp ?? 'not encrypted'}`],
    ['packets', result.media === null ? undefined : `${result.media.received} of ${result.media.due} due received`],
  ]
  return [
    `call to ${number}: ${verdict}: ${explain(call)}`,
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : [`  ${`${name}:`.padEnd(16)}${value}`])),
  ]
}

function explain({ result, answeredBy }: PlacedCall): string {
  if (result.finding === 'AsExpected') return answeredBy === 'Bot' ? 'the bot answered and was heard' : NO_BOT
  if (result.finding === 'Refused')
    return REFUSALS[result.status ?? 0] ?? `the edge refused the call with ${result.status}`
  return CAUSES[result.finding] ?? `the call ended with ${result.finding}`
}

const milliseconds = (value: number | null) => (value === null ? undefined : `${value} ms`)

const NO_BOT =
  'the call was answered, but not by a bot: see whether pods of the bot are available (kubectl get callbots), for callers reach its fallback'

const REFUSALS: Readonly<Record<number, string>> = {
  403: 'the edge does not accept calls from here (403): it admits known callers only; see edge.callers and edge.carrierCidrs of the chart',
  404: 'no bot has this number (404): see NUMBERS of kubectl get callbots -o wide',
  480: 'no pod of the bot can take the call (480): see kubectl describe callbot',
  486: 'every place of the bot is taken (486): raise spec.capacity of the Callbot',
  503: 'the edge reaches no pod of the bot (503): see kubectl get callbots',
}

const CAUSES: Readonly<Partial<Record<Finding, string>>> = {
  NoEdge: 'no edge could be reached, or its certificate is not trusted: check --edge, --server-name and --ca',
  Unanswered: 'nobody answered in time: see kubectl describe callbot',
  NoCommonMedia: 'the bot accepts nothing of what was offered (G.711 over SRTP): see spec.media of the Callbot',
  NoPort: 'no UDP port is free here: end other programs that use them',
  NoMedia:
    'the call was answered, but no media came: see whether media can be routed between here and the pods (edge.media.mode of the chart)',
  OneWay:
    'media goes in one direction only: see whether media can be routed between here and the pods (edge.media.mode of the chart)',
  Silent: 'media came, but no voice in it: see SpeechReady of the Callbot',
  HungUp: 'the bot hung up before enough was heard: see the log of its pods',
  NoTone: 'no steady tone was heard: expect a voice of a bot that speaks (--expect voice)',
  OtherSound: 'what was heard is no echo: expect a voice of a bot that speaks (--expect voice)',
  TonesMissing: 'too little of the echo was heard: see whether packets are lost on the way',
  Lost: 'the other side no longer answers: see the log of its pods',
  Stalled: 'this program was held up, so that what was heard shows nothing: try again on a machine with less work',
  TimeUp: 'the call ended before enough was heard: raise --seconds',
}

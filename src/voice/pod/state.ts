import type { Calls } from './call-admission.ts'
import type { PodLanes } from '../../rules/drill/pod-lanes.ts'
import type { PolicyTold } from '../../rules/policy-order.ts'
import type { ReportedTest } from '../../rules/flow/test-results.ts'
import type { FlowProblem } from '../flow/flow-loader.ts'
import type { EndpointView } from '../http/endpoint.ts'
import type { SpeechHealth } from '../speech/speech-health.ts'
import type { Voice } from './bot-services.ts'

/** What GET /state reports to the operator. Numbers and our own words: nothing of a caller. */
export interface StateView extends PodLanes {
  readonly calls: number
  readonly places: number
  /** It takes no new calls and leaves when it has none. */
  readonly draining: boolean
  readonly answered: number
  readonly failed: number
  readonly refused: number
  readonly lastCallAt: string | null
  readonly answerMillisecondsP95: number | null
  readonly asr: SpeechHealth
  readonly tts: SpeechHealth
  readonly dialogProblem: FlowProblem | null
  /** The first of the bot's own tests that the newest dialog fails. */
  readonly failedTest: ReportedTest | null
  readonly http: readonly EndpointView[]
  /** The policy that calls go by. */
  readonly policy: PolicyTold
  /** The port where it listens and that its NetworkPolicy opens to nobody. */
  readonly closedPort: number
}

export function viewState(
  calls: Pick<Calls, 'live' | 'places' | 'isLeaving' | 'counts'>,
  speech: { readonly asr: SpeechHealth; readonly tts: SpeechHealth },
  dialog: Pick<Voice, 'now' | 'problem' | 'failedTest'>,
  http: readonly EndpointView[],
  policy: PolicyTold,
  lanes: PodLanes,
  closedPort: number,
): StateView {
  const { answered, failed, refused, lastCallAt, answerMsP95 } = calls.counts
  return {
    calls: calls.live,
    // Nobody finds a place where there is no dialog to talk by.
    places: dialog.now === undefined ? 0 : calls.places,
    draining: calls.isLeaving,
    answered,
    failed,
    refused,
    lastCallAt: lastCallAt === undefined ? null : new Date(lastCallAt).toISOString(),
    answerMillisecondsP95: answerMsP95 ?? null,
    asr: speech.asr,
    tts: speech.tts,
    dialogProblem: dialog.problem ?? null,
    failedTest: dialog.failedTest ?? null,
    http,
    policy,
    closedPort,
    ...lanes,
  }
}

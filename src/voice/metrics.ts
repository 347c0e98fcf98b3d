import { processMetrics } from '../runtime/process-metrics.ts'
import { Counter, Gauge, Histogram, Registry } from '../runtime/prometheus.ts'
import type { PaceStatistics } from '../telephony/media/types.ts'
import type { Finding } from '../caller/judge/result.ts'
import type { TestRequestResult } from '../rules/test-request.ts'
import type { DeliveryObserver } from './delivery/delivery.ts'
import { recordMetrics } from './delivery/metrics.ts'
import type { Backlog } from './record/backlog.ts'
import type { EndpointView } from './http/endpoint.ts'
import { operationMetrics } from './http/metrics.ts'
import type { OperationsObserver } from './http/operations.ts'
import type { Observe } from './speech/provider-failover.ts'

/** How a call came to its end, for counting. */
export type Outcome =
  /** The bot was done. */
  | 'hung-up'
  | 'caller-hung-up'
  /** A person took the caller: as the dialog wanted, or by the emergency number. */
  | 'transferred'
  | 'emergency'
  | 'lost'
  | 'cancelled'
  /** A person should have answered, and none did. */
  | 'failed'
  | 'refused'

/** How the call to a person went. `NoMedia`: no trunk takes the voice as it was offered. */
export type PutThroughResult = 'Answered' | 'Unanswered' | 'Declined' | 'NoTrunk' | 'NoMedia' | 'CalledOff'

/** What a pod reports to Prometheus. No label holds anything of a caller. */
export interface VoiceMetrics extends DeliveryObserver {
  readonly registry: Registry
  answered(seconds: number): void
  /** @param reason in our words, `none` if there is nothing to say */
  ended(outcome: Outcome, reason: string, seconds: number): void
  /** @param platform without the time that speech servers took */
  turn(seconds: { readonly whole: number; readonly platform: number }): void
  /** @param call.integration its name: one of a few */
  putThrough(call: {
    readonly integration: string
    readonly kind: 'Transfer' | 'Emergency'
    readonly result: PutThroughResult
  }): void
  testCall(finding: Finding): void
  testRequest(finding: TestRequestResult['finding']): void
  readonly speech: Observe
  readonly operations: OperationsObserver
}

export interface Facts {
  readonly calls: () => number
  readonly capacity: () => number
  readonly testCalls: () => number
  readonly pace: () => PaceStatistics
  /** Who reads the turns of calls. */
  readonly listeners: () => number
  readonly vad: () => { readonly windows: number; readonly failures: number }
  readonly prompts: () => { readonly here: number; readonly all: number }
  readonly endpoints: () => readonly EndpointView[]
  /** Records of ended calls that are not acknowledged yet. */
  readonly backlog: () => Backlog
}

const ANSWER = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]
const TURN = [0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1, 1.5, 2, 3, 5, 10]
const SPEECH = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 5, 10]
const CALL = [5, 15, 30, 60, 120, 180, 300, 600, 1_200, 3_600]

export function createVoiceMetrics(facts: Facts): VoiceMetrics {
  const registry = new Registry()
  processMetrics(registry)
  gauges(registry, facts)
  const make = { registers: [registry] }
  const calls = new Counter({
    name: 'callbot_calls_total',
    help: 'Number of ended calls, by outcome and reason.',
    labelNames: ['outcome', 'reason'],
    ...make,
  })
  const persons = new Counter({
    name: 'callbot_put_through_total',
    help: 'Number of calls to people, by Integration, kind and result.',
    labelNames: ['integration', 'kind', 'result'],
    ...make,
  })
  const tests = new Counter({
    name: 'callbot_test_calls_total',
    help: 'Number of ended test calls, by what they found.',
    labelNames: ['finding'],
    ...make,
  })
  const histogram = (name: string, help: string, buckets: number[]) => new Histogram({ name, help, buckets, ...make })
  const answer = histogram('callbot_answer_seconds', 'Time from the INVITE to the 200 response.', ANSWER)
  const length = histogram('callbot_call_seconds', 'Duration of calls, from the 200 response to their end.', CALL)
  const whole = histogram(
    'callbot_turn_seconds',
    'Time from the end of the caller\u2019s turn to the first sound of the answer.',
    TURN,
  )
  const own = histogram('callbot_turn_platform_seconds', 'The same without the time of the speech servers.', TURN)
  const speech = new Histogram({
    name: 'callbot_speech_request_seconds',
    help: 'Duration of requests to speech servers and language models, by type, position of the provider in the spec, and result.',
    labelNames: ['what', 'provider', 'result'],
    buckets: SPEECH,
    ...make,
  })
  return {
    registry,
    answered: (seconds) => answer.observe(seconds),
    ended(outcome, reason, seconds) {
      calls.inc({ outcome, reason })
      if (outcome !== 'refused' && outcome !== 'cancelled') length.observe(seconds)
    },
    putThrough: (call) => persons.inc(call),
    testCall: (finding) => tests.inc({ finding }),
    testRequest: testRequests(registry),
    turn(seconds) {
      whole.observe(seconds.whole)
      own.observe(seconds.platform)
    },
    ...recordMetrics(registry, facts.backlog),
    operations: operationMetrics(registry, facts.endpoints),
    speech: ({ what, provider, result, seconds }) => speech.observe({ what, provider, result }, seconds),
  }
}

function testRequests(registry: Registry): VoiceMetrics['testRequest'] {
  const requests = new Counter({
    name: 'callbot_test_requests_total',
    help: 'Number of ended test requests of drills, by what they found.',
    labelNames: ['finding'],
    registers: [registry],
  })
  return (finding) => requests.inc({ finding })
}

function gauges(registry: Registry, facts: Facts): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value())
      },
    })
  gauge('callbot_calls', 'Number of live calls.', facts.calls)
  gauge('callbot_call_places', 'Maximum number of concurrent calls of the pod.', facts.capacity)
  gauge('callbot_test_calls', 'Number of test calls that the pod is placing.', facts.testCalls)
  gauge('callbot_media_clock_error_ratio', 'Relative error of the frame clock (20 ms).', () => facts.pace().clockError)
  gauge(
    'callbot_media_late_seconds',
    '99th percentile of the delay of the last 1,000 frames.',
    () => facts.pace().p99LateMs / 1_000,
  )
  gauge(
    'callbot_media_skipped_ticks',
    'Number of frames that were skipped because the process stalled.',
    () => facts.pace().skipped,
  )
  gauge(
    'callbot_voice_windows',
    'Number of 32 ms windows that the voice activity model has classified.',
    () => facts.vad().windows,
  )
  gauge('callbot_voice_failures', 'Number of failed runs of the voice activity model.', () => facts.vad().failures)
  gauge('callbot_listeners', 'Number of connections that read the turns of live calls.', facts.listeners)
  gauge('callbot_prompts', 'Number of fixed sentences that are rendered ahead.', () => facts.prompts().here)
  gauge('callbot_prompts_wanted', 'Number of fixed sentences of the conversation flow.', () => facts.prompts().all)
}

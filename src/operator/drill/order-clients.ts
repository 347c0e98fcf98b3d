import { isNonce, type DrillOrder, type LaneOrder } from '../../rules/drill/order.ts'
import { parsePodLanes, type PodLanes } from '../../rules/drill/pod-lanes.ts'
import * as read from '../../rules/published-config.ts'
import type { PodState } from '../../rules/call-statistics.ts'
import type { TestCallOrder } from '../../rules/test-call.ts'
import { testRequestPath, type TestRequestOrder } from '../../rules/test-request.ts'
import type { Contexts } from '../certificates/own-certificate.ts'
import type { EdgePod } from '../observe/edge-poller.ts'
import type { Addressed } from '../observe/pod-poller.ts'
import { EDGE_STATE_PORT, HEALTH_PORT } from '../render/manifest.ts'
import { createRequests, keptConnections, MOST_OF_A_POD, readState } from '../state-client.ts'
import type { CallResult, CallView, OrderAnswer, TestClient } from './lane-kind.ts'

/** The result of a test call has some hundred octets, the answer to an order less. */
const MOST_OCTETS = 16_384
const LONGEST_TEXT = 200
const JSON_BODY = { 'content-type': 'application/json' }

/** PUT /drill of an edge. Undefined when it does not answer. @param servername the name that the edge's certificate must prove */
export function createDrillClient(contextOf: Contexts, servername: string, port = EDGE_STATE_PORT) {
  const agent = keptConnections()
  const request = createRequests(contextOf)
  return async ({ ip }: Pick<EdgePod, 'ip'>, order: DrillOrder): Promise<OrderAnswer> => {
    const text = await request({
      ...{ host: ip, port, servername, agent, path: '/drill', mostOctets: MOST_OCTETS },
      ...{ method: 'PUT', headers: JSON_BODY, body: JSON.stringify(order), statuses: [200, 400, 409, 503] },
    })
    return text === undefined ? undefined : readOrderAnswer(text)
  }
}

/** GET /state and PUT /drill of bot pods. @param heard what a pod says of itself besides, and when it does not answer */
export function createPodLaneClient(
  contextOf: Contexts,
  heard: (pod: Addressed, state: PodState | undefined) => void,
  port = HEALTH_PORT,
) {
  const agent = keptConnections()
  const request = createRequests(contextOf)
  const target = (pod: Addressed) => ({ ...podTarget(pod, port), agent })
  return {
    async ask(pod: Addressed): Promise<PodLanes | undefined> {
      const text = await request({ ...target(pod), mostOctets: MOST_OF_A_POD })
      heard(pod, text === undefined ? undefined : readState(text))
      return text === undefined ? undefined : parsePodLanes(text)
    },
    async order(pod: Addressed, order: LaneOrder): Promise<OrderAnswer> {
      const text = await request({
        ...{ ...target(pod), path: '/drill', mostOctets: MOST_OCTETS },
        ...{ method: 'PUT', headers: JSON_BODY, body: JSON.stringify(order), statuses: [200, 400, 409] },
      })
      return text === undefined ? undefined : readOrderAnswer(text)
    },
  }
}

const podTarget = ({ ip, bot, namespace }: Addressed, port: number) => ({
  ...{ host: ip, port, servername: `${bot}.${namespace}.svc` },
})

/** What an edge or a pod says of an order; undefined: that is no answer. */
export const readOrderAnswer = (text: string): OrderAnswer => read.readPublished(text, readAnswer)

function readAnswer({ nonce, kind, because }: read.Members): NonNullable<OrderAnswer> {
  return {
    nonce: read.must(isNonce, nonce),
    isTaken: kind === 'Given' || kind === 'Ended',
    because:
      typeof because === 'string'
        ? read.printable(because, LONGEST_TEXT)
        : kind === 'Away'
          ? 'its proxy does not answer'
          : undefined,
  }
}

/** PUT and GET of /test-calls/ID of bot pods. */
export const createTestCallClient = (contextOf: Contexts, port = HEALTH_PORT) =>
  createTestClient<TestCallOrder>(contextOf, port, (id) => `/test-calls/${id}`, readCallView)

/** PUT and GET of /test-requests/ID of bot pods. */
export const createTestRequestClient = (contextOf: Contexts, port = HEALTH_PORT) =>
  createTestClient<TestRequestOrder>(contextOf, port, testRequestPath, readRequestView)

function createTestClient<Order>(
  contextOf: Contexts,
  port: number,
  pathOf: (id: string) => string,
  readView: (text: string) => CallView,
): TestClient<Order> {
  const request = createRequests(contextOf)
  const target = (pod: Addressed, id: string) => ({
    ...{ ...podTarget(pod, port), agent: false as const, path: pathOf(id), mostOctets: MOST_OCTETS },
  })
  return {
    async order(pod, id, order) {
      const text = await request({
        ...target(pod, id),
        ...{ method: 'PUT', headers: JSON_BODY, body: JSON.stringify(order), statuses: [200, 202] },
      })
      return text !== undefined
    },
    async ask(pod, id) {
      const text = await request(target(pod, id))
      return text === undefined ? { state: 'Gone' } : readView(text)
    },
  }
}

/** What a pod says of a test; what is no answer counts as none. */
const readViewOf =
  (readResult: (told: read.Members) => CallResult) =>
  (text: string): CallView =>
    read.readPublished(text, ({ state, result }): CallView => {
      if (state === 'Running') return { state }
      return { state: read.must(read.isOneOf('Done'), state), result: readResult(read.membersOf(result)) }
    }) ?? { state: 'Gone' }

export const readCallView = readViewOf(({ trunk, answerMilliseconds, ...told }) =>
  resultOf(told, trunk, answerMilliseconds),
)

export const readRequestView = readViewOf(({ endpoint, milliseconds, ...told }) =>
  resultOf(told, endpoint, read.isName(endpoint) ? milliseconds : undefined),
)

function resultOf({ outcome, finding }: read.Members, part: unknown, milliseconds: unknown): CallResult {
  return {
    outcome: read.must(read.isOneOf('Passed', 'Failed', 'CalledOff'), outcome),
    finding: read.must(isFinding, finding),
    part: read.isName(part) ? part : undefined,
    answerMilliseconds: isMilliseconds(milliseconds) ? milliseconds : undefined,
  }
}

const isMilliseconds = read.isWhole(0, 600_000)
const isFinding = (value: unknown): value is string => typeof value === 'string' && /^[A-Za-z]{1,40}$/.test(value)

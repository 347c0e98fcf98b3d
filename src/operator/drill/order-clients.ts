import { isNonce, type DrillOrder } from '../../rules/drill/order.ts'
import * as read from '../../rules/published-config.ts'
import type { TestCallOrder } from '../../rules/test-call.ts'
import type { Contexts } from '../certificates/own-certificate.ts'
import type { EdgePod } from '../observe/edge-poller.ts'
import type { Addressed } from '../observe/pod-poller.ts'
import { EDGE_STATE_PORT, HEALTH_PORT } from '../render/manifest.ts'
import { createRequests, keptConnections } from '../state-client.ts'
import type { OrderAnswer } from './lanes.ts'
import type { CallResult, CallView } from './placed-calls.ts'

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

/** What an edge says of an order; undefined: that is no answer. */
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
export function createTestCallClient(contextOf: Contexts, port = HEALTH_PORT) {
  const request = createRequests(contextOf)
  const target = ({ ip, bot, namespace }: Addressed, id: string) => ({
    ...{ host: ip, port, servername: `${bot}.${namespace}.svc`, agent: false as const, mostOctets: MOST_OCTETS },
    path: `/test-calls/${id}`,
  })
  return {
    async order(pod: Addressed, id: string, order: TestCallOrder): Promise<boolean> {
      const text = await request({
        ...target(pod, id),
        ...{ method: 'PUT', headers: JSON_BODY, body: JSON.stringify(order), statuses: [200, 202] },
      })
      return text !== undefined
    },
    async ask(pod: Addressed, id: string): Promise<CallView> {
      const text = await request(target(pod, id))
      return text === undefined ? { state: 'Gone' } : readCallView(text)
    },
  }
}

/** What a pod says of a test call; what is no answer counts as none. */
export const readCallView = (text: string): CallView => read.readPublished(text, readView) ?? { state: 'Gone' }

function readView({ state, result }: read.Members): CallView {
  if (state === 'Running') return { state }
  return { state: read.must(read.isOneOf('Done'), state), result: readResult(read.membersOf(result)) }
}

function readResult({ outcome, finding, trunk, answerMilliseconds }: read.Members): CallResult {
  return {
    outcome: read.must(read.isOneOf('Passed', 'Failed', 'CalledOff'), outcome),
    finding: read.must(isFinding, finding),
    trunk: read.isName(trunk) ? trunk : undefined,
    answerMilliseconds: isMilliseconds(answerMilliseconds) ? answerMilliseconds : undefined,
  }
}

const isMilliseconds = read.isWhole(0, 600_000)
const isFinding = (value: unknown): value is string => typeof value === 'string' && /^[A-Za-z]{1,40}$/.test(value)

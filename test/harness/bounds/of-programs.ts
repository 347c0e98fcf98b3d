import { readCallView, readOrderAnswer, readRequestView } from '../../../src/operator/drill/order-clients.ts'
import { readState } from '../../../src/operator/state-client.ts'
import { readTarget } from '../../../src/listeners/request-target.ts'
import { LONGEST_REQUEST, LONGEST_ANSWER } from '../../../src/messages/store/limits.ts'
import { OPERATIONS } from '../../../src/messages/store/operations.ts'
import { readPolicies } from '../../../src/messages/policies.ts'
import { provenNames } from '../../../src/pki/peer-names.ts'
import { LONGEST_SUBMISSION, readHanded, readSubmission } from '../../../src/records/submission.ts'
import { LONGEST_LANE_ORDER, parseDrillOrder, parseLaneOrder } from '../../../src/rules/drill/order.ts'
import { parseEdgeRoutes } from '../../../src/rules/edge-routes.ts'
import { parseEdgeState } from '../../../src/rules/edge-state.ts'
import { readOrder } from '../../../src/rules/policy-order.ts'
import { readPublished } from '../../../src/rules/published-config.ts'
import { parseRecordsState } from '../../../src/rules/records-state.ts'
import { parseSweepState } from '../../../src/rules/sweep-state.ts'
import { parseRoute } from '../../../src/rules/route.ts'
import { parseTrunks } from '../../../src/rules/trunks.ts'
import { LONGEST_ORDER, readTestCallOrder } from '../../../src/rules/test-call.ts'
import { LONGEST_REQUEST_ORDER, readTestRequestOrder } from '../../../src/rules/test-request.ts'
import { readRoots } from '../../../src/seal/roots.ts'
import { JSONS, shapesOf, TEXTS } from './hostile-text.ts'
import { type Input, isDefined } from './input.ts'

/* What our own programs say to each other: a peer may be a stolen one, and its text is of tenants. */

/** Whatever JSON it is, it is not what is expected there. */
const json = (row: string, what: string, longest: number, read: (text: string) => unknown): Input => ({
  ...{ row, what, longest, read },
  shapes: JSONS,
})

export const OF_PROGRAMS: readonly Input[] = [
  json('An order of a test call', 'JSON of any kind', LONGEST_ORDER, readTestCallOrder),
  json('An order of a test request', 'JSON of any kind', LONGEST_REQUEST_ORDER, readTestRequestOrder),
  json('An order of a failover drill to an edge', 'JSON of any kind', LONGEST_LANE_ORDER, parseDrillOrder),
  json('An order of a failover drill to a pod', 'JSON of any kind', LONGEST_LANE_ORDER, parseLaneOrder),
  json('A policy that a pod is sent', 'JSON of any kind', 8_000, readOrder),
  json('Records that a pod sends', 'JSON of any kind, to be stored', LONGEST_SUBMISSION, (text) =>
    readSubmission('a', text, 0),
  ),
  json('Records that a pod sends', 'JSON of any kind, to be delivered', LONGEST_SUBMISSION, (text) =>
    readHanded('a', text, 0),
  ),
  json('What `records` asks of `store`', 'JSON of any kind', LONGEST_REQUEST, (text) =>
    OPERATIONS.append.request.read(text),
  ),
  json('What `records` asks of `store`', 'an answer, JSON of any kind', LONGEST_ANSWER, (text) =>
    OPERATIONS.waiting.answer.read(text),
  ),
  json('Input of an edge: routes, trunks', 'JSON of any kind', 1_000_000, (text) => [
    readPublished(text, (told) => told),
    parseRoute(text),
    parseTrunks(text),
  ]),
  json('Answers of edges and pods to orders of a drill', 'JSON of any kind', 16_384, (text) => [
    readOrderAnswer(text),
    readCallView(text),
    readRequestView(text),
  ]),
  json('Responses of pods and edges to the operator', 'JSON of any kind of a pod', 65_536, (text) => [
    readState(text),
    parseRecordsState(text),
  ]),
  json('Responses of pods and edges to the operator', 'JSON of any kind of an edge', 4_194_304, parseEdgeState),
  json('Responses of pods and edges to the operator', 'JSON of any kind of `sweep`', 8_388_608, parseSweepState),
  json('Routes that an edge reports', 'JSON of any kind', 65_536, (text) => parseEdgeRoutes(text, ['a/b'])),
  json('Their file', 'JSON of any kind', 500_000, readPolicies),
  { row: 'The file of root keys', what: 'any text', longest: 100_000, read: readRoots, isRead: isDefined },
  {
    row: 'A request to a listener of ours',
    what: 'its target',
    longest: 2_048,
    read: (text) => readTarget(`/${text.slice(1)}`),
    isRead: isDefined,
  },
  {
    row: 'A request to a listener of ours',
    what: 'names of its certificate',
    longest: 16_384,
    shapes: { ...TEXTS, ...shapesOf(['DNS:a, ', 'DNS:', 'URI:sip:']) },
    read: provenNames,
    isRead: (names) => (names as string[]).length > 2_000,
  },
]

import { Agent, request, type RequestOptions } from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { SecureContext } from 'node:tls'
import type { PodState, ServerState } from '../rules/call-statistics.ts'
import { parseEdgeRoutes, routesPath } from '../rules/edge-routes.ts'
import { parseEdgeState, type EdgeState } from '../rules/edge-state.ts'
import { isPartState, type PodObservations } from '../rules/part-state.ts'
import { ORDER_HEADER, type PolicyOrder, readTold, writeOrder } from '../rules/policy-order.ts'
import { printable } from '../rules/published-config.ts'
import { parseRecordsState, RECORDS_PORT, type RecordsState } from '../rules/records-state.ts'
import { parseSweepState, SWEEP_PORT, type SweepState } from '../rules/sweep-state.ts'
import type { Contexts } from './certificates/own-certificate.ts'
import type { Addressed } from './observe/pod-poller.ts'
import { EDGE_STATE_PORT, HEALTH_PORT } from './render/manifest.ts'
import { recordsHost } from './render/records.ts'

const TIMEOUT_MS = 1_500
/** A little longer than a busy pod waits for its next turn. */
const KEPT_MS = 5_000
/** A pod's state is some hundred octets, an edge's some hundred for each trunk; who sends more is none of ours. */
export const MOST_OF_A_POD = 65_536
const MOST_OF_AN_EDGE = 4_194_304
/** Some hundred octets for each policy. */
const MOST_OF_SWEEP = 8_388_608
/** A question for routes has two thousand octets. */
const MOST_OF_ROUTES = 65_536
const LONGEST_TEXT = 200
const MOST_ENDPOINTS = 200

/** https hands all of its options on to tls.connect, which takes a context that is ready. */
type TlsRequestOptions = RequestOptions & { secureContext: SecureContext }

interface StateRequest {
  path?: string
  host: string
  port: number
  /** The name that the other side's certificate must prove. */
  servername: string
  agent: Agent | false
  mostOctets: number
  headers?: Record<string, string>
  method?: 'GET' | 'PUT'
  body?: string
  /** Whose text is wanted; 200 alone by default. */
  statuses?: readonly number[]
}

/** Requests `/state` by default, with the operator's own certificate. Undefined when no text comes back. Never throws. */
export type RequestState = (request: StateRequest) => Promise<string | undefined>

export function createRequests(contextOf: Contexts): RequestState {
  return ({ mostOctets, body, statuses = [200], ...target }) => {
    const secureContext = contextOf()
    if (secureContext === undefined) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      const options: TlsRequestOptions = { path: '/state', ...target, secureContext }
      const sent = request(options)
      const deadline = setTimeout(() => sent.destroy(), TIMEOUT_MS)
      const end = (text?: string) => {
        clearTimeout(deadline)
        resolve(text)
      }
      sent.on('error', () => end())
      sent.on('response', (response) => void read(response, mostOctets, statuses).then(end, () => end()))
      sent.end(body)
    })
  }
}

/** One connection to each peer, kept while it is in use. */
export const keptConnections = () => new Agent({ keepAlive: true, maxSockets: 1, timeout: KEPT_MS })

/** Asks a pod, and may tell it a policy. Undefined when no state comes back. */
export function createStateClient(contextOf: Contexts, port = HEALTH_PORT) {
  const kept = keptConnections()
  const ask = createRequests(contextOf)
  return async (pod: Addressed, keep: boolean, order?: PolicyOrder): Promise<PodState | undefined> => {
    const servername = `${pod.bot}.${pod.namespace}.svc`
    const agent = keep ? kept : (false as const)
    const headers = order && { [ORDER_HEADER]: writeOrder(order) }
    const text = await ask({
      host: pod.ip,
      port,
      servername,
      agent,
      mostOctets: MOST_OF_A_POD,
      ...(headers && { headers }),
    })
    return text === undefined ? undefined : readState(text)
  }
}

/** Asks an edge. Undefined when no state comes back. */
export function createEdgeClient(contextOf: Contexts, servername: string, port = EDGE_STATE_PORT) {
  const agent = keptConnections()
  const ask = createRequests(contextOf)
  return async ({ ip }: { ip: string }): Promise<EdgeState | undefined> => {
    const text = await ask({ host: ip, port, servername, agent, mostOctets: MOST_OF_AN_EDGE })
    return text === undefined ? undefined : parseEdgeState(text)
  }
}

/** Asks sweep. Undefined when no state comes back. */
export function createSweepClient(contextOf: Contexts, servername: string, port = SWEEP_PORT) {
  const agent = keptConnections()
  const ask = createRequests(contextOf)
  return async (host = servername): Promise<SweepState | undefined> => {
    const text = await ask({ host, port, servername, agent, mostOctets: MOST_OF_SWEEP })
    return text === undefined ? undefined : parseSweepState(text)
  }
}

/** Asks a pod that writes records. Undefined when no state comes back. */
export function createRecordsClient(contextOf: Contexts, port = RECORDS_PORT) {
  const ask = createRequests(contextOf)
  return async ({ namespace, ip }: { namespace: string; ip: string }): Promise<RecordsState | undefined> => {
    const target = { host: ip, port, servername: recordsHost(namespace), agent: false as const }
    const text = await ask({ ...target, mostOctets: MOST_OF_A_POD })
    return text === undefined ? undefined : parseRecordsState(text)
  }
}

/** Asks an edge which epochs of these bots' routes it runs. Undefined when it does not say. */
export function createRoutesClient(contextOf: Contexts, servername: string, port = EDGE_STATE_PORT) {
  const agent = keptConnections()
  const ask = createRequests(contextOf)
  return async ({ ip }: { ip: string }, bots: readonly string[]): Promise<Map<string, number> | undefined> => {
    const target = { host: ip, port, servername, agent, path: routesPath(bots), mostOctets: MOST_OF_ROUTES }
    const text = await ask(target)
    return text === undefined ? undefined : parseEdgeRoutes(text, bots)
  }
}

async function read(
  response: IncomingMessage,
  mostOctets: number,
  statuses: readonly number[],
): Promise<string | undefined> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk
    if (text.length > mostOctets) return void response.destroy()
  }
  return statuses.includes(response.statusCode ?? 0) ? text : undefined
}

type Fields = Record<string, unknown>

/** What a pod told, or undefined when it isn't that. A field that is absent counts as nothing known. */
export function readState(text: string): PodState | undefined {
  const body = parse(text)
  if (body === undefined) return undefined
  const problem = body['dialogProblem'] as Fields | null | undefined
  const lastCallAt = Date.parse(String(body['lastCallAt'] ?? ''))
  return {
    calls: count(body['calls']) ?? 0,
    places: count(body['places']),
    draining: body['draining'] === true,
    answered: count(body['answered']) ?? 0,
    failed: count(body['failed']) ?? 0,
    refused: count(body['refused']) ?? 0,
    lastCallAt: Number.isNaN(lastCallAt) ? undefined : lastCallAt,
    answerMillisecondsP95: count(body['answerMillisecondsP95']),
    http: endpoints(body['http']),
    asr: serverState(body['asr']),
    tts: serverState(body['tts']),
    flowProblem: problem ? { path: words(problem['path']), message: words(problem['message']) } : undefined,
    failedTest: failedTest(body['failedTest']),
    policy: readTold(body['policy']),
    closedPort: count(body['closedPort']),
  }
}

function endpoints(body: unknown): PodObservations {
  const list = Array.isArray(body) ? (body as Fields[]).slice(0, MOST_ENDPOINTS) : []
  const observations = list.flatMap((each) => {
    const { integration, endpoint, state, since } = each ?? {}
    const at = Date.parse(String(since))
    if (!isPartState(state) || Number.isNaN(at)) return []
    return [{ integration: words(integration), part: words(endpoint), state, since: at }]
  })
  const byIntegration = Map.groupBy(observations, ({ integration }) => integration)
  return new Map(
    [...byIntegration].map(([key, own]) => [key, own.map(({ part, state, since }) => ({ part, state, since }))]),
  )
}

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
  } catch {
    return undefined
  }
}

const count = (value: unknown) =>
  typeof value === 'number' && value >= 0 && Number.isFinite(value) ? Math.floor(value) : undefined

const words = (value: unknown) => printable(value, LONGEST_TEXT)

function failedTest(value: unknown): PodState['failedTest'] {
  const { test, turn, because } = (value ?? {}) as Fields
  return test === undefined ? undefined : { test: words(test), turn: count(turn) ?? null, because: words(because) }
}

const UNKNOWN: ServerState = { state: 'Unknown', because: '' }
const READY: ServerState = { state: 'Ready', because: '' }

function serverState(value: unknown): ServerState {
  const { state, because } = (value ?? {}) as Fields
  if (state === 'Failing') return { state, because: words(because) || 'it does not answer' }
  return state === 'Ready' ? READY : UNKNOWN
}

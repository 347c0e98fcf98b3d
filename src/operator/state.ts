import { Agent, request, type RequestOptions } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { PodState, ServerState } from '../rules/calls.ts'
import type { Addressed } from './observe/poll.ts'
import type { OwnIdentity } from './probe.ts'
import { HEALTH_PORT } from './render/manifest.ts'

const TIMEOUT_MS = 1_500
/** A little longer than a busy pod waits for its next turn. */
const KEPT_MS = 5_000
/** A state is some hundred octets; who sends more is not a pod of ours. */
const MOST_OCTETS = 16_384
const LONGEST_TEXT = 200

/** https hands all of its options on to tls.connect, which takes a context that is ready. */
type TlsRequestOptions = RequestOptions & { secureContext: SecureContext }

/** Asks a pod for its `/state`, with the operator's own certificate. Undefined when no state comes back. */
export function createStateClient(identity: OwnIdentity, authorityBundle: () => string, port = HEALTH_PORT) {
  const kept = new Agent({ keepAlive: true, maxSockets: 1, timeout: KEPT_MS })
  const contextOf = createContexts(identity, authorityBundle)
  return (pod: Addressed, keep: boolean): Promise<PodState | undefined> => {
    const secureContext = contextOf()
    if (secureContext === undefined) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      const options: TlsRequestOptions = {
        host: pod.ip,
        port,
        path: '/state',
        servername: `${pod.bot}.${pod.namespace}.svc`,
        secureContext,
        agent: keep ? kept : false,
      }
      const asked = request(options)
      const deadline = setTimeout(() => asked.destroy(), TIMEOUT_MS)
      const end = (state?: PodState) => {
        clearTimeout(deadline)
        resolve(state)
      }
      asked.on('error', () => end())
      asked.on('response', (response) => void read(response).then(end, () => end()))
      asked.end()
    })
  }
}

/** One for all pods: to read key and certificates anew for each would cost more than all the rest of a question. */
function createContexts(identity: OwnIdentity, authorityBundle: () => string): () => SecureContext | undefined {
  let held: { serial: string; bundle: string; context: SecureContext } | undefined
  return () => {
    const leaf = identity.leaf()
    if (leaf === undefined) return undefined
    const bundle = authorityBundle()
    if (held === undefined || held.serial !== leaf.serial || held.bundle !== bundle) {
      const pems = { ca: bundle, cert: leaf.certificate, key: leaf.key }
      held = { serial: leaf.serial, bundle, context: createSecureContext({ ...pems, minVersion: 'TLSv1.2' }) }
    }
    return held.context
  }
}

async function read(response: IncomingMessage): Promise<PodState | undefined> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk
    if (text.length > MOST_OCTETS) return void response.destroy()
  }
  return response.statusCode === 200 ? readState(text) : undefined
}

type Fields = Record<string, unknown>

/** What a pod told, or undefined when it isn't that. A field that is absent counts as nothing known. */
export function readState(text: string): PodState | undefined {
  const told = parse(text)
  if (told === undefined) return undefined
  const problem = told['dialogProblem'] as Fields | null | undefined
  const lastCallAt = Date.parse(String(told['lastCallAt'] ?? ''))
  return {
    calls: count(told['calls']) ?? 0,
    answered: count(told['answered']) ?? 0,
    failed: count(told['failed']) ?? 0,
    refused: count(told['refused']) ?? 0,
    lastCallAt: Number.isNaN(lastCallAt) ? undefined : lastCallAt,
    answerMillisecondsP95: count(told['answerMillisecondsP95']),
    hears: serverState(told['asr']),
    speaks: serverState(told['tts']),
    dialogProblem: problem ? { path: words(problem['path']), message: words(problem['message']) } : undefined,
    failedTest: failedTest(told['failedTest']),
  }
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

/** One line of printable text: it goes into a status that people read. */
const words = (value: unknown) =>
  (typeof value === 'string' ? value : '').replaceAll(/[^\P{C}]+/gu, ' ').slice(0, LONGEST_TEXT)

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

import { FairRoom } from '../lib/fair-room.ts'
import { servePages, type Asked, type Listener, type Page } from '../listeners/page-server.ts'
import { readBody } from '../listeners/request-body.ts'
import { LONGEST_REQUEST } from '../messages/store/limits.ts'
import { operationAt, type OperationName } from '../messages/store/operations.ts'
import { isRefusal, refused, writeRefusal, type StoreRefusal } from '../messages/store/refusal.ts'
import type { Identity } from '../pki/identity.ts'
import { peerOf } from './peer.ts'

/** Two pods of each of some hundred namespaces, with four connections each. Their idle ones go before ours would close them. */
const LIMITS = { connections: 2_048, newPerSecond: 200, requestMs: 10_000, keepAliveMs: 40_000, handshakeMs: 3_000 }
/** Requests that are read, done and answered at a time: of a namespace, and of all. */
const IN_FLIGHT = { share: 8, total: 64 }

export interface StoreServerOptions {
  readonly port: number
  readonly identity: Identity
  readonly observers: readonly string[]
  /** Does an operation. @returns text of the answer */
  readonly perform: (name: OperationName, namespace: string, text: string) => Promise<string | StoreRefusal>
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>
  /** What became of a request. */
  readonly onAnswer: (name: OperationName, namespace: string, result: 'done' | StoreRefusal, fromMs: number) => void
  /** Monotonic milliseconds. */
  readonly monotonic: () => number
}

export interface StoreServer extends Listener {
  /** Takes no new request. Resolves when all that were taken are answered. */
  leave(): Promise<void>
}

/**
 * HTTPS for who shows a certificate of our CA. POST of an operation: from the program records of any namespace, for that namespace. `/metrics`: for
 * the operator.
 * @throws Error of a port that is taken
 */
export async function startStoreServer(o: StoreServerOptions): Promise<StoreServer> {
  const room = new FairRoom(IN_FLIGHT)
  const leaving = new Leaving(room)
  const listener = await servePages({
    port: o.port,
    tls: { ...o.identity, clientCertificate: 'required' },
    limits: LIMITS,
    methods: ['POST'],
    answer: (asked) => answer(asked, o, room, leaving),
  })
  return {
    ...listener,
    renew: (tls) => listener.renew({ ...tls, clientCertificate: 'required' }),
    leave: () => leaving.begin(),
  }
}

/** The end: nothing new is taken, and what was taken is answered. */
class Leaving {
  isBegun = false
  readonly #room: FairRoom
  readonly #empty = Promise.withResolvers<void>()

  constructor(room: FairRoom) {
    this.#room = room
  }

  begin(): Promise<void> {
    this.isBegun = true
    this.look()
    return this.#empty.promise
  }

  look(): void {
    if (this.isBegun && this.#room.taken === 0) this.#empty.resolve()
  }
}

async function answer(asked: Asked, o: StoreServerOptions, room: FairRoom, leaving: Leaving): Promise<Page> {
  const { path, method, request } = asked
  const peer = peerOf(request, o.observers)
  if (method !== 'POST') {
    if (path !== '/metrics') return say(404, 'only POST of an operation, and /metrics')
    if (peer.kind !== 'Observer') return say(403, `show a certificate of ${o.observers.join(' or ')}`)
    return { status: 200, ...(await o.metrics()) }
  }
  if (peer.kind !== 'Records')
    return unread(refused('Denied', 'records are stored for callbot-records of a namespace alone'))
  const name = operationAt(path)
  if (name === undefined) return { ...say(404, 'there is no such operation'), headers: { connection: 'close' } }
  const { namespace } = peer
  const from = o.monotonic()
  const end = leaving.isBegun ? undefined : room.enter(namespace)
  if (end === undefined) {
    const busy = leaving.isBegun
      ? refused('Unavailable', 'the store is ending: send it again')
      : refused('Busy', `namespace ${namespace} has as many requests in flight as it may have: send it again`)
    o.onAnswer(name, namespace, busy, from)
    return unread(busy)
  }
  try {
    const text = await readBody(request, LONGEST_REQUEST)
    if (text === undefined) return unread(refused('Invalid', `a request has ${LONGEST_REQUEST} octets at most`))
    const result = await o.perform(name, namespace, text)
    o.onAnswer(name, namespace, isRefusal(result) ? result : 'done', from)
    return isRefusal(result) ? pageOf(result) : { status: 200, text: result, type: 'application/json' }
  } finally {
    end()
    leaving.look()
  }
}

function pageOf(refusal: StoreRefusal): Page {
  const { status, text, retryAfter } = writeRefusal(refusal)
  const headers = retryAfter === undefined ? undefined : { 'retry-after': String(retryAfter) }
  return { status, text, type: 'application/json', ...(headers && { headers }) }
}

const say = (status: number, text: string): Page => ({ status, text: `${text}\n` })

/** The body was not read, so the connection is of no more use. */
function unread(refusal: StoreRefusal): Page {
  const page = pageOf(refusal)
  return { ...page, headers: { connection: 'close', ...page.headers } }
}

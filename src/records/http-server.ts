import { readBody } from '../listeners/request-body.ts'
import { servePages, type Asked, type Listener, type Page } from '../listeners/page-server.ts'
import type { Identity } from '../pki/identity.ts'
import { peerOf } from './peer.ts'
import { callIn, LONGEST_SUBMISSION, type Refused } from './submission.ts'

/** A pod has one connection, and opens it when its first call has ended. Its idle connections go before ours would close them. */
const LIMITS = { connections: 512, requestMs: 10_000, keepAliveMs: 40_000, handshakeMs: 3_000 }
/** Requests that are read and stored, or delivered, at a time: 16 MiB of text each, and some copies of it. */
const AT_ONCE = 16

export interface RecordsServerOptions {
  port: number
  identity: Identity
  tenant: string
  observers: readonly string[]
  /** Stores the records of a call. */
  take: (call: string, text: string) => Promise<Refused | undefined>
  /** Delivers records of a call from memory. */
  deliver: (call: string, text: string) => Promise<Refused | undefined>
  /** Records were stored or delivered, or not: the request has ended. */
  onHandled: () => void
  state: () => unknown
  metrics: () => Promise<{ readonly type: string; readonly text: string }>
}

export interface RecordsServer extends Listener {
  /** No request with records is being read, stored or delivered. */
  isIdle(): boolean
  /** Takes no new request. Resolves when all that were taken are answered. */
  leave(): Promise<void>
}

/**
 * HTTPS for who shows a certificate of our CA. `PUT /calls/UUID` and `PUT /deliveries/UUID`: from pods of the tenant. `/state` and `/metrics`: for the operator.
 * @throws Error of a port that is taken
 */
export async function startRecordsServer(o: RecordsServerOptions): Promise<RecordsServer> {
  // Receivers that are slow keep no record from being stored.
  const rooms: Rooms = { Store: new Room(o.onHandled), Deliver: new Room(o.onHandled) }
  const listener = await servePages({
    port: o.port,
    tls: { ...o.identity, clientCertificate: 'required' },
    limits: LIMITS,
    isPersonal: true,
    methods: ['PUT'],
    answer: (asked) => answer(asked, o, rooms),
  })
  return {
    ...listener,
    isIdle: () => rooms.Store.isEmpty && rooms.Deliver.isEmpty,
    renew: (tls) => listener.renew({ ...tls, clientCertificate: 'required' }),
    leave: async () => void (await Promise.all([rooms.Store.leave(), rooms.Deliver.leave()])),
  }
}

type Rooms = Readonly<Record<'Store' | 'Deliver', Room>>

class Room {
  private taken = 0
  private isLeaving = false
  private readonly empty = Promise.withResolvers<void>()
  private readonly onHandled: () => void

  constructor(onHandled: () => void) {
    this.onHandled = onHandled
  }

  get isEmpty(): boolean {
    return this.taken === 0
  }

  /** Undefined: there is none. */
  async use<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.taken >= AT_ONCE || this.isLeaving) return undefined
    this.taken++
    try {
      return await work()
    } finally {
      this.taken--
      this.onHandled()
      if (this.isLeaving && this.taken === 0) this.empty.resolve()
    }
  }

  leave(): Promise<void> {
    this.isLeaving = true
    if (this.taken === 0) this.empty.resolve()
    return this.empty.promise
  }
}

async function answer({ path, method, request }: Asked, o: RecordsServerOptions, rooms: Rooms): Promise<Page> {
  const peer = peerOf(request, o.tenant, o.observers)
  if (method === 'PUT') {
    if (peer !== 'Pod') return unread(403, `records are taken from pods of bots in ${o.tenant}`)
    const asked = callIn(path)
    if (asked === undefined) return unread(404, 'only PUT /calls/UUID and PUT /deliveries/UUID')
    const { call, to } = asked
    const take = to === 'Store' ? o.take : o.deliver
    const page = await rooms[to].use(async () => takeCall(call, await readBody(request, LONGEST_SUBMISSION), take))
    return page ?? unread(503, 'too many requests at a time: send it again', { 'retry-after': '1' })
  }
  if (path !== '/state' && path !== '/metrics')
    return say(404, 'only PUT /calls/UUID, PUT /deliveries/UUID, /state and /metrics')
  if (peer !== 'Observer') return say(403, `show a certificate of ${o.observers.join(' or ')}`)
  if (path === '/state') return { status: 200, text: JSON.stringify(o.state()), type: 'application/json' }
  return { status: 200, ...(await o.metrics()) }
}

async function takeCall(call: string, text: string | undefined, take: RecordsServerOptions['take']): Promise<Page> {
  if (text === undefined) return unread(413, `a request has ${LONGEST_SUBMISSION} octets at most`)
  const refused = await take(call, text)
  if (refused === undefined) return { status: 204, text: '' }
  const { status, because, retryAfter } = refused
  const headers = retryAfter === undefined ? undefined : { 'retry-after': String(retryAfter) }
  return { ...say(status, because), ...(headers && { headers }) }
}

const say = (status: number, text: string): Page => ({ status, text: `${text}\n` })

/** The body was not read, so the connection is of no more use. */
const unread = (status: number, text: string, headers: Readonly<Record<string, string>> = {}): Page => ({
  ...say(status, text),
  headers: { connection: 'close', ...headers },
})

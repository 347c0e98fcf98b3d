import { Agent, createServer, request, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { pause } from '../../hack/cluster/shell.ts'
import { createAuthority } from './authority.ts'
import { CrashGate, type Act, type When } from './crash-gate.ts'

/** Where to strike: at which write, and what becomes of it. */
export interface CrashPoint {
  write: number
  when: When
}

/** Lists and watches of these kinds show an old state of the cluster, as caches that lag behind do. */
interface OldNews {
  /** Plurals, such as `failoverdrills`. */
  kinds: readonly string[]
  /** Lists show the state of this resource version. */
  resourceVersion: string
  /** Watches begin so many milliseconds late. */
  lateMs: number
}

/**
 * Stands between a program and the API server, passes its writes through a gate that may kill it at one of them, and can show it an old state
 * of the cluster. Leases, events and questions about rights don't count as writes.
 */
export interface CrashProxy {
  url: string
  /** The certificate that the program must trust, PEM. */
  ca: string
  /** Orders to edges and pods may pass there, too. */
  gate: CrashGate
  /** Since `count` or `killAt`. */
  readonly writes: readonly Act[]
  /** Milliseconds since the last write came by. */
  quietFor(): number
  /** Resets the count, and strikes nowhere. Lets a new program through after the old one was struck. */
  count(): void
  /** Resets the count; resolves when it has struck. */
  killAt(point: CrashPoint, kill: () => void): Promise<Act>
  /** Undefined: everybody sees the cluster as it is. */
  show(news: OldNews | undefined): void
  close(): Promise<void>
}

interface Upstream {
  server: string
  ca: string | undefined
}

export async function startCrashProxy(upstream: Upstream): Promise<CrashProxy> {
  const authority = createAuthority('crash proxy')
  const gate = new CrashGate()
  const forward = createForwarder(upstream)
  let news: OldNews | undefined
  const server = createServer(authority.issue(['localhost'], new Date(Date.now() + 86_400_000)), (incoming, answer) => {
    // A socket that breaks under a killed program is what this is about, and a broken upstream breaks the program's.
    handle({ gate, forward, news }, incoming, answer).catch(() => answer.destroy())
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    ca: authority.cert,
    gate,
    get writes() {
      return gate.acts
    },
    quietFor: () => gate.quietFor(),
    count: () => gate.count(),
    killAt: ({ write, when }, kill) => gate.strikeAt({ isAt: ({ number }) => number === write, when, kill }),
    show: (old) => void (news = old),
    async close() {
      for (const socket of sockets) socket.destroy()
      await closed(server)
    },
  }
}

const closed = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()))

type Forward = (incoming: IncomingMessage, body: Buffer, answer: ServerResponse) => Promise<IncomingMessage>

interface Passage {
  gate: CrashGate
  forward: Forward
  news: OldNews | undefined
}

async function handle({ gate, forward, news }: Passage, incoming: IncomingMessage, answer: ServerResponse) {
  const body = await buffer(incoming)
  const what = describeWrite(incoming, body)
  if (gate.dead) return void answer.destroy()
  const act = what === undefined ? undefined : gate.note(what)
  if (gate.strikes(act, 'before')) return void answer.destroy()
  const old = news && oldNewsFor(incoming, news)
  if (old === 'refused') return void answer.writeHead(400).end()
  if (old !== undefined) await pause(old.waitMs)
  const asked = old === undefined ? incoming : Object.assign(incoming, { url: old.url })
  const reply =
    act === undefined ? await forward(asked, body, answer) : await gate.through(() => forward(asked, body, answer))
  // The head of the answer is there: the write is in etcd, or refused.
  if (gate.strikes(act, 'unheard')) return void answer.destroy()
  answer.writeHead(reply.statusCode ?? 502, reply.rawHeaders)
  answer.flushHeaders()
  reply.pipe(answer)
  reply.on('error', () => answer.destroy())
  if (act !== undefined) answer.on('finish', () => gate.heard(act))
}

/**
 * What becomes of a list or a watch. One object by its name is shown as it is: who asks for that wants to know how it is now, and asks no cache.
 * `refused`: a list through a watch can't be old, so the program has to list in pages.
 */
function oldNewsFor(
  { method, url = '' }: IncomingMessage,
  { kinds, resourceVersion, lateMs }: OldNews,
): 'refused' | { url: string; waitMs: number } | undefined {
  const asked = new URL(url, 'https://api')
  const query = asked.searchParams
  const plural = asked.pathname.split('/').at(-1)!
  if (method !== 'GET' || !kinds.includes(plural) || query.has('fieldSelector') || query.has('continue'))
    return undefined
  if (query.get('sendInitialEvents') === 'true') return 'refused'
  if (query.get('watch') === 'true') return { url, waitMs: lateMs }
  query.set('resourceVersion', resourceVersion)
  query.set('resourceVersionMatch', 'Exact')
  return { url: `${asked.pathname}?${query}`, waitMs: 0 }
}

function createForwarder({ server, ca }: Upstream): Forward {
  const { hostname, port } = new URL(server)
  const agent = new Agent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) })
  return (incoming, body, answer) =>
    new Promise((resolve, reject) => {
      const { method, url: path, headers } = incoming
      const out = request({ agent, hostname, port, method, path, headers }, resolve)
      out.on('error', reject)
      // The program hung up, as it does with a watch: nobody waits for the rest. A write goes on without it.
      if (method === 'GET') answer.once('close', () => out.destroy())
      out.end(body)
    })
}

const NOT_COUNTED = new Set(['leases', 'events', 'tokenreviews', 'subjectaccessreviews'])

/**
 * `PATCH deployments`, `PATCH callbots/status`, of a drill with the state that it goes into; undefined for a read, and for writes that have no
 * say in a bot's life.
 */
function describeWrite({ method = '', url = '' }: IncomingMessage, body: Buffer): string | undefined {
  if (method === 'GET') return undefined
  const path = new URL(url, 'https://api').pathname
  const [, plural = path, , subresource] =
    /^\/apis?\/(?:[^/]+\/)?v[^/]+\/(?:namespaces\/[^/]+\/)?([^/]+)(\/[^/]+)?(\/[^/]+)?$/.exec(path) ?? []
  if (NOT_COUNTED.has(plural)) return undefined
  const what = `${method} ${plural}${subresource ?? ''}`
  return what === DRILL_STATUS ? `${what} ${stateIn(body)}` : what
}

const DRILL_STATUS = 'PATCH failoverdrills/status'

function stateIn(body: Buffer): string {
  const { status } = JSON.parse(body.toString()) as { status?: { state?: string; verdict?: string } }
  return `${status?.state} ${status?.verdict ?? ''}`.trim()
}

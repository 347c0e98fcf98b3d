import { Agent, createServer, request, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { createAuthority } from './authority.ts'

/** One write that came by, such as `PATCH callbots/status`. Leases, events and questions about rights don't count. */
export interface Write {
  /** From 1 on. */
  number: number
  what: string
}

/** Where to strike: at which write, and whether the API server gets to see it. */
export interface CrashPoint {
  write: number
  when: 'before' | 'after'
}

/**
 * Stands between a program and the API server, counts its writes, and kills it at one of them: before the API server
 * gets it, or after it answered and before the program hears of that.
 */
export interface CrashProxy {
  url: string
  /** The certificate that the program must trust, PEM. */
  ca: string
  /** Since `count` or `killAt`. */
  readonly writes: readonly Write[]
  /** Milliseconds since the last write came by. */
  quietFor(): number
  /** Counts anew, and strikes nowhere. Lets a new program through after the old one was struck. */
  count(): void
  /** Counts anew; resolves when it has struck. */
  killAt(point: CrashPoint, kill: () => void): Promise<Write>
  close(): Promise<void>
}

interface Upstream {
  server: string
  ca: string | undefined
}

export async function startCrashProxy(upstream: Upstream): Promise<CrashProxy> {
  const authority = createAuthority('crash proxy')
  const strike = new ScheduledKill()
  const forward = createForwarder(upstream)
  const server = createServer(authority.issue(['localhost'], new Date(Date.now() + 86_400_000)), (incoming, answer) => {
    // A socket that breaks under a killed program is what this is about, and a broken upstream breaks the program's.
    handle(strike, forward, incoming, answer).catch(() => answer.destroy())
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
    get writes() {
      return strike.writes
    },
    quietFor: () => performance.now() - strike.lastWrite,
    count: () => strike.reset(),
    killAt: (point, kill) => strike.reset({ point, kill }),
    async close() {
      for (const socket of sockets) socket.destroy()
      await closed(server)
    },
  }
}

const closed = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()))

class ScheduledKill {
  writes: Write[] = []
  lastWrite = -Infinity
  /** The program is dead: what it had sent goes nowhere any more. */
  dead = false
  private pending: { point: CrashPoint; kill: () => void; struck: (write: Write) => void } | undefined

  reset(arms: { point: CrashPoint; kill: () => void }): Promise<Write>
  reset(): void
  reset(arms?: { point: CrashPoint; kill: () => void }): Promise<Write> | void {
    this.writes = []
    this.dead = false
    this.pending = undefined
    if (arms === undefined) return
    const { promise, resolve } = Promise.withResolvers<Write>()
    this.pending = { ...arms, struck: resolve }
    return promise
  }

  note(what: string): Write {
    const write = { number: this.writes.length + 1, what }
    this.writes.push(write)
    this.lastWrite = performance.now()
    return write
  }

  /** Whether the program is dead now. */
  at(write: Write, when: CrashPoint['when']): boolean {
    if (this.pending?.point.write === write.number && this.pending.point.when === when) {
      this.dead = true
      this.pending.kill()
      this.pending.struck(write)
      this.pending = undefined
    }
    return this.dead
  }
}

type Forward = (incoming: IncomingMessage, body: Buffer, answer: ServerResponse) => Promise<IncomingMessage>

async function handle(strike: ScheduledKill, forward: Forward, incoming: IncomingMessage, answer: ServerResponse) {
  const body = await buffer(incoming)
  const what = describeWrite(incoming)
  if (strike.dead) return void answer.destroy()
  const write = what === undefined ? undefined : strike.note(what)
  if (write !== undefined && strike.at(write, 'before')) return void answer.destroy()
  const reply = await forward(incoming, body, answer)
  // The head of the answer is there: the write is in etcd, or refused.
  if (write !== undefined && strike.at(write, 'after')) return void answer.destroy()
  answer.writeHead(reply.statusCode ?? 502, reply.rawHeaders)
  answer.flushHeaders()
  reply.pipe(answer)
  reply.on('error', () => answer.destroy())
}

function createForwarder({ server, ca }: Upstream): Forward {
  const { hostname, port } = new URL(server)
  const agent = new Agent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) })
  return (incoming, body, answer) =>
    new Promise((resolve, reject) => {
      const { method, url: path, headers } = incoming
      const out = request({ agent, hostname, port, method, path, headers }, resolve)
      out.on('error', reject)
      // The program hung up, as it does with a watch: nobody waits for the rest.
      answer.once('close', () => out.destroy())
      out.end(body)
    })
}

const NOT_COUNTED = new Set(['leases', 'events', 'tokenreviews', 'subjectaccessreviews'])

/** `PATCH deployments`, `PATCH callbots/status`; undefined for a read, and for writes that have no say in a bot's life. */
function describeWrite({ method = '', url = '' }: IncomingMessage): string | undefined {
  if (method === 'GET') return undefined
  const path = new URL(url, 'https://api').pathname
  const [, plural = path, , subresource] =
    /^\/apis?\/(?:[^/]+\/)?v[^/]+\/(?:namespaces\/[^/]+\/)?([^/]+)(\/[^/]+)?(\/[^/]+)?$/.exec(path) ?? []
  return NOT_COUNTED.has(plural) ? undefined : `${method} ${plural}${subresource ?? ''}`
}

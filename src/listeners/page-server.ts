import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { createServer, type HttpLimits, type TlsOptions } from './http-server.ts'
import { BACKLOG, secureContext } from './sockets.ts'
import { readTarget, type Target } from './request-target.ts'

/** A request for a page. */
export interface Asked extends Target {
  readonly method: string
  readonly request: IncomingMessage
}

export interface Page {
  readonly status: number
  readonly text: string
  /** text/plain by default. */
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Listener {
  readonly port: number
  /** New connections get this certificate; those that are open go on. */
  renew(tls: TlsOptions): void
  close(): Promise<void>
}

export interface PagesOptions {
  /** 0 takes any free one. */
  port: number
  /** All addresses by default. */
  host?: string | undefined
  tls?: TlsOptions
  limits?: Partial<HttpLimits>
  /** Requests have personal data: nothing of them stays in memory once they are answered and collected. */
  isPersonal?: boolean
  /** Methods besides GET and HEAD that `answer` takes, for paths of its choice. */
  methods?: readonly string[]
  /** Whatever it throws costs its asker an answer, and nobody else anything. */
  answer: (asked: Asked) => Page | Promise<Page>
}

/** Listens and answers each request with a page. @throws Error of a port that is taken; it names the port and the cure */
export async function servePages(o: PagesOptions): Promise<Listener> {
  const server = createServer(o, (request, response) => void respond(o, request, response))
  return {
    ...(await listen(server, o.port, o.host)),
    renew: (tls) => 'setSecureContext' in server && server.setSecureContext(secureContext(tls)),
  }
}

type Taking = Pick<PagesOptions, 'answer' | 'methods'>

async function respond(o: Taking, request: IncomingMessage, response: ServerResponse) {
  try {
    const { status, text, type = 'text/plain; charset=utf-8', headers } = await pageFor(o, request)
    response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff', ...headers }).end(text)
  } catch {
    // Half an answer can't be taken back.
    if (response.headersSent) response.destroy()
    else response.writeHead(500).end('the answer could not be made\n')
  }
}

function pageFor({ answer, methods = [] }: Taking, request: IncomingMessage): Page | Promise<Page> {
  const { method = '' } = request
  const target = readTarget(request.url)
  if (target === undefined) return { status: 400, text: 'the request target is no path\n' }
  if (method !== 'GET' && method !== 'HEAD' && !methods.includes(method))
    return { status: 405, text: 'only GET and HEAD\n', headers: { allow: 'GET, HEAD' } }
  return answer({ ...target, method, request })
}

/** Starts a server and says its port. @throws Error that names the port and the cure */
export function listen(server: Server & { closeAllConnections?(): void }, port: number, host?: string) {
  return new Promise<Pick<Listener, 'port' | 'close'>>((resolve, reject) => {
    const where = host === undefined ? `port ${port}` : `${host}:${port}`
    const fail = (cause: NodeJS.ErrnoException) =>
      reject(new Error(`Cannot listen on ${where} (${cause.code}): free the port or choose another.`, { cause }))
    server.once('error', fail)
    server.listen({ port, ...(host === undefined ? {} : { host }), backlog: BACKLOG }, () => {
      server.off('error', fail)
      // Out of file descriptors, say: the listener goes on when there are some again.
      server.on('error', () => {})
      resolve({ port: (server.address() as AddressInfo).port, close: () => close(server) })
    })
  })
}

function close(server: Server & { closeAllConnections?(): void }): Promise<void> {
  return new Promise((closed) => {
    server.close(() => closed())
    server.closeAllConnections?.()
  })
}

import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/*
 * Not by `import`: that would evaluate every export of the module, WebSocket among them, for which Node loads a whole
 * client with HTTP/2, web streams and compression: 6 MiB in every pod.
 */
const { createServer } = process.getBuiltinModule('node:http')

/** undefined when all is well, else what is wrong, in a few words for people. */
export type Check = () => string | undefined

export interface HealthOptions {
  /** 0 takes any free one. */
  port: number
  host?: string
  /** When one fails the pod is restarted: so only what a restart mends. Never the API server's health. */
  live: Record<string, Check>
  /** When one fails the pod gets no traffic and a rollout waits. */
  ready: Record<string, Check>
}

export interface HealthServer {
  port: number
  close(): Promise<void>
}

/**
 * Answers the kubelet: GET /healthz and /readyz, with `?verbose` for each check's word, or /healthz/NAME for one.
 * That an answer comes shows that the event loop turns.
 */
export async function startHealthServer({ port, host = '0.0.0.0', live, ready }: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => answer(request, response, { healthz: live, readyz: ready }))
  server.headersTimeout = 5_000
  server.keepAliveTimeout = 1_000
  return listen(server, port, host)
}

/** Starts a server and tells its port; the error of a taken port names the port and the cure. */
export function listen(server: Server, port: number, host: string): Promise<HealthServer> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new Error(`Cannot listen on ${host}:${port} (${cause.code}): free the port or choose another.`, { cause }),
      ),
    )
    server.listen(port, host, () => {
      const address = server.address()
      resolve({ port: typeof address === 'object' && address ? address.port : port, close: () => close(server) })
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((closed) => {
    server.close(() => closed())
    server.closeAllConnections()
  })
}

function answer(request: IncomingMessage, response: ServerResponse, sets: Record<string, Record<string, Check>>): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const [, set = '', only, ...rest] = pathname.split('/')
  const checks = Object.hasOwn(sets, set) ? sets[set]! : undefined
  if (!checks || rest.length > 0 || (only !== undefined && !Object.hasOwn(checks, only))) {
    return send(response, 404, 'not found: ask for /healthz or /readyz\n')
  }
  const names = only === undefined ? Object.keys(checks) : [only]
  const results = names.map((name) => ({ name, problem: ask(checks[name]!) }))
  const failed = results.filter(({ problem }) => problem !== undefined)
  const lines = results.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  )
  const verdict = `${set} check ${failed.length === 0 ? 'passed' : 'failed'}`
  const verbose = failed.length > 0 || searchParams.has('verbose')
  send(response, failed.length === 0 ? 200 : 500, verbose ? `${[...lines, verdict].join('\n')}\n` : 'ok')
}

function ask(check: Check): string | undefined {
  try {
    return check()
  } catch (error) {
    return error instanceof Error ? error.message : 'the check itself failed'
  }
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' })
  response.end(text)
}

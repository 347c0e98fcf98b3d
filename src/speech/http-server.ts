import { describeBug } from '../runtime/redacted-error.ts'
import multipart from '@fastify/multipart'
import { fastify, type FastifyReply, type FastifyRequest, type RawServerDefault } from 'fastify'
import type { Server } from 'node:https'
import type { Log } from '../runtime/log.ts'
import { createServer } from '../listeners/http-server.ts'
import { BACKLOG, secureContext } from '../listeners/sockets.ts'
import type { Identity } from '../pki/identity.ts'
import { refuse, requireCaller, type MayScrape } from './authorization.ts'
import { audioRoutes, type AudioParts } from './audio-routes.ts'
import { Overloaded, Problem } from './api-errors.ts'
import { tenantOf } from './tenant.ts'
import { UploadQuota } from './upload-quota.ts'

/** Octets of a second of the richest audio that is heard: 48,000 samples of 16 bit. */
const OCTETS_A_SECOND = 96_000
/** What is around the samples of a file. */
const FRAME = 65_536
/** Octets of requests in memory, of all tenants together. A turn of a call has 0.1 MiB, a file of a minute at most 5.6. */
const MOST_UPLOADED = 64 * 1024 * 1024
const MOST_JSON = 64 * 1024
/** Each bot pod has some connections, and opens them when its first calls come. An upload of a turn takes milliseconds in a cluster. */
const LIMITS = {
  ...{ connections: 2_048, connectionsPerAddress: 128, newPerSecond: 300, newPerSecondPerAddress: 100 },
  ...{ requestMs: 15_000, keepAliveMs: 40_000, unreadMs: 15_000 },
}

export interface ServerOptions extends AudioParts {
  port: number
  identity: Identity
  log: Log
  /** Why the server takes no requests; empty: it does. */
  obstacles: () => readonly string[]
  /** Why only a new process helps; empty: none needed. */
  ailments: () => readonly string[]
  /** Whether a bearer token may read the metrics. */
  mayScrape: MayScrape
}

export interface SpeechServer {
  readonly port: number
  renew(identity: Identity): void
  /** Takes nothing new, lets what runs end. */
  close(): Promise<void>
}

/** HTTPS: health for anyone, all else for bearers of a certificate of our CA (metrics also for who may read them in the cluster). */
export async function startServer(o: ServerOptions): Promise<SpeechServer> {
  const app = fastify({
    // A certificate is asked for and looked at later, since kubelets show none when they ask for health.
    serverFactory: (handler) =>
      createServer(
        { tls: { ...o.identity, clientCertificate: 'wanted' }, limits: LIMITS },
        handler,
      ) as RawServerDefault,
    bodyLimit: MOST_JSON,
    forceCloseConnections: 'idle',
    // The log would have paths and addresses of callers' requests; metrics say what is worth knowing.
    logger: false,
  })
  const mostFile = FRAME + OCTETS_A_SECOND * o.longestSeconds
  await app.register(multipart, { limits: { fileSize: mostFile, files: 1, fields: 16, fieldSize: 8_192, parts: 17 } })
  app.addHook('onRequest', requireCaller(o.mayScrape))
  app.addHook('onRequest', reserveRoom(new UploadQuota(MOST_UPLOADED), mostFile + FRAME))
  app.addHook('onResponse', async (request, reply) =>
    o.metrics.answered(request.routeOptions.url ?? 'other', reply.statusCode, reply.elapsedTime / 1_000),
  )
  app.setErrorHandler((error: Error, _request, reply) => answerError(error, reply, { log: o.log, mostFile }))
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) =>
    refuse(reply, new Problem(404, `there is no ${request.method} here: see GET /v1/models, POST /v1/audio/...`)),
  )
  app.get('/healthz', (_request, reply) => answerHealth(reply, o.ailments()))
  app.get('/readyz', (_request, reply) => answerHealth(reply, o.obstacles()))
  app.get('/metrics', async (_request, reply) =>
    reply.type(o.metrics.registry.contentType).send(await o.metrics.registry.metrics()),
  )
  audioRoutes(app, o)
  await app.listen({ port: o.port, host: '::', backlog: BACKLOG })
  const address = app.server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : o.port,
    renew: (identity) => (app.server as Server).setSecureContext(secureContext(identity)),
    close: () => app.close(),
  }
}

/** Before a body is read: what it declares, or the most that it may be, has room among those of its tenant, or it is turned away. */
function reserveRoom(uploads: UploadQuota, most: number) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (request.method === 'GET' || request.method === 'HEAD') return
    const declared = Number(request.headers['content-length'] ?? most)
    const giveBack = uploads.take(tenantOf(request), Math.min(declared, most))
    if (giveBack === undefined) throw new Overloaded()
    reply.raw.once('close', giveBack)
  }
}

function answerHealth(reply: FastifyReply, troubles: readonly string[]) {
  return reply
    .code(troubles.length === 0 ? 200 : 503)
    .type('text/plain; charset=utf-8')
    .send(`${troubles.length === 0 ? 'ok' : troubles.join('\n')}\n`)
}

function answerError(
  error: Error & { statusCode?: number; code?: string },
  reply: FastifyReply,
  { log, mostFile }: { log: Log; mostFile: number },
) {
  if (error instanceof Problem) return refuse(reply, error)
  if (error.code === 'FST_REQ_FILE_TOO_LARGE') {
    const message = `file is larger than ${(mostFile / 1024 / 1024).toFixed(1)} MiB: send it in parts`
    return refuse(reply, new Problem(413, message, { param: 'file', code: 'file_too_large' }))
  }
  const status = error.statusCode ?? 500
  if (status < 500) return refuse(reply, new Problem(status, error.message, { code: error.code ?? 'bad_request' }))
  log.error(describeBug(error), 'a request failed')
  return refuse(reply, new Problem(500, 'the speech server failed: see its log', { code: 'internal' }))
}

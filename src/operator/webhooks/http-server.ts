import { describeApiFault } from '../../kube/api-fault.ts'
import { mayBeNamed } from '../../runtime/log-fields.ts'
import { timingSafeEqual } from 'node:crypto'
import type { Server } from 'node:https'
import fastify, { type RawServerDefault } from 'fastify'
import type { Log } from '../../runtime/log.ts'
import { createServer } from '../../listeners/http-server.ts'
import { BACKLOG, secureContext } from '../../listeners/sockets.ts'
import { answer, requestIn } from './admission-review.ts'
import type { Reviewer } from './reviewers.ts'

/** What reviews which kind: the last part of the path. */
export type Reviewers = Readonly<Record<string, Reviewer>>

export interface WebhookServerOptions {
  /** 0 takes any free one. */
  readonly port: number
  readonly host?: string
  /** PEM. */
  readonly certificate: { readonly cert: string; readonly key: string }
  /** Passwords that a request may carry in its path; see `path-password.ts`. */
  readonly passwords: () => readonly string[]
  readonly reviewers: Reviewers
  readonly log: Log
}

export interface WebhookServer {
  readonly port: number
  /** New connections get this certificate; those that are open go on. */
  renew(certificate: WebhookServerOptions['certificate']): void
  close(): Promise<void>
}

/** A review holds the object twice, as it was and as it shall be, each of at most 1.5 MiB in etcd. */
const LONGEST_BODY = 4 * 1024 * 1024
/** The API server keeps its connections for a minute and a half. */
const LIMITS = { requestMs: 10_000, keepAliveMs: 120_000 }

interface Asked {
  password: string
  kind: string
}

/** POST /review/PASSWORD/KIND over HTTPS, for the API server. Nothing else is there. */
export async function startWebhookServer(o: WebhookServerOptions): Promise<WebhookServer> {
  const app = fastify({
    serverFactory: (handler) => createServer({ tls: o.certificate, limits: LIMITS }, handler) as RawServerDefault,
    bodyLimit: LONGEST_BODY,
    logger: false,
  })
  const reviewerFor = ({ kind }: Asked) => (Object.hasOwn(o.reviewers, kind) ? o.reviewers[kind] : undefined)
  app.post<{ Params: Asked }>(
    '/review/:password/:kind',
    {
      // Before the body is read: strangers get no parser to feed.
      onRequest: async ({ params }, reply) => {
        const isKnown = reviewerFor(params) !== undefined && isOneOf(params.password, o.passwords())
        if (!isKnown) return reply.code(404).send('not found')
      },
    },
    async ({ params, body }, reply) => {
      const request = requestIn(body)
      if (request === undefined) return reply.code(400).send('not an AdmissionReview of admission.k8s.io/v1')
      return answer(request, await reviewerFor(params)!(request))
    },
  )
  app.setErrorHandler<{ statusCode?: number; code?: string }>((error, request, reply) => {
    const status = error.statusCode ?? 500
    // With failurePolicy Ignore the API server goes on without us; the reconcile looks again.
    if (status >= 500)
      o.log.error({ ...describeApiFault(error), kind: mayBeNamed(request.routeOptions.url) }, 'a review failed')
    void reply.code(status).send(error.code ?? 'the review failed')
  })
  await app.listen({ port: o.port, host: o.host ?? '0.0.0.0', backlog: BACKLOG })
  return {
    port: (app.server.address() as { port: number }).port,
    renew: (certificate) => (app.server as Server).setSecureContext(secureContext(certificate)),
    async close() {
      app.server.closeAllConnections()
      await app.close()
    },
  }
}

/** Compares in the same time whatever differs. */
function isOneOf(given: string, passwords: readonly string[]): boolean {
  const bytes = Buffer.from(given)
  return passwords.some((password) => {
    const expected = Buffer.from(password)
    return expected.length === bytes.length && timingSafeEqual(expected, bytes)
  })
}

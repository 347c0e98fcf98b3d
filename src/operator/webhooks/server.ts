import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { listen } from '../../kube/health.ts'
import type { Log } from '../../lib/log.ts'
import { answer, requestIn, type AdmissionReview } from './review.ts'
import type { Reviewer } from './reviewers.ts'

/** What reviews which kind: the last part of the path. */
export type Reviewers = Readonly<Record<string, Reviewer>>

export interface WebhookServerOptions {
  /** 0 takes any free one. */
  readonly port: number
  readonly host?: string
  /** PEM. */
  readonly certificate: { readonly cert: string; readonly key: string }
  /** Passwords that a request may carry in its path; see `path.ts`. */
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
const REQUEST_TIMEOUT_MS = 10_000
/** The API server keeps its connections for reviews that come one after another. */
const KEPT_MS = 60_000

/**
 * POST /review/PASSWORD/KIND over HTTPS, for the API server. Nothing else is there. On Node's own server: a framework for
 * this one route took a tenth of the operator's memory.
 */
export async function startWebhookServer(o: WebhookServerOptions): Promise<WebhookServer> {
  const server = createServer({ ...o.certificate, minVersion: 'TLSv1.2' }, (request, response) => {
    void review(o, request)
      .then((reviewed) => send(response, 200, 'application/json', JSON.stringify(reviewed)))
      .catch((error: unknown) => refuse(o, request, response, error))
  })
  server.headersTimeout = REQUEST_TIMEOUT_MS
  server.requestTimeout = REQUEST_TIMEOUT_MS
  server.keepAliveTimeout = KEPT_MS
  const listening = await listen(server, o.port, o.host ?? '0.0.0.0')
  return { ...listening, renew: (next) => server.setSecureContext({ ...next, minVersion: 'TLSv1.2' }) }
}

/** What is answered with a status of its own; anything else thrown is a fault. */
class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

async function review(o: WebhookServerOptions, request: IncomingMessage): Promise<AdmissionReview> {
  // Before the body is read: strangers get no parser to feed.
  const reviewer = reviewerFor(o, request)
  if (reviewer === undefined) throw new Refusal(404, 'not found')
  const asked = requestIn(parsed(await bodyOf(request)))
  if (asked === undefined) throw new Refusal(400, 'not an AdmissionReview of admission.k8s.io/v1')
  return answer(asked, await reviewer(asked))
}

function reviewerFor(o: WebhookServerOptions, { method, url = '' }: IncomingMessage): Reviewer | undefined {
  const [path = ''] = url.split('?') // the API server adds its time-out as a query
  const [, root, password = '', kind = '', ...rest] = path.split('/')
  if (method !== 'POST' || root !== 'review' || rest.length > 0 || !Object.hasOwn(o.reviewers, kind)) return undefined
  return isOneOf(password, o.passwords()) ? o.reviewers[kind] : undefined
}

const tooLong = () => new Refusal(413, 'longer than two objects can be')

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length']) > LONGEST_BODY) throw tooLong()
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > LONGEST_BODY) throw tooLong()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new Refusal(400, 'not JSON')
  }
}

function refuse(o: WebhookServerOptions, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  // What is still to come of the body is not waited for.
  if (!request.complete) response.setHeader('connection', 'close')
  if (error instanceof Refusal) return send(response, error.status, 'text/plain; charset=utf-8', error.message)
  // With failurePolicy Ignore the API server goes on without us; the reconcile looks again.
  if (request.complete) o.log.error({ error: String(error) }, 'a review failed')
  send(response, 500, 'text/plain; charset=utf-8', 'the review failed')
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' })
  response.end(text)
}

/** Compares in the same time whatever differs. */
function isOneOf(given: string, passwords: readonly string[]): boolean {
  const bytes = Buffer.from(given)
  return passwords.some((password) => {
    const expected = Buffer.from(password)
    return expected.length === bytes.length && timingSafeEqual(expected, bytes)
  })
}

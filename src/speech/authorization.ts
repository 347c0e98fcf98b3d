import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Access } from '../kube/access-review.ts'
import { Problem, RETRY_AFTER_SECONDS } from './api-errors.ts'

/** Whether the bearer of an Authorization header at an address may read the metrics. */
export type MayScrape = (authorization: string | undefined, source: string) => Promise<Access>

const OPEN = new Set(['/healthz', '/readyz'])
const METRICS_WORDS: Record<Exclude<Access, 200>, string> = {
  401: 'show a certificate of the operator’s CA, or the token of a ServiceAccount as "Authorization: Bearer ..."',
  403: 'the ServiceAccount needs the verb get on the nonResourceURL /metrics',
  429: 'too many unknown tokens are being reviewed: try again in 10 seconds',
  503: 'the API server could not be asked who you are: try again',
}

/** Lets through who shows a certificate of our CA, and to some paths others. */
export function requireCaller(mayScrape: MayScrape) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const path = request.url.split('?')[0]!
    if (OPEN.has(path)) return
    if ((request.raw.socket as { authorized?: boolean }).authorized === true) return
    if (path !== '/metrics') {
      const message = 'show a client certificate of the operator’s CA: this port answers nobody else'
      throw new Problem(401, message, { code: 'client_certificate_required' })
    }
    const access = await mayScrape(request.headers.authorization, request.ip)
    if (access === 200) return
    if (access === 401) void reply.header('www-authenticate', 'Bearer')
    throw new Problem(access, METRICS_WORDS[access])
  }
}

export function refuse(reply: FastifyReply, problem: Problem) {
  if (problem.status === 503) void reply.header('retry-after', RETRY_AFTER_SECONDS)
  return reply.code(problem.status).send(problem.body())
}

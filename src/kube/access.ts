import { createHash } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { systemClock } from './clock.ts'
import type { Transport } from './transport.ts'

/** What a bearer of a token may be told: all is well, who are you, or you may not. */
export type Access = 200 | 401 | 403 | 503

/** Asks the API server who bears a token and whether that one may GET a path. */
export interface Gate {
  ask(authorization: string | undefined, path: string): Promise<Access>
}

export interface GateOptions {
  transport: Transport
  log: Log
  clock?: Clock
  /** How long an answer is believed, seconds. 60 unless told. */
  rememberSeconds?: number
}

/** More tokens than this are not remembered: a flood of false ones costs requests, never memory. */
const MOST_REMEMBERED = 256

interface TokenReview {
  status?: { authenticated?: boolean; user?: { username?: string; uid?: string; groups?: string[]; extra?: object } }
}

/** TokenReview, then SubjectAccessReview on the non-resource path with the verb get, as kube-rbac-proxy and controller-runtime do. */
export function createGate({ transport, log, clock = systemClock, rememberSeconds = 60 }: GateOptions): Gate {
  const known = new Map<string, { access: Access; until: number }>()
  return {
    async ask(authorization, path) {
      const token = /^Bearer ([^\s]+)$/i.exec(authorization ?? '')?.[1]
      if (token === undefined) return 401
      const key = createHash('sha256').update(`${path} ${token}`).digest('base64')
      const now = clock.monotonic()
      const before = known.get(key)
      if (before && now < before.until) return before.access
      const access = await review(transport, token, path).catch((err: unknown) => {
        log.warn({ err }, 'access to the metrics could not be reviewed')
        return 503 as const
      })
      known.delete(key)
      if (known.size >= MOST_REMEMBERED) known.delete(known.keys().next().value!)
      if (access !== 503) known.set(key, { access, until: now + rememberSeconds * 1000 })
      return access
    },
  }
}

async function review(transport: Transport, token: string, path: string): Promise<Access> {
  const ask = async (group: string, plural: string, kind: string, spec: object) => {
    const apiVersion = `${group}/v1`
    const answer = await transport.request({
      purpose: 'readwrite',
      method: 'POST',
      path: `/apis/${apiVersion}/${plural}`,
      body: { apiVersion, kind, spec },
      timeoutSeconds: 5,
      repeatable: true,
    })
    return answer.body
  }
  const { status } = (await ask('authentication.k8s.io', 'tokenreviews', 'TokenReview', { token })) as TokenReview
  if (status?.authenticated !== true) return 401
  const { username: user, uid, groups, extra } = status.user ?? {}
  const nonResourceAttributes = { path, verb: 'get' }
  const spec = { user, uid, groups, extra, nonResourceAttributes }
  const verdict = await ask('authorization.k8s.io', 'subjectaccessreviews', 'SubjectAccessReview', spec)
  return (verdict as { status?: { allowed?: boolean } }).status?.allowed === true ? 200 : 403
}

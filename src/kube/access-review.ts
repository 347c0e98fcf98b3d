import { describeApiFault } from './api-fault.ts'
import { createHash } from 'node:crypto'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { RateLimit } from '../listeners/rate-limit.ts'
import { systemClock } from '../runtime/system-clock.ts'
import type { Transport } from './transport.ts'

/** What a bearer of a token may be told: all is well, who are you, you may not, not so fast, or nobody can say. */
export type Access = 200 | 401 | 403 | 429 | 503

export interface Bearer {
  readonly authorization: string | undefined
  /** What is asked for. */
  readonly path: string
  /** The address that asks. */
  readonly source: string
}

/** Asks the API server who bears a token and whether that one may GET a path. */
export interface Gate {
  ask(bearer: Bearer): Promise<Access>
}

export interface GateOptions {
  transport: Transport
  log: Log
  clock?: Clock
  /** How long an answer is believed, seconds. 60 by default. */
  rememberSeconds?: number
}

/** Of tokens that are let in, and of those that are not, each: a flood of false ones puts no good one out. */
const MOST_REMEMBERED = 256
/** Reviews that run at a time for tokens which were never let in. */
const MOST_AT_A_TIME = 4
/** Reviews of such tokens that one address may cause: a scraper needs one an hour, when its token is renewed. */
const OF_ONE_ADDRESS = { perSecond: 0.1, atOnce: 5 }
/** And all addresses together. */
const OF_ALL = { perSecond: 2, atOnce: 20 }

interface TokenReview {
  status?: { authenticated?: boolean; user?: { username?: string; uid?: string; groups?: string[]; extra?: object } }
}

interface Remembered {
  access: Access
  until: number
}

/**
 * TokenReview, then SubjectAccessReview on the non-resource path with the verb get, as kube-rbac-proxy and controller-runtime do. Two requests
 * at most a minute for a token, however often it is shown; tokens that were never let in are reviewed at a limited rate, so that a stranger can't have us
 * flood the API server.
 */
export function createGate({ transport, log, clock = systemClock, rememberSeconds = 60 }: GateOptions): Gate {
  const [letIn, turnedAway] = [new Map<string, Remembered>(), new Map<string, Remembered>()]
  const underWay = new Map<string, Promise<Access>>()
  const [ofOne, ofAll] = [new RateLimit(clock, OF_ONE_ADDRESS), new RateLimit(clock, OF_ALL)]
  let strangers = 0

  async function decide(key: string, token: string, path: string): Promise<Access> {
    const access = await review(transport, token, path).catch((err: unknown) => {
      log.warn(describeApiFault(err), 'access to the metrics could not be reviewed')
      return 503 as const
    })
    if (access === 503) return access
    const until = clock.monotonic() + rememberSeconds * 1000
    ;(access === 200 ? turnedAway : letIn).delete(key)
    remember(access === 200 ? letIn : turnedAway, key, { access, until })
    return access
  }

  function reviewed(key: string, { path, source }: Bearer, token: string): Promise<Access> {
    const isStranger = !letIn.has(key)
    if (isStranger && (strangers >= MOST_AT_A_TIME || !ofOne.take(source) || !ofAll.take('')))
      return Promise.resolve(429)
    if (isStranger) strangers++
    const decision = decide(key, token, path).finally(() => {
      underWay.delete(key)
      if (isStranger) strangers--
    })
    underWay.set(key, decision)
    return decision
  }

  return {
    async ask(bearer) {
      const token = /^Bearer ([^\s]+)$/i.exec(bearer.authorization ?? '')?.[1]
      if (token === undefined) return 401
      const key = createHash('sha256').update(`${bearer.path} ${token}`).digest('base64')
      const before = letIn.get(key) ?? turnedAway.get(key)
      if (before && clock.monotonic() < before.until) return before.access
      return underWay.get(key) ?? reviewed(key, bearer, token)
    },
  }
}

/** The oldest is forgotten first. */
function remember(known: Map<string, Remembered>, key: string, what: Remembered): void {
  known.delete(key)
  if (known.size >= MOST_REMEMBERED) known.delete(known.keys().next().value!)
  known.set(key, what)
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

import { servePages, type Asked, type Listener, type Page } from '../listeners/page-server.ts'

/** undefined when all is well, else what is wrong, in a few words for people. */
export type Check = () => string | undefined

export interface HealthOptions {
  /** 0 takes any free one. */
  port: number
  host?: string
  /** When one fails the pod is restarted: so only what a restart fixes. Never the API server's health. */
  live: Record<string, Check>
  /** When one fails the pod gets no traffic and a rollout waits. */
  ready: Record<string, Check>
}

export type HealthServer = Omit<Listener, 'renew'>

/**
 * Answers the kubelet: GET /healthz and /readyz, with `?verbose` for each check's word, or /healthz/NAME for one.
 * That an answer comes shows that the event loop turns.
 */
export function startHealthServer({ port, host = '0.0.0.0', live, ready }: HealthOptions): Promise<HealthServer> {
  return servePages({ port, host, answer: (asked) => answer(asked, { healthz: live, readyz: ready }) })
}

function answer({ path, query }: Asked, sets: Record<string, Record<string, Check>>): Page {
  const [, set = '', only, ...rest] = path.split('/')
  const checks = Object.hasOwn(sets, set) ? sets[set]! : undefined
  if (!checks || rest.length > 0 || (only !== undefined && !Object.hasOwn(checks, only))) {
    return { status: 404, text: 'not found: ask for /healthz or /readyz\n' }
  }
  const names = only === undefined ? Object.keys(checks) : [only]
  const results = names.map((name) => ({ name, problem: ask(checks[name]!) }))
  const failed = results.filter(({ problem }) => problem !== undefined)
  const lines = results.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  )
  const verdict = `${set} check ${failed.length === 0 ? 'passed' : 'failed'}`
  const verbose = failed.length > 0 || query.has('verbose')
  return { status: failed.length === 0 ? 200 : 500, text: verbose ? `${[...lines, verdict].join('\n')}\n` : 'ok' }
}

function ask(check: Check): string | undefined {
  try {
    return check()
  } catch (error) {
    return error instanceof Error ? error.message : 'the check itself failed'
  }
}

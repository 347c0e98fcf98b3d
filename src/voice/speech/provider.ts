import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, handleWhen } from 'cockatiel'
import { SpeechFault } from './speech-fault.ts'
import type { HttpAnswer, HttpPost, HttpServer } from './http-client.ts'
import type { Provider } from './openai-requests.ts'

/** One provider of the bot's spec, as far as it is asked over the network. */
export interface Server {
  readonly provider: Provider
  readonly http: HttpServer
  /** The API key as it is now; undefined: there is none, or not yet. */
  readonly key: () => Promise<string | undefined>
}

/** Failures in a row after which a server is left alone, and for how long: the caller shall not wait for what is known to be dead. */
const FAILURES = 4
const LEFT_ALONE_MS = 5_000

/** Asks one server, and stops asking it for a while when it is broken. */
export function createAsker(server: Server): (request: Request, signal: AbortSignal) => Promise<HttpAnswer> {
  let last = ''
  const isBroken = (error: unknown) => error instanceof SpeechFault && error.kind === 'Broken'
  const breaker = circuitBreaker(handleWhen(isBroken), {
    halfOpenAfter: LEFT_ALONE_MS,
    breaker: new ConsecutiveBreaker(FAILURES),
  })
  return async (request, signal) => {
    try {
      return await breaker.execute(() => post(server, request, signal))
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw new SpeechFault('LeftAlone', `${last}, several times in a row`)
      if (isBroken(error)) last = (error as SpeechFault).message
      throw error
    }
  }
}

type Request = Pick<HttpPost, 'path' | 'headers' | 'body'>

async function post(server: Server, request: Request, signal: AbortSignal): Promise<HttpAnswer> {
  const key = await server.key()
  const headers = key === undefined ? request.headers : { ...request.headers, authorization: `Bearer ${key}` }
  try {
    const answer = await server.http.post({ ...request, headers, signal })
    if (answer.status >= 500 && answer.status !== 503) throw new SpeechFault('Broken', `it answered ${answer.status}`)
    return answer
  } catch (error) {
    // Called off by us: the server is not to blame.
    if (signal.aborted || error instanceof SpeechFault) throw error
    const code = (error as { code?: unknown }).code
    throw new SpeechFault('Broken', `it can't be reached${typeof code === 'string' ? `: ${code}` : ''}`, {
      cause: error,
    })
  }
}

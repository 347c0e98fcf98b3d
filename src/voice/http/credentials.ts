import type { Clock } from '../../runtime/clock.ts'
import type { Endpoint } from '../../rules/http/request.ts'
import type { Connection } from '../../webclient/connection.ts'
import { EndpointFault } from '../../webclient/endpoint-fault.ts'
import { hostOf, type ReadSecret } from '../../webclient/mounted-secrets.ts'

type Auth = Endpoint['auth']

/** Who we are, as headers of a request. */
export interface Credentials {
  /** @throws EndpointFault if they can't be had: nothing was sent to the endpoint */
  headers(signal: AbortSignal): Promise<Readonly<Record<string, string>>>
  /** The endpoint did not take them: a token that was kept is asked for again next time. */
  refused(): void
}

export function createCredentials(o: {
  auth: Auth
  secret: ReadSecret
  /** Of the endpoint. */
  url: string
  /** To the token server of OAuth2. */
  tokens: Connection | undefined
  clock: Clock
}): Credentials {
  const { auth } = o
  const name = auth.secretRef?.name ?? ''
  const secret = <K extends string>(keys: readonly K[]) => o.secret(name, keys, [hostOf(o.url)])
  const token = createToken(o)
  return {
    async headers(signal) {
      switch (auth.type) {
        case 'None':
          return {}
        case 'Bearer':
          return { authorization: `Bearer ${(await secret(['token'])).token}` }
        case 'Basic':
          return { authorization: basic(await secret(['username', 'password'])) }
        case 'APIKey':
          return { [(auth.header ?? 'X-API-Key').toLowerCase()]: (await secret(['apiKey'])).apiKey }
        case 'OAuth2':
          return { authorization: `Bearer ${await token.get(signal)}` }
      }
    },
    refused: () => token.forget(),
  }
}

const basic = (who: { readonly username: string; readonly password: string }) =>
  `Basic ${Buffer.from(`${who.username}:${who.password}`).toString('base64')}`

const TOKEN_MS = 2_000
/** A token is renewed that long before it expires. */
const EARLY_SECONDS = 30
/** When the server doesn't say how long a token lasts. */
const SHORT_SECONDS = 300

/** Tokens by client credentials (RFC 6749 4.4). One request at a time, for all calls that wait. */
function createToken({ auth, secret, url, tokens, clock }: Parameters<typeof createCredentials>[0]) {
  let known: { readonly token: string; readonly until: number } | undefined
  let asking: Promise<string> | undefined

  async function ask(): Promise<string> {
    // The token is as good as the secret that it was given for: the endpoint gets it.
    const hosts = [auth.tokenURL!, url].map(hostOf)
    const { clientID, clientSecret } = await secret(auth.secretRef?.name ?? '', ['clientID', 'clientSecret'], hosts)
    const form = new URLSearchParams({ grant_type: 'client_credentials' })
    if (auth.scope !== undefined) form.set('scope', auth.scope)
    const who = { username: encodeURIComponent(clientID), password: encodeURIComponent(clientSecret) }
    const { status, body } = await tokens!.ask(
      {
        method: 'POST',
        path: '',
        headers: { authorization: basic(who), 'content-type': 'application/x-www-form-urlencoded' },
        body: form.toString(),
      },
      { timeoutMs: TOKEN_MS, isOnce: false, signal: new AbortController().signal },
    )
    if (status !== 200) throw unavailable(`it answered ${status}`)
    const { access_token: token, expires_in: seconds = SHORT_SECONDS } = parse(body)
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw unavailable('it gave none')
    const lasts = Math.max(0, Number(seconds) - EARLY_SECONDS)
    known = { token, until: clock.monotonic() + lasts * 1_000 }
    return token
  }

  return {
    async get(signal: AbortSignal): Promise<string> {
      if (known !== undefined && clock.monotonic() < known.until) return known.token
      asking ??= ask()
        .catch((error: unknown) => {
          throw error instanceof EndpointFault ? unavailable(error.message, error) : error
        })
        .finally(() => (asking = undefined))
      const token = await asking
      signal.throwIfAborted()
      return token
    },
    forget: () => void (known = undefined),
  }
}

const unavailable = (because: string, cause?: unknown) =>
  new EndpointFault('unreachable', `auth.tokenURL gave no token: ${because}`, false, { cause })

function parse(body: Buffer): { access_token?: unknown; expires_in?: unknown } {
  try {
    return Object(JSON.parse(body.toString())) as object
  } catch {
    return {}
  }
}

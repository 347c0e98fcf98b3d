import { randomOctets } from '../../runtime/random.ts'
import { authorization, chooseChallenge, type Challenge } from '../../wire/sip/digest.ts'
import { headers, type Header } from '../../wire/sip/message.ts'
import { field } from '../../wire/sip/serialise.ts'
import type { UnderstoodResponse } from '../../wire/sip/parse-headers.ts'
import type { Credentials } from '../call.ts'

interface Met {
  readonly challenge: Challenge
  readonly name: string
  count: number
}

/** Answers the challenges of one call, of a proxy's and of the server's own, and goes on using a nonce that was accepted (RFC 3261 22.2, 22.3). */
export class Authenticator {
  readonly #credentials: Credentials | undefined
  readonly #met = new Map<string, Met>()

  constructor(credentials: Credentials | undefined) {
    this.#credentials = credentials
  }

  /** Takes the challenge of a 401 or 407. False: it can't be met, or what it asks for was refused already. */
  challenged({ response }: UnderstoodResponse): boolean {
    const [asks, answers] =
      response.status === 401 ? ['www-authenticate', 'Authorization'] : ['proxy-authenticate', 'Proxy-Authorization']
    const challenge = chooseChallenge(headers(response, asks), this.#credentials?.realm)
    if (challenge === undefined || this.#credentials === undefined) return false
    const key = `${answers} ${challenge.realm}`
    // The same again, and not because the nonce was old: the password is wrong.
    if (this.#met.has(key) && !challenge.isStale && this.#met.get(key)!.count === 1) return false
    this.#met.set(key, { challenge, name: answers, count: 0 })
    return true
  }

  /** The header fields for the next request. */
  headersFor(method: string, uri: string): Header[] {
    if (this.#credentials === undefined) return []
    const { username, password } = this.#credentials
    return [...this.#met.values()].map((met) => {
      const { challenge, name } = met
      const cnonce = randomOctets(12).toString('hex')
      const count = ++met.count
      return field(name, authorization({ challenge, username, password, method, uri, cnonce, count }))
    })
  }
}

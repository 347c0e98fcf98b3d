/** Signatures of Standard Webhooks (standardwebhooks.com, version 1), symmetric: `v1`, HMAC with SHA-256. Pure. */
import { createHmac } from 'node:crypto'

/** Octets of a key, as the specification has them. */
const KEY = { least: 24, most: 64 }
const MOST_KEYS = 2
const LONGEST_TEXT = 1_000

/**
 * The keys in a Secret: one, or two while one replaces the other; each signs. Each is `whsec_` and base64, with spaces or lines between.
 * Undefined: it is something else.
 */
export function readSigningKeys(text: string): Buffer[] | undefined {
  if (text.length > LONGEST_TEXT) return undefined
  const keys = text.trim().split(/\s+/).map(readKey)
  return keys.length <= MOST_KEYS && keys.every((key) => key !== undefined) ? keys : undefined
}

function readKey(text: string): Buffer | undefined {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  const key = Buffer.from(text.slice('whsec_'.length), 'base64')
  return key.length >= KEY.least && key.length <= KEY.most ? key : undefined
}

/**
 * @param o.id the same in each try, without a "."
 * @param o.at of this try, milliseconds since 1970
 */
export function signedHeaders(o: {
  readonly id: string
  readonly at: number
  readonly body: Buffer
  readonly keys: readonly Buffer[]
}): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(o.at / 1_000))
  const signature = (key: Buffer) =>
    `v1,${createHmac('sha256', key).update(`${o.id}.${timestamp}.`).update(o.body).digest('base64')}`
  return {
    'webhook-id': o.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': o.keys.map(signature).join(' '),
  }
}

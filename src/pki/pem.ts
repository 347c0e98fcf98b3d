import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'

/** PEM that was read, or what is wrong with it, such as `is no certificate in PEM`. */
export type Checked<T> = T | { because: string }

const BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'
const MOST_CHARACTERS = 65_536
const MOST_CERTIFICATES = 50

/** Certificates as OpenSSL writes them, one after the other. */
export interface Certificates {
  pem: string
  /** The same, one by one. */
  each: readonly string[]
  /** When the first of them begins and ends, in epoch milliseconds. */
  from: number
  until: number
}

/**
 * Reads certificates that another process loads. What comes back is written again from what was understood, so nothing that its
 * OpenSSL could refuse, and nothing else of the text, gets there. Linear in the text; 64 KiB and 50 certificates at most.
 */
export function readCertificates(text: string): Checked<Certificates> {
  if (text.length > MOST_CHARACTERS) return { because: `has more than ${MOST_CHARACTERS} characters` }
  const blocks = text.split(BEGIN).slice(1)
  if (blocks.length === 0) return { because: 'is no certificate in PEM' }
  if (blocks.length > MOST_CERTIFICATES) return { because: `has more than ${MOST_CERTIFICATES} certificates` }
  const found = blocks.map(certificateIn)
  const broken = found.indexOf(undefined)
  if (broken >= 0)
    return {
      because:
        blocks.length === 1
          ? 'is no certificate in PEM'
          : `is no certificate in PEM (number ${broken + 1} of ${blocks.length})`,
    }
  const first = found[0]!
  const each = found.map((one) => one!.toString())
  return {
    ...{ pem: each.join(''), each },
    from: first.validFromDate.getTime(),
    until: first.validToDate.getTime(),
  }
}

/** Why a certificate is not valid now, such as `expired at 2026-11-27T00:00:00.000Z`; undefined: it is. @param now in epoch milliseconds */
export function untimely({ from, until }: Pick<Certificates, 'from' | 'until'>, now: number): string | undefined {
  if (until <= now) return `expired at ${new Date(until).toISOString()}`
  if (now < from) return `is not valid before ${new Date(from).toISOString()}`
  return undefined
}

/** A certificate with its chain, and the private key of the first, both as OpenSSL writes them. */
export interface KeyPair extends Certificates {
  key: string
}

/** Reads an identity as `readCertificates` does, and has OpenSSL load it: keys and hashes that are too weak are refused. */
export function readKeyPair(certificates: Certificates, key: string): Checked<KeyPair> {
  if (key.length > MOST_CHARACTERS) return { because: `has more than ${MOST_CHARACTERS} characters` }
  const pair = { ...certificates, key: '' }
  try {
    const privateKey = createPrivateKey(key)
    if (!new X509Certificate(pair.pem).checkPrivateKey(privateKey)) return { because: NOT_ITS_KEY }
    pair.key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  } catch {
    return { because: NOT_ITS_KEY }
  }
  try {
    createSecureContext({ cert: pair.pem, key: pair.key })
    return pair
  } catch (error) {
    return {
      because: `is refused by OpenSSL: ${String((error as Error).message)
        .split(':')
        .pop()!
        .slice(0, 60)}`,
    }
  }
}

const NOT_ITS_KEY = 'is not the private key of tls.crt in PEM'

function certificateIn(block: string): X509Certificate | undefined {
  const end = block.indexOf(END)
  if (end < 0) return undefined
  try {
    return new X509Certificate(Buffer.from(block.slice(0, end), 'base64'))
  } catch {
    return undefined
  }
}

import { verify, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { objectIdentifier } from './der.ts'
import { timeOf, valuesIn, type DerValue } from './der-reader.ts'
import type { Checked } from './pem.ts'

const BEGIN = '-----BEGIN X509 CRL-----'
const END = '-----END X509 CRL-----'
/** About 330 certificates. The proxy holds a list in each of its processes, in the memory that connections need: this much takes 5 MiB. */
const MOST_CHARACTERS = 16_384

/** Revocation lists (RFC 5280 section 5) of some authorities, as OpenSSL writes them. */
export interface RevocationLists {
  pem: string
  /** When the first authority has none any more that is valid: from then on OpenSSL refuses every certificate. Epoch milliseconds; absent: never. */
  until?: number
}

interface RevocationList {
  pem: string
  from: number
  until: number
  /** Whether this authority signed it. */
  isOf(authority: X509Certificate): boolean
}

const HASHES: Record<string, string | null> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
}
/** By the identifier in DER, hexadecimal. */
const hashes = new Map(Object.entries(HASHES).map(([oid, hash]) => [objectIdentifier(oid).toString('hex'), hash]))

/**
 * Reads revocation lists that another process loads, and checks that they do there what is meant: OpenSSL wants a list of every
 * authority, and refuses every certificate where one is missing.
 * @param authorities certificates in PEM
 * @param now in epoch milliseconds
 */
export function readRevocationLists(
  text: string,
  authorities: readonly string[],
  now: number,
): Checked<RevocationLists> {
  if (text.length > MOST_CHARACTERS) return { because: `has more than ${MOST_CHARACTERS} characters` }
  const lists: RevocationList[] = []
  for (const block of text.split(BEGIN).slice(1)) {
    const list = listIn(block)
    if ('because' in list) return list
    if (list.from > now) return { because: `begins only at ${instant(list.from)}` }
    lists.push(list)
  }
  if (lists.length === 0) return { because: 'is no revocation list in PEM' }
  const signers = authorities.map((pem) => new X509Certificate(pem))
  if (lists.some((list) => !signers.some(list.isOf)))
    return { because: 'has a list that none of the authorities in ca.crt has signed' }
  const untils = signers.map((signer) =>
    Math.max(...lists.filter((list) => list.isOf(signer)).map(({ until }) => until)),
  )
  const missing = untils.indexOf(-Infinity)
  if (missing >= 0) return { because: `has no list of authority ${missing + 1} of ${signers.length} in ca.crt` }
  const until = Math.min(...untils)
  return { pem: lists.map(({ pem }) => pem).join(''), ...(until !== Infinity && { until }) }
}

export const instant = (milliseconds: number) => new Date(milliseconds).toISOString()

function listIn(block: string): Checked<RevocationList> {
  const end = block.indexOf(END)
  try {
    if (end < 0) throw new RangeError('the text is cut off')
    const bytes = Buffer.from(block.slice(0, end), 'base64')
    const pem = `${BEGIN}\n${bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n${END}\n`
    createSecureContext({ crl: pem })
    return parse(bytes, pem)
  } catch {
    return { because: 'is no revocation list in PEM' }
  }
}

/** CertificateList: tbsCertList, signatureAlgorithm, signatureValue. */
function parse(bytes: Buffer, pem: string): Checked<RevocationList> {
  const [body, algorithm, signature] = valuesIn(valuesIn(bytes)[0]!.contents) as [DerValue, DerValue, DerValue]
  const fields = valuesIn(body.contents)
  if (fields[0]!.tag === 0x02) fields.shift() // version
  const [, , from, next] = fields as [DerValue, DerValue, DerValue, DerValue?]
  if (hasCriticalExtension(fields))
    return { because: 'is no full list (it has a critical extension): put the complete one there' }
  const hash = hashes.get(valuesIn(algorithm.contents)[0]!.whole.toString('hex'))
  if (hash === undefined) return { because: 'is signed by an algorithm that is not RSA, ECDSA or Ed25519 with SHA-2' }
  const isSignedBy = (authority: X509Certificate) => {
    // The first octet counts the bits that are left out: a signature has none of those.
    if (signature.contents[0] !== 0) return false
    try {
      return verify(hash, body.whole, authority.publicKey, signature.contents.subarray(1))
    } catch {
      return false // a key of another kind
    }
  }
  const until = next !== undefined && (next.tag === 0x17 || next.tag === 0x18) ? timeOf(next) : Infinity
  return { pem, from: timeOf(from), until, isOf: once(isSignedBy) }
}

/** A critical extension limits a list to some certificates, or to changes since another list: OpenSSL may refuse everybody by it. */
function hasCriticalExtension(fields: readonly DerValue[]): boolean {
  const extensions = fields.find(({ tag }) => tag === 0xa0)
  if (extensions === undefined) return false
  const BOOLEAN = 0x01
  return valuesIn(valuesIn(extensions.contents)[0]!.contents).some((one) => valuesIn(one.contents)[1]?.tag === BOOLEAN)
}

function once(check: (authority: X509Certificate) => boolean): (authority: X509Certificate) => boolean {
  const known = new Map<string, boolean>()
  return (authority) => {
    const { fingerprint256 } = authority
    if (!known.has(fingerprint256)) known.set(fingerprint256, check(authority))
    return known.get(fingerprint256)!
  }
}

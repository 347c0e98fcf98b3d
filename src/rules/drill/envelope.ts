/**
 * Signed statements, as auditors' tools know them: an in-toto Statement (in-toto attestation framework, spec v1) in a DSSE envelope
 * (DSSE v1.0.0, protocol.md), signed with Ed25519 (RFC 8032). Its signatures are deterministic: who repeats a write after a crash writes the same octets.
 */
import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { canonicalJson } from '../../lib/canonical.ts'

const PAYLOAD_TYPE = 'application/vnd.in-toto+json'
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'
/** Octets of an envelope; what is longer is not read. A ConfigMap holds 1 MiB. */
export const MOST_OCTETS = 1_048_576

export interface Statement {
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[]
  readonly predicateType: string
  readonly predicate: object
}

/** What an envelope is when it can't be opened. */
export type Unopened = 'Malformed' | 'OtherKey' | 'Changed'

/** What is signed: lengths stand before the parts, so that no octet can move from one to the other (DSSE, "PAE"). */
function preAuthEncoding(type: string, body: Uint8Array): Buffer {
  const octets = Buffer.from(type)
  return Buffer.concat([Buffer.from(`DSSEv1 ${octets.length} `), octets, Buffer.from(` ${body.length} `), body])
}

/** SHA-256 of the public key as SubjectPublicKeyInfo (RFC 5280, section 4.1), in hexadecimal. */
export const keyIdOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(publicOf(key).export({ type: 'spki', format: 'der' }))
    .digest('hex')

/** @param key private, Ed25519. @returns the envelope's text: canonical JSON */
export function signStatement(statement: Statement, key: KeyObject): string {
  const payload = Buffer.from(canonicalJson({ _type: STATEMENT_TYPE, ...statement }))
  const sig = sign(null, preAuthEncoding(PAYLOAD_TYPE, payload), key)
  return canonicalJson({
    payload: payload.toString('base64'),
    payloadType: PAYLOAD_TYPE,
    signatures: [{ keyid: keyIdOf(key), sig: sig.toString('base64') }],
  })
}

/** The digest that the next record names, and the head of a chain: SHA-256 of the envelope's text, in hexadecimal. */
export const digestOf = (envelope: string): string => createHash('sha256').update(envelope).digest('hex')

/**
 * Opens an envelope, of whatever origin. Only the very text that was signed counts: another way to write the same JSON is `Changed`, since the chain
 * is made of texts.
 * @param keys public keys that are trusted
 */
export function openStatement(envelope: string, keys: readonly KeyObject[]): Statement | Unopened {
  if (Buffer.byteLength(envelope) > MOST_OCTETS) return 'Malformed'
  const parsed = parse(envelope) as Partial<Record<'payload' | 'payloadType' | 'signatures', unknown>> | undefined
  const { payload, payloadType, signatures } = parsed ?? {}
  if (typeof payload !== 'string' || payloadType !== PAYLOAD_TYPE || !Array.isArray(signatures)) return 'Malformed'
  const [first] = signatures as { keyid?: unknown; sig?: unknown }[]
  if (signatures.length !== 1 || typeof first?.keyid !== 'string' || typeof first.sig !== 'string') return 'Malformed'
  const key = keys.find((each) => keyIdOf(each) === first.keyid)
  if (key === undefined) return 'OtherKey'
  const body = Buffer.from(payload, 'base64')
  const isSigned = verify(null, preAuthEncoding(PAYLOAD_TYPE, body), publicOf(key), Buffer.from(first.sig, 'base64'))
  if (!isSigned || canonicalJson(parsed) !== envelope || body.toString('base64') !== payload) return 'Changed'
  const statement = parse(body.toString()) as (Statement & { _type?: unknown }) | undefined
  return statement?._type === STATEMENT_TYPE ? statement : 'Malformed'
}

const publicOf = (key: KeyObject): KeyObject => (key.type === 'public' ? key : createPublicKey(key))

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

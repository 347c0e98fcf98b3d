/** Protection suites of SRTP by the names that SDP has for them (RFC 4568 6.2, RFC 7714 14.1). */
export type Suite = 'AES_CM_128_HMAC_SHA1_80' | 'AES_CM_128_HMAC_SHA1_32' | 'AEAD_AES_128_GCM' | 'AEAD_AES_256_GCM'

export interface SuiteShape {
  readonly keyOctets: number
  readonly saltOctets: number
  /** Authentication tag of RTP packets; that of RTCP is never shortened. */
  readonly tagOctets: number
  readonly rtcpTagOctets: number
  readonly aead: boolean
}

export const suites: Readonly<Record<Suite, SuiteShape>> = {
  AES_CM_128_HMAC_SHA1_80: { keyOctets: 16, saltOctets: 14, tagOctets: 10, rtcpTagOctets: 10, aead: false },
  AES_CM_128_HMAC_SHA1_32: { keyOctets: 16, saltOctets: 14, tagOctets: 4, rtcpTagOctets: 10, aead: false },
  AEAD_AES_128_GCM: { keyOctets: 16, saltOctets: 12, tagOctets: 16, rtcpTagOctets: 16, aead: true },
  AEAD_AES_256_GCM: { keyOctets: 32, saltOctets: 12, tagOctets: 16, rtcpTagOctets: 16, aead: true },
}

export const isSuite = (name: string): name is Suite => Object.hasOwn(suites, name)

/** A master key with its salt, for one direction of one call. */
export interface MasterKey {
  readonly suite: Suite
  readonly key: Buffer
  readonly salt: Buffer
}

/** Octets of key and salt together, as SDP carries them. */
export const keyingOctets = (suite: Suite): number => suites[suite].keyOctets + suites[suite].saltOctets

/** @param octets key and salt in one piece, `keyingOctets` long */
export function masterKey(suite: Suite, octets: Buffer): MasterKey {
  const { keyOctets } = suites[suite]
  return { suite, key: Buffer.from(octets.subarray(0, keyOctets)), salt: Buffer.from(octets.subarray(keyOctets)) }
}

/** What protects the packets of the other side, as its SDP says. */
export interface ReceivingKey {
  readonly master: MasterKey
  /** Packets that may be protected with the key (RFC 4568 6.1). */
  readonly lifetime: number
  /** Master key identifier that each packet carries; empty: none. */
  readonly mki: Buffer
}

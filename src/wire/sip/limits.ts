/** Upper bounds for one SIP message: what is larger is refused before memory is spent on it. */
export interface SipLimits {
  /** Octets from the first of the start line to the empty line. */
  readonly headOctets: number
  /** Octets of the request line or status line. */
  readonly startLineOctets: number
  /** Header fields, before lists are split at commas. */
  readonly headers: number
  /** Octets of the body. */
  readonly bodyOctets: number
}

/** Ten times what the longest message of RFC 4475 (3.1.1.7, 3.5 kB) needs, far below what would hurt a pod. */
export const defaultLimits: SipLimits = {
  headOctets: 32_768,
  startLineOctets: 4_096,
  headers: 256,
  bodyOctets: 65_536,
}

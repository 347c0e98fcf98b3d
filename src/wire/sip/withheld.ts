/** From of a caller without a number (RFC 3323 section 4.1.1.3). */
export const WITHHELD = '"Anonymous" <sip:anonymous@anonymous.invalid>'

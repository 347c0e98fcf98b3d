/** Codes with which a connection fails before a request can have left on it. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

const TLS_CODES = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/

export function isTlsFailure(code: string): boolean {
  return TLS_CODES.test(code)
}

/** An open connection on which the answer never came. */
export function isSilence(code: string): boolean {
  return code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT'
}

/** Tells what kept a request from being answered; undefined for errors that are none of the network's. */
export function failureOf(error: unknown): { code: string; mayHaveArrived: boolean } | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = (at as NodeJS.ErrnoException).code
    if (typeof code !== 'string' || !(/^(E[A-Z]+|UND_ERR_[A-Z_]+)$/.test(code) || isTlsFailure(code))) continue
    if (code === 'UND_ERR_INVALID_ARG') return undefined
    return { code, mayHaveArrived: !NEVER_SENT.has(code) && !isTlsFailure(code) }
  }
  return undefined
}

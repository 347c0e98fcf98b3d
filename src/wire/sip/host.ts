import { trimSpace } from './grammar.ts'

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9.])?$/
const GROUP = /^[0-9A-Fa-f]{1,4}$/
const OCTET = /^(?:25[0-5]|2[0-4]\d|1?\d?\d)$/

/** A host name or an IPv4 address, or an IPv6 address in brackets (RFC 3261 25.1, host). */
function isHost(text: string): boolean {
  return text.startsWith('[') ? text.endsWith(']') && isIpv6(text.slice(1, -1)) : NAME.test(text)
}

function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => OCTET.test(part))
}

/**
 * An IPv6 address without brackets, without zone (RFC 3986 3.2.2). One `::` at most.
 * RFC 3261's own grammar writes a third colon before an embedded IPv4 address; such senders exist, so it is read too (RFC 5118 4.10).
 */
export function isIpv6(text: string): boolean {
  if (text.length > 45) return false
  const address = text.replace(/:::(?=\d+\.[\d.]+$)/, '::')
  const halves = address.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const tail = groups.at(-1)
  let count = groups.length
  if (tail?.includes('.')) {
    if (!isIpv4(tail) || address.endsWith('::')) return false
    groups.pop()
    count++
  }
  if (!groups.every((group) => GROUP.test(group))) return false
  return halves.length === 2 ? count <= 7 : count === 8
}

/** Splits `host`, `host:port` (white space around the colon allowed, RFC 3261 25.1 COLON). Undefined: malformed. */
export function parseHostPort(text: string): { host: string; port: number | undefined } | undefined {
  const from = text.charCodeAt(0) === 0x5b ? text.indexOf(']') : 0
  if (from < 0) return undefined
  const colon = text.indexOf(':', from)
  const host = trimSpace(colon < 0 ? text : text.slice(0, colon))
  if (!isHost(host)) return undefined
  if (colon < 0) return { host, port: undefined }
  const digits = trimSpace(text.slice(colon + 1))
  if (!/^\d{1,5}$/.test(digits)) return undefined
  const port = Number(digits)
  return port > 65_535 ? undefined : { host, port }
}

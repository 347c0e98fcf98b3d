/**
 * The names that a certificate proves (RFC 5922 7.1): its DNS names, and the hosts of its `sip:` and `sips:` URIs. The subject's
 * common name counts for nothing. In lower case.
 * @param subjectAltName as node:crypto writes it: `DNS:a.example, URI:sip:b.example`
 */
export function provenNames(subjectAltName: string | undefined): string[] {
  // Node puts a value with special characters in quotes: such a name is not one of a host, and is left out.
  const entries = (subjectAltName ?? '').includes('"') ? [] : (subjectAltName ?? '').split(', ')
  return entries.flatMap((entry) => {
    const [, dns] = /^DNS:([A-Za-z0-9._*-]+)$/.exec(entry) ?? []
    const [, sip] = /^URI:sips?:([A-Za-z0-9._-]+)$/i.exec(entry) ?? []
    const name = dns ?? sip
    return name === undefined ? [] : [name.toLowerCase()]
  })
}

/** Whether one of the names is proved. Compared as a whole, without wildcards (RFC 5922 7.2). */
export function provesOneOf(subjectAltName: string | undefined, names: readonly string[]): boolean {
  return isOneOf(provenNames(subjectAltName), names)
}

const isOneOf = (proven: readonly string[], names: readonly string[]) =>
  names.some((name) => proven.includes(name.toLowerCase()))

/** As node:tls has it; of a connection without TLS nothing of it is there. */
interface MaybeSecure {
  readonly authorized?: boolean
  getPeerX509Certificate?(): { readonly subjectAltName?: string | undefined } | undefined
}

/** The names that the client of an HTTP request proves by a certificate of our CA. Without one: none. */
export function namesOfClient({ socket }: { readonly socket: unknown }): string[] {
  const connection = socket as MaybeSecure
  return connection.authorized === true ? provenNames(connection.getPeerX509Certificate?.()?.subjectAltName) : []
}

/** Whether it proves one of the names. */
export const isClientOneOf = (request: { readonly socket: unknown }, names: readonly string[]): boolean =>
  isOneOf(namesOfClient(request), names)

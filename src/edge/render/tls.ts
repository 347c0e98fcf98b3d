/** Folders, each with tls.crt, tls.key and ca.crt; and where we listen for pods. */
export interface TlsProfiles {
  /** ADDRESS:PORT, IPv6 in brackets. */
  inside: string
  insideFolder: string
  outsideFolder: string
  /** A file with the CAs of which a caller has to show a certificate. Undefined: none is asked for. */
  clientCa: string | undefined
}

/** Who we are and whom we believe, as Kamailio's tls module reads it. Nothing here lowers what was asked for. */
export function renderTls({ inside, insideFolder, outsideFolder, clientCa }: TlsProfiles): string {
  return [
    profile('To callers.', 'server:default', outsideFolder, clientCa),
    profile('To pods that open a connection to us.', `server:${inside}`, insideFolder, `${insideFolder}/ca.crt`),
    profile('To pods that we connect to.', 'client:default', insideFolder, `${insideFolder}/ca.crt`),
  ].join('\n')
}

function profile(what: string, name: string, folder: string, ca: string | undefined): string {
  const belief = ca === undefined ? 'no' : 'yes'
  return [
    `# ${what}`,
    `[${name}]`,
    'method = TLSv1.2+',
    `certificate = ${folder}/tls.crt`,
    `private_key = ${folder}/tls.key`,
    ...(ca === undefined ? [] : [`ca_list = ${ca}`]),
    `verify_certificate = ${belief}`,
    `require_certificate = ${belief}`,
    '',
  ].join('\n')
}

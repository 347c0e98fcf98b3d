/** Folders, each with tls.crt, tls.key and ca.crt; and where we listen for pods. */
export interface TlsProfiles {
  /** ADDRESS:PORT, IPv6 in brackets. */
  inside: string
  insideFolder: string
  outsideFolder: string
  /** A file with the CAs of which a caller has to show a certificate. Undefined: none is asked for. */
  clientCa: string | undefined
}

/** Where the texts of a trunk's profile lie. */
export interface TrunkFiles {
  id: string
  serverName: string
  /** With tls.crt and tls.key; undefined: no certificate is shown. */
  identityFolder: string | undefined
  /** Undefined: the public authorities. */
  ca: string | undefined
}

/**
 * The authorities that Debian's package ca-certificates brings, each found when it is needed: as one file every process of the
 * proxy would hold all of them, which takes more than its memory.
 */
const PUBLIC_AUTHORITIES = '/etc/ssl/certs'
/** Kamailio wants a file too; one of them. */
const ONE_OF_THEM = `${PUBLIC_AUTHORITIES}/ISRG_Root_X1.pem`

/** Who we are and whom we believe, as Kamailio's tls module reads it. Nothing here lowers what was asked for. */
export function renderTls(
  { inside, insideFolder, outsideFolder, clientCa }: TlsProfiles,
  trunks: readonly TrunkFiles[] = [],
): string {
  return [
    profile('To callers.', 'server:default', outsideFolder, clientCa),
    profile('To pods that open a connection to us.', `server:${inside}`, insideFolder, `${insideFolder}/ca.crt`),
    profile('To pods that we connect to.', 'client:default', insideFolder, `${insideFolder}/ca.crt`),
    ...trunks.map(trunkProfile),
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

/** A new connection names its profile by the id. What is empty here would be taken over from client:default otherwise. */
function trunkProfile({ id, serverName, identityFolder, ca }: TrunkFiles): string {
  return [
    '# To a trunk.',
    '[client:any]',
    `server_id = ${id}`,
    `server_name = ${serverName}`,
    'method = TLSv1.2+',
    `certificate = ${identityFolder === undefined ? '""' : `${identityFolder}/tls.crt`}`,
    `private_key = ${identityFolder === undefined ? '""' : `${identityFolder}/tls.key`}`,
    `ca_list = ${ca ?? ONE_OF_THEM}`,
    ...(ca === undefined ? [`ca_path = ${PUBLIC_AUTHORITIES}`] : []),
    'verify_certificate = yes',
    'require_certificate = yes',
    '',
  ].join('\n')
}

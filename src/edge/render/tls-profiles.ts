/** Folders, each with tls.crt, tls.key and ca.crt; and where we listen for pods. */
export interface TlsProfiles {
  /** ADDRESS:PORT, IPv6 in brackets. */
  inside: string
  insideFolder: string
  outsideFolder: string
  /** Of whom a caller has to show a certificate. Undefined: none is asked for. */
  callers: CallerFiles | undefined
  /** What callers and trunks may agree on; pods always get AEAD. */
  cipherSuites: CipherSuites
}

/** Where it is written whose certificates callers have to show. */
export interface CallerFiles {
  /** The authorities. */
  ca: string
  /** Their revocation lists, one of each. Absent: nobody is revoked. */
  crl?: string
}

/** AEAD: TLS 1.3, and of TLS 1.2 what has forward secrecy and is authenticated encryption. AEADAndCBC: for old carriers. */
export type CipherSuites = keyof typeof SUITES

/** As OpenSSL writes the suites of TLS 1.2 (ciphers(1)); those of TLS 1.3 are all AEAD. */
const SUITES = {
  AEAD: 'ECDHE+AESGCM:ECDHE+CHACHA20',
  AEADAndCBC: 'ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES',
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
  { inside, insideFolder, outsideFolder, callers, cipherSuites }: TlsProfiles,
  trunks: readonly TrunkFiles[] = [],
): string {
  const pods = { folder: insideFolder, ca: `${insideFolder}/ca.crt`, cipherSuites: 'AEAD' } as const
  const outside = { folder: outsideFolder, ca: callers?.ca, crl: callers?.crl, cipherSuites }
  return [
    profile('To callers.', 'server:default', outside),
    profile('To pods that open a connection to us.', `server:${inside}`, pods),
    profile('To pods that we connect to.', 'client:default', pods),
    ...trunks.map((trunk) => trunkProfile(trunk, cipherSuites)),
  ].join('\n')
}

function profile(
  what: string,
  name: string,
  {
    folder,
    ca,
    crl,
    cipherSuites,
  }: { folder: string; ca: string | undefined; crl?: string | undefined; cipherSuites: CipherSuites },
): string {
  const belief = ca === undefined ? 'no' : 'yes'
  return [
    `# ${what}`,
    `[${name}]`,
    'method = TLSv1.2+',
    `cipher_list = ${SUITES[cipherSuites]}`,
    `certificate = ${folder}/tls.crt`,
    `private_key = ${folder}/tls.key`,
    ...(ca === undefined ? [] : [`ca_list = ${ca}`]),
    ...(crl === undefined ? [] : [`crl = ${crl}`]),
    `verify_certificate = ${belief}`,
    `require_certificate = ${belief}`,
    '',
  ].join('\n')
}

/** A new connection names its profile by the id. What is empty here would be taken over from client:default otherwise. */
function trunkProfile({ id, identityFolder, ca }: TrunkFiles, cipherSuites: CipherSuites): string {
  return [
    '# To a trunk.',
    '[client:any]',
    `server_id = ${id}`,
    `server_name = _${id}`, // no host is called so: by the real name Kamailio would take another client's profile
    'method = TLSv1.2+',
    `cipher_list = ${SUITES[cipherSuites]}`,
    `certificate = ${identityFolder === undefined ? '""' : `${identityFolder}/tls.crt`}`,
    `private_key = ${identityFolder === undefined ? '""' : `${identityFolder}/tls.key`}`,
    `ca_list = ${ca ?? ONE_OF_THEM}`,
    ...(ca === undefined ? [`ca_path = ${PUBLIC_AUTHORITIES}`] : []),
    'verify_certificate = yes',
    'require_certificate = yes',
    '',
  ].join('\n')
}

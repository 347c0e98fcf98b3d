/** Folders, each with tls.crt, tls.key and ca.crt; and where we listen for pods. */
export interface TlsProfiles {
  /** ADDRESS:PORT, IPv6 in brackets. */
  inside: string
  insideFolder: string
  /** What callers see. */
  outside: CertificateFiles
  /** Of whom a caller has to show a certificate. Undefined: none is asked for. */
  callers: CallerFiles | undefined
  /** What callers and trunks may agree on; pods always get AEAD. */
  cipherSuites: CipherSuites
}

/** Paths of a certificate and its private key. */
export interface CertificateFiles {
  cert: string
  key: string
}

/** Paths of the authorities whose certificates callers have to show. */
export interface CallerFiles {
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
  { inside, insideFolder, outside, callers, cipherSuites }: TlsProfiles,
  trunks: readonly TrunkFiles[] = [],
): string {
  const pods = { ...certificateIn(insideFolder), ca: `${insideFolder}/ca.crt`, cipherSuites: 'AEAD' } as const
  return [
    profile('To callers.', 'server:default', { ...outside, ca: callers?.ca, crl: callers?.crl, cipherSuites }),
    profile('To pods that open a connection to us.', `server:${inside}`, pods),
    profile('To pods that we connect to.', 'client:default', pods),
    ...trunks.map((trunk) => trunkProfile(trunk, cipherSuites)),
  ].join('\n')
}

/** The files of a mounted Secret of type kubernetes.io/tls. */
export const certificateIn = (folder: string): CertificateFiles => ({
  cert: `${folder}/tls.crt`,
  key: `${folder}/tls.key`,
})

interface Profile extends CertificateFiles {
  ca: string | undefined
  crl?: string | undefined
  cipherSuites: CipherSuites
}

function profile(what: string, name: string, { cert, key, ca, crl, cipherSuites }: Profile): string {
  const belief = ca === undefined ? 'no' : 'yes'
  return [
    `# ${what}`,
    `[${name}]`,
    'method = TLSv1.2+',
    `cipher_list = ${SUITES[cipherSuites]}`,
    `certificate = ${cert}`,
    `private_key = ${key}`,
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

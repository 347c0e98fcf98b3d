import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An authority as people run one: by the commands of OpenSSL, with a list of what it has revoked. */
export interface OpensslAuthority {
  cert: string
  issue(dnsName: string): { cert: string; key: string }
  revoke(cert: string): void
  /** The revocation list, in PEM. Seconds from now; default: an hour ago, and in an hour. */
  list(o?: { fromSeconds?: number; untilSeconds?: number; extension?: string }): string
  remove(): void
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

const configuration = (folder: string) => `
[ca]
default_ca = own
[own]
database = ${folder}/index.txt
new_certs_dir = ${folder}
certificate = ${folder}/ca.crt
private_key = ${folder}/ca.key
serial = ${folder}/serial
crlnumber = ${folder}/crlnumber
default_md = sha256
default_days = 2
policy = any
[any]
commonName = supplied
[full]
authorityKeyIdentifier = keyid
[critical]
issuingDistributionPoint = critical, @users
[users]
onlyuser = TRUE
`

export function createOpensslAuthority(name: string): OpensslAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-openssl-'))
  const path = (file: string) => join(folder, file)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const read = (file: string) => readFileSync(path(file), 'utf8')
  const files = { 'index.txt': '', serial: '1000\n', crlnumber: '01\n', 'ca.cnf': configuration(folder) }
  for (const [file, text] of Object.entries(files)) writeFileSync(path(file), text)
  const subject = ['-subj', `/CN=${name}`, '-days', '2']
  openssl('req', '-x509', ...EC, ...subject, '-keyout', path('ca.key'), '-out', path('ca.crt'))
  const ca = (...args: string[]) => openssl('ca', '-batch', '-notext', '-config', path('ca.cnf'), ...args)
  return {
    cert: read('ca.crt'),
    issue(dnsName) {
      writeFileSync(path('leaf.ext'), `subjectAltName = DNS:${dnsName}\nextendedKeyUsage = clientAuth\n`)
      openssl('req', '-new', ...EC, '-subj', `/CN=${dnsName}`, '-keyout', path('leaf.key'), '-out', path('leaf.csr'))
      ca('-in', path('leaf.csr'), '-out', path('leaf.crt'), '-extfile', path('leaf.ext'))
      return { cert: read('leaf.crt'), key: read('leaf.key') }
    },
    revoke(cert) {
      writeFileSync(path('revoked.crt'), cert)
      ca('-revoke', path('revoked.crt'))
    },
    list({ fromSeconds = -3_600, untilSeconds = 3_600, extension = 'full' } = {}) {
      const times = ['-crl_lastupdate', instant(fromSeconds), '-crl_nextupdate', instant(untilSeconds)]
      ca('-gencrl', ...times, '-crlexts', extension, '-out', path('crl.pem'))
      return read('crl.pem')
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** YYYYMMDDHHMMSSZ. */
const instant = (seconds: number) => `${new Date(Date.now() + seconds * 1_000).toISOString().replace(/\.\d+|\D/g, '')}Z`

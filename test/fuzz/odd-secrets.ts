import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SecretRead } from '../../src/edge/plan/secret-values.ts'

/** As `openssl req -newkey` has them: good ones, weak ones, and such as few programs know. */
const KEYS: readonly (readonly string[])[] = [
  ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  ['ec', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  ['ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'],
  ['ec', '-pkeyopt', 'ec_paramgen_curve:brainpoolP256r1'],
  ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-pkeyopt', 'ec_param_enc:explicit'],
  ['ec', '-pkeyopt', 'ec_paramgen_curve:prime192v1'],
  ['rsa:2048'],
  ['rsa:1024'],
  ['rsa:512'],
  ['rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'],
  ['ed25519'],
  ['ed448'],
  ['rsa:2048', '-sha1'],
  ['rsa:2048', '-md5'],
]

const LOGINS = [
  ['us', 'secret'],
  [' leading and trailing ', ' : '],
  [':::', ';=;,'],
  ["'`$(x)${y}{s.len}", '!'.repeat(128)],
  ['~'.repeat(128), '#!define'],
  ['0', '-1'],
  [' ', ' '],
  ['a\\b', 'none'],
  ['\u00e9', 'none'],
] as const

/** Secrets of trunks, with certificates and words that may be loaded or refused, and must never keep others from being loaded. */
export function oddSecrets(): SecretRead[] {
  const pairs = KEYS.flatMap((key) => selfSigned(key) ?? [])
  const all = pairs.map(({ cert, key }, nth) => {
    const [username, password] = LOGINS[nth % LOGINS.length]!
    return { 'tls.crt': cert, 'tls.key': key, 'ca.crt': pairs[(nth * 3) % pairs.length]!.cert, username, password }
  })
  const many = {
    ...all[0]!,
    'tls.crt': pairs.map(({ cert }) => cert).join('\n#\n'),
    'ca.crt': pairs.map(({ cert }) => cert).join(''),
  }
  const mixed = {
    ...all[0]!,
    'tls.key': all[1]!['tls.key'],
    'ca.crt': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
  }
  return [...all, many, mixed].map((texts) => ({ data: new Map(Object.entries(texts)) }))
}

/** Undefined: this OpenSSL makes no such key. */
function selfSigned(key: readonly string[]): { cert: string; key: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-odd-'))
  try {
    const files = ['-keyout', join(folder, 'key'), '-out', join(folder, 'cert')]
    const more = ['-nodes', '-days', '2', '-subj', '/CN=odd', '-addext', 'subjectAltName=DNS:odd.example']
    execFileSync('openssl', ['req', '-x509', '-newkey', ...key, ...more, ...files], { stdio: 'ignore' })
    return { cert: readFileSync(join(folder, 'cert'), 'utf8'), key: readFileSync(join(folder, 'key'), 'utf8') }
  } catch {
    return undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

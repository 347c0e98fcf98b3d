/** Certificates of the local cluster: one CA for the cluster, one for API aggregation. Made once, kept in its folder. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readFileIfAny, writeFile } from './files.ts'
import { renderKubeconfig } from './render/kubeconfig.ts'
import { run } from './shell.ts'

export type Identity = { commonName: string; organization?: string; names?: string[]; addresses?: string[] }

/** A throw-away cluster needs no rotation. */
const lifetimeDays = '3650'

/** Paths of the files in a PKI folder. */
export const pkiFiles = (dir: string) => ({
  ca: join(dir, 'ca.crt'),
  frontProxyCa: join(dir, 'front-proxy-ca.crt'),
  serviceAccountKey: join(dir, 'service-account.key'),
  serviceAccountPublic: join(dir, 'service-account.pub'),
  cert: (name: string) => join(dir, `${name}.crt`),
  key: (name: string) => join(dir, `${name}.key`),
  kubeconfig: (name: string) => join(dir, `${name}.kubeconfig`),
})

/**
 * Makes a whole PKI unless the folder has a finished one for this server (the marker is written last).
 * @throws when the folder's PKI was made for something else
 * @param server where the kubeconfigs point to
 * @param identities certificates by file name; those in `kubeconfigs` get a kubeconfig too
 */
export async function ensurePki(
  dir: string,
  server: string,
  identities: Record<string, Identity>,
  kubeconfigs: readonly string[],
): Promise<void> {
  const marker = join(dir, 'finished')
  const wanted = JSON.stringify([server, identities, kubeconfigs])
  const made = readFileIfAny(marker)
  if (made === wanted) return
  // New certificates under running daemons would help nobody.
  if (made !== undefined)
    throw new Error(`${dir} is of another version of this program: run \`make cluster-down\` first`)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const files = pkiFiles(dir)
  await Promise.all(['ca', 'front-proxy-ca'].map((name) => makeAuthority(dir, name)))
  await Promise.all(Object.entries(identities).map(([name, identity]) => issue(dir, name, identity)))
  for (const name of kubeconfigs) {
    const [ca, certificate, key] = [files.ca, files.cert(name), files.key(name)].map((file) =>
      readFileSync(file, 'utf8'),
    )
    writeFile(
      files.kubeconfig(name),
      renderKubeconfig({ server, user: name, ca: ca!, certificate: certificate!, key: key! }),
    )
  }
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFile(files.serviceAccountKey, pair.privateKey.export({ type: 'sec1', format: 'pem' }).toString())
  writeFile(files.serviceAccountPublic, pair.publicKey.export({ type: 'spki', format: 'pem' }).toString())
  writeFile(marker, wanted)
}

const newCertificate = (dir: string, name: string, subject: string, ...rest: string[]) =>
  run('openssl', [
    ...[
      'req',
      '-x509',
      '-batch',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      lifetimeDays,
    ],
    ...['-keyout', pkiFiles(dir).key(name), '-out', pkiFiles(dir).cert(name), '-subj', subject, ...rest],
  ])

/** openssl's own defaults for `req -x509` make a CA certificate. */
const makeAuthority = (dir: string, name: string) =>
  newCertificate(dir, name, `/CN=callbot-cluster ${name}`, '-addext', 'keyUsage=critical,keyCertSign,digitalSignature')

async function issue(dir: string, name: string, identity: Identity): Promise<void> {
  const authority = name === 'front-proxy' ? 'front-proxy-ca' : 'ca'
  const files = pkiFiles(dir)
  const alternatives = [
    ...(identity.names ?? []).map((each) => `DNS:${each}`),
    ...(identity.addresses ?? []).map((each) => `IP:${each}`),
  ]
  const extensions = [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    'extendedKeyUsage=clientAuth,serverAuth',
    ...(alternatives.length > 0 ? [`subjectAltName=${alternatives.join(',')}`] : []),
  ]
  const subject = `${identity.organization ? `/O=${identity.organization}` : ''}/CN=${identity.commonName}`
  const signer = ['-CA', files.cert(authority), '-CAkey', files.key(authority)]
  await newCertificate(dir, name, subject, ...signer, ...extensions.flatMap((each) => ['-addext', each]))
}

/**
 * The other side of config/samples: a telephone system with two trunks and an appointment book with two endpoints, in namespaces of
 * their own, with certificates of an authority of the client's.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Deployment } from 'kubernetes-types/apps/v1.d.ts'
import type { ConfigMap, Container, Namespace, PodSpec, Secret, Service } from 'kubernetes-types/core/v1.d.ts'
import type { Applied } from '../cluster/render/applied.ts'
import { operatorImage, repo } from '../cluster/settings.ts'
import { issueLeaf, newSigningCertificate, type Authority } from '../../src/pki/certificate-authority.ts'

const DAY = 86_400
const PROGRAMS = '/app/hack/client'
/** Who the edges are towards the client's trunks. */
const CALLER = 'callbot.cabinet-des-lilas.test'

/** How high people hum at each place, in hertz: so it can be heard which trunk a caller came by. */
export const HUMS: Readonly<Record<string, number>> = { paris: 330, lyon: 550 }

interface Program {
  namespace: string
  name: string
  program: 'pbx' | 'appointment-book'
  ports: { name: string; port: number; protocol: 'TCP' | 'UDP' }[]
  env: Record<string, string>
  /** Where each Secret is mounted. */
  secrets: Record<string, string>
}

type System = 'client-pbx' | 'client-web'

/**
 * Everything but the namespace of the bots, which must be there: it gets the Secrets that its Integration names.
 * @param systems those that are to run
 */
export function clientManifests(
  botNamespace: string,
  systems: readonly System[] = ['client-pbx', 'client-web'],
): Applied<Namespace | ConfigMap | Secret | Deployment | Service>[] {
  const now = Date.now()
  const authority: Authority = { current: newSigningCertificate(now, 365 * DAY) }
  const leaf = (name: string) => issueLeaf(authority, { commonName: name, dnsNames: [name] }, now, 364 * DAY)
  const token = { token: randomBytes(24).toString('base64url') }
  const pair = (name: string) => {
    const { certificate, key, bundle } = leaf(name)
    return { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': bundle }
  }
  const ca = { 'ca.crt': leaf('ca').bundle }
  const trunks = Object.entries(HUMS).map(([place, hertz]) => telephoneSystem(place, hertz))
  const books = ['paris', 'lyon'].map(appointmentBook)
  const servers = [...trunks, ...books].filter(({ namespace }) => systems.includes(namespace as System))
  return [
    ...systems.flatMap((namespace) => [aNamespace(namespace), programs(namespace)]),
    aSecret(botNamespace, 'trunk-identity', { ...pair(CALLER), ...releasedTo('client-pbx') }),
    aSecret(botNamespace, 'trunk-ca', ca),
    aSecret(botNamespace, 'trunk-password', {
      ...{ username: 'callbot', password: randomBytes(18).toString('base64url') },
      ...releasedTo('client-pbx'),
    }),
    aSecret(botNamespace, 'agenda-ca', ca),
    aSecret(botNamespace, 'agenda-token', { ...token, ...releasedTo('client-web') }),
    ...(systems.includes('client-web') ? [aSecret('client-web', 'agenda-token', token)] : []),
    ...servers.map(({ namespace, name }) => aSecret(namespace, `${name}-tls`, pair(hostOf(namespace, name)))),
    ...servers.flatMap(asPod),
  ]
}

/** A telephone system in a namespace that is there, for tests: one trunk, plain, that takes every call. Where it listens. */
export function plainTelephoneSystem(namespace: string, name = 'pbx'): { manifests: object[]; host: string } {
  const ports = (['UDP', 'TCP'] as const).map((protocol) => ({ name: protocol.toLowerCase(), port: 5060, protocol }))
  const program: Program = { namespace, name, program: 'pbx', ports, env: { PBX_NAME: name }, secrets: {} }
  return { manifests: [programs(namespace), ...asPod(program)], host: hostOf(namespace, name) }
}

/** To whom edges and bots may show a Secret. */
const releasedTo = (namespace: string) => ({ 'callbots.hosts': hostOf(namespace, '*') })

const hostOf = (namespace: string, name: string) => `${name}.${namespace}.svc.cluster.local`

const telephoneSystem = (place: string, hertz: number): Program => ({
  namespace: 'client-pbx',
  name: `pbx-${place}`,
  program: 'pbx',
  ports: [{ name: 'sips', port: 5061, protocol: 'TCP' }],
  env: { PBX_NAME: place, PBX_HERTZ: String(hertz), PBX_TLS_DIR: '/etc/pbx/tls', PBX_PEERS: CALLER },
  secrets: { [`pbx-${place}-tls`]: '/etc/pbx/tls' },
})

const appointmentBook = (place: string): Program => ({
  namespace: 'client-web',
  name: `agenda-${place}`,
  program: 'appointment-book',
  ports: [{ name: 'https', port: 8443, protocol: 'TCP' }],
  env: { APPOINTMENT_BOOK_NAME: place },
  secrets: { [`agenda-${place}-tls`]: '/etc/agenda/tls', 'agenda-token': '/etc/agenda/token' },
})

const aNamespace = (name: string): Applied<Namespace> => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
})

const aSecret = (namespace: string, name: string, stringData: Record<string, string>): Applied<Secret> => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name },
  stringData,
})

const programs = (namespace: string): Applied<ConfigMap> => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name: 'programs' },
  data: Object.fromEntries(
    ['pbx.ts', 'appointment-book.ts'].map((name) => [name, readFileSync(join(repo, 'hack', 'client', name), 'utf8')]),
  ),
})

/** Its Deployment and its Service. */
function asPod({ namespace, name, program, ports, env, secrets }: Program): Applied<Deployment | Service>[] {
  const labels = { app: name }
  const volumes = Object.keys(secrets).map((secretName) => ({ name: secretName, secret: { secretName } }))
  const mounts = Object.entries(secrets).map(([secret, mountPath]) => ({ name: secret, mountPath, readOnly: true }))
  const container: Container = {
    name: program,
    image: operatorImage,
    imagePullPolicy: 'IfNotPresent',
    // The files of a ConfigMap are links to a folder of its own: imports count from where the link is.
    command: ['node', '--preserve-symlinks-main', `${PROGRAMS}/${program}.ts`],
    env: [
      { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      ...Object.entries(env).map(([key, value]) => ({ name: key, value })),
    ],
    readinessProbe: { tcpSocket: { port: ports.at(-1)!.port }, periodSeconds: 1 },
    resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '192Mi' } },
    securityContext: {
      ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true },
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [{ name: 'programs', mountPath: PROGRAMS, readOnly: true }, ...mounts],
  }
  const spec: PodSpec = {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    securityContext: { fsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container],
    volumes: [{ name: 'programs', configMap: { name: 'programs' } }, ...volumes],
  }
  const selector = { matchLabels: labels }
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace, name, labels },
      spec: { replicas: 1, selector, template: { metadata: { labels }, spec } },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name, labels },
      spec: { selector: labels, ports },
    },
  ]
}

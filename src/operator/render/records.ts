/** What writes the records of a namespace: the program `records` in two zones, with a certificate and root keys of the namespace. */
import type { StatefulSet } from 'kubernetes-types/apps/v1.d.ts'
import type { PodSpec, Probe, Service } from 'kubernetes-types/core/v1.d.ts'
import type { NetworkPolicy, NetworkPolicyPort } from 'kubernetes-types/networking/v1.d.ts'
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.d.ts'
import type { CertificateFacts } from '../../pki/certificate-renewal.ts'
import { RECORDS_PORT } from '../../rules/records-state.ts'
import type { RetentionPolicyWorld } from '../world/retention-policy.ts'
import { COMPONENT_LABEL, MANAGED_BY_LABEL, RECORDS, RECORDS_COMPONENT, ZONE_LABEL } from '../world/labels.ts'
import { MANAGER, type Manifest, type ManifestMetadata } from './manifest.ts'

export { RECORDS_PORT }
export const RECORDS_TLS_SECRET = `${RECORDS}-tls`
/** Root keys of a namespace. It belongs to nobody, and so outlives policies, StatefulSet and operator. */
export const ROOT_KEYS_SECRET = `${RECORDS}-keys`
/** The file in it. */
export const ROOTS_FILE = 'roots'

/** Annotations of the StatefulSet, by which the next operator knows what was made. */
export const ROOT_KEYS = 'callbots.dev/root-keys'
export const CERTIFICATE = 'callbots.dev/certificate'

const REPLICAS = 2
const USER = 65_532
const HEALTH_PORT = 8_081
const [TLS_FOLDER, KEYS_FOLDER] = ['/etc/callbot/tls', '/etc/callbot/keys']

/** Where bot pods of a namespace send records. */
export const recordsHost = (namespace: string) => `${RECORDS}.${namespace}.svc`

export const readCertificate = (text: string | undefined): CertificateFacts | undefined => {
  const [serial, issuer, bundle, notBefore, notAfter] = (text ?? '').split(' ')
  const times = [Number(notBefore), Number(notAfter)] as const
  if (!serial || !issuer || !bundle || times.some((each) => !Number.isSafeInteger(each))) return undefined
  return { serial, issuer, bundle, notBefore: times[0], notAfter: times[1] }
}

export const writeCertificate = ({ serial, issuer, bundle, notBefore, notAfter }: CertificateFacts): string =>
  [serial, issuer, bundle, notBefore, notAfter].join(' ')

export const recordsLabels = {
  'app.kubernetes.io/name': RECORDS,
  [COMPONENT_LABEL]: RECORDS_COMPONENT,
  [MANAGED_BY_LABEL]: MANAGER,
}
const selector = { [COMPONENT_LABEL]: RECORDS_COMPONENT, [MANAGED_BY_LABEL]: MANAGER }

/** It goes when the last policy goes that kept something when it was written. */
function metadata({ namespace, keeping }: RetentionPolicyWorld): ManifestMetadata {
  const owner = { apiVersion: 'callbots.dev/v1alpha1', kind: 'RetentionPolicy' }
  return {
    ...{ name: RECORDS, namespace, labels: recordsLabels },
    ownerReferences: keeping.map(({ name, uid }) => ({ ...owner, name, uid })),
  }
}

export function renderRecords(world: RetentionPolicyWorld, certificate: CertificateFacts): Manifest & StatefulSet {
  const annotations = { [ROOT_KEYS]: 'made', [CERTIFICATE]: writeCertificate(certificate) }
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { ...metadata(world), annotations },
    spec: {
      replicas: REPLICAS,
      revisionHistoryLimit: 2,
      serviceName: RECORDS,
      // One that can't start keeps no other from starting.
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: selector },
      template: { metadata: { labels: recordsLabels }, spec: renderPod(world) },
    },
  }
}

function renderPod({ namespace, settings }: RetentionPolicyWorld): PodSpec {
  const readOnly = (name: string, mountPath: string) => ({ name, mountPath, readOnly: true })
  const probe = (path: string, timing: Pick<Probe, 'periodSeconds' | 'failureThreshold'>): Probe => ({
    ...{ httpGet: { path, port: 'health', scheme: 'HTTP' }, timeoutSeconds: 2, ...timing },
  })
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 30,
    securityContext: {
      ...{ runAsNonRoot: true, runAsUser: USER, runAsGroup: USER, fsGroup: USER },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: [
      {
        ...{ maxSkew: 1, topologyKey: ZONE_LABEL, whenUnsatisfiable: 'DoNotSchedule', nodeTaintsPolicy: 'Honor' },
        ...{ labelSelector: { matchLabels: selector } },
      },
    ],
    containers: [
      {
        ...{ name: 'records', image: settings.image, imagePullPolicy: 'IfNotPresent', args: ['records'] },
        env: [
          { name: 'CALLBOT_TENANT', value: namespace },
          { name: 'CALLBOT_DATABASE_HOST', value: settings.databaseHost! },
          { name: 'CALLBOT_DATABASE_TLS', value: TLS_FOLDER },
          { name: 'CALLBOT_TLS', value: TLS_FOLDER },
          { name: 'CALLBOT_ROOTS', value: `${KEYS_FOLDER}/${ROOTS_FILE}` },
          { name: 'CALLBOT_OBSERVERS', value: `callbot-operator.${settings.operatorNamespace}.svc` },
        ],
        ports: [
          { name: 'records', containerPort: RECORDS_PORT, protocol: 'TCP' },
          { name: 'health', containerPort: HEALTH_PORT, protocol: 'TCP' },
        ],
        resources: {
          requests: { cpu: '20m', memory: '96Mi' },
          limits: { memory: '256Mi' },
        },
        startupProbe: probe('/healthz', { periodSeconds: 1, failureThreshold: 60 }),
        livenessProbe: probe('/healthz', { periodSeconds: 10, failureThreshold: 6 }),
        readinessProbe: probe('/readyz', { periodSeconds: 2, failureThreshold: 2 }),
        securityContext: {
          ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true },
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [readOnly('tls', TLS_FOLDER), readOnly('keys', KEYS_FOLDER)],
      },
    ],
    volumes: [
      { name: 'tls', secret: { secretName: RECORDS_TLS_SECRET, defaultMode: 0o440 } },
      { name: 'keys', secret: { secretName: ROOT_KEYS_SECRET, defaultMode: 0o440 } },
    ],
  }
}

/** Headless: of two that answer, a bot takes any. */
export const renderRecordsService = (world: RetentionPolicyWorld): Manifest & Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata(world),
  spec: {
    ...{ type: 'ClusterIP', clusterIP: 'None', selector },
    ports: [{ name: 'records', port: RECORDS_PORT, protocol: 'TCP', targetPort: 'records' }],
  },
})

/** In: the bots of the namespace, and the operator. Out: DNS and the database. */
export function renderRecordsNetworkPolicy(world: RetentionPolicyWorld): Manifest & NetworkPolicy {
  const home = { matchLabels: { 'kubernetes.io/metadata.name': world.settings.operatorNamespace } }
  const port = (protocol: string, number: number): NetworkPolicyPort => ({ protocol, port: number })
  const component = (name: string) => ({ matchLabels: { [COMPONENT_LABEL]: name } })
  const bots = { matchLabels: { 'app.kubernetes.io/name': 'callbot', [MANAGED_BY_LABEL]: MANAGER } }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata(world),
    spec: {
      podSelector: { matchLabels: selector },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [{ podSelector: bots }, { namespaceSelector: home, podSelector: component('operator') }],
          ports: [port('TCP', RECORDS_PORT)],
        },
      ],
      egress: [
        // Behind its Service, DNS may listen on any port.
        { to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }] },
        { ports: [port('UDP', 53), port('TCP', 53)] },
        { to: [{ namespaceSelector: home, podSelector: component('postgres') }], ports: [port('TCP', 5_432)] },
      ],
    },
  }
}

export const renderRecordsBudget = (world: RetentionPolicyWorld): Manifest & PodDisruptionBudget => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: metadata(world),
  spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels: selector } },
})

/** What writes the records of a namespace: the program `records` in two zones, with a certificate and root keys of the namespace. */
import { egressVariable } from './egress.ts'
import type { StatefulSet } from 'kubernetes-types/apps/v1.d.ts'
import type { EnvVar, PodSpec, Probe, Service, Volume } from 'kubernetes-types/core/v1.d.ts'
import type { NetworkPolicy, NetworkPolicyPort } from 'kubernetes-types/networking/v1.d.ts'
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.d.ts'
import { STORE_PORT } from '../../messages/store/limits.ts'
import type { CertificateFacts } from '../../pki/certificate-renewal.ts'
import { type Target, writeTargets } from '../../rules/delivery/targets.ts'
import { requirementsOf } from '../../rules/placement.ts'
import { RECORDS_PORT } from '../../rules/records-state.ts'
import { SLOTS, writeRootKeys, type RootKeys, type Slot } from '../../rules/root-turn.ts'
import { RELEASE_KEY } from '../../rules/secret-hosts.ts'
import type { RetentionPolicyWorld } from '../world/retention-policy.ts'
import { COMPONENT_LABEL, MANAGED_BY_LABEL, RECORDS, RECORDS_COMPONENT } from '../world/labels.ts'
import { MANAGER, serviceName, type Manifest, type ManifestMetadata } from './manifest.ts'
import { OVER_NODES, OVER_ZONES, podMetadata, renderAffinity, renderScheduling } from './pod-scheduling.ts'
import { NAMES, webServersAt } from './network-policy.ts'

export { RECORDS_PORT }
export const RECORDS_TLS_SECRET = `${RECORDS}-tls`
/** Root keys of a namespace, a generation in each. They belong to nobody, and so outlive policies, StatefulSet and operator. */
export const rootKeysSecret = (slot: Slot): string => (slot === 'a' ? `${RECORDS}-keys` : `${RECORDS}-keys-b`)
/** The file in it. */
export const ROOTS_FILE = 'roots'

/** Annotations of the StatefulSet, by which the next operator knows what was made. */
export const ROOT_KEYS = 'callbots.dev/root-keys'
export const CERTIFICATE = 'callbots.dev/certificate'

const REPLICAS = 2
const USER = 65_532
const HEALTH_PORT = 8_081
const [TLS_FOLDER, KEYS_FOLDER] = ['/etc/callbot/tls', '/etc/callbot/keys']
/** With a folder for each Secret that a delivery names. */
const SECRETS_FOLDER = '/etc/callbot/secrets'

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

/** @param keys what is written down of root keys, for the next cycle */
export function renderRecords(
  world: RetentionPolicyWorld,
  certificate: CertificateFacts,
  keys: RootKeys,
): Manifest & StatefulSet {
  const annotations = { [ROOT_KEYS]: writeRootKeys(keys), [CERTIFICATE]: writeCertificate(certificate) }
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
      template: { metadata: podMetadata(recordsLabels, world.settings.scheduling), spec: renderPod(world) },
    },
  }
}

/** The kubelet of the other pod has a new Secret by then; a generation that seals for minutes has less. */
const adoptSeconds = (rootKeySeconds: number) => Math.min(180, Math.ceil(rootKeySeconds / 20))

const readOnly = (name: string, mountPath: string) => ({ name, mountPath, readOnly: true })

const probe = (path: string, timing: Pick<Probe, 'periodSeconds' | 'failureThreshold'>): Probe => ({
  ...{ httpGet: { path, port: 'health', scheme: 'HTTP' }, timeoutSeconds: 2, ...timing },
})

function renderPod(world: RetentionPolicyWorld): PodSpec {
  const { settings, targets, isOverZones } = world
  const secrets = secretsOf(targets)
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 30,
    securityContext: {
      ...{ runAsNonRoot: true, runAsUser: USER, runAsGroup: USER, fsGroup: USER },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: [
      { ...(isOverZones ? OVER_ZONES : OVER_NODES), labelSelector: { matchLabels: selector } },
    ],
    ...renderAffinity(requirementsOf(settings.placement)),
    ...renderScheduling(settings.scheduling),
    containers: [
      {
        ...{ name: 'records', image: settings.recordsImage, imagePullPolicy: 'IfNotPresent', args: ['records'] },
        env: variables(world),
        ports: [
          { name: 'records', containerPort: RECORDS_PORT, protocol: 'TCP' },
          { name: 'health', containerPort: HEALTH_PORT, protocol: 'TCP' },
        ],
        resources: {
          requests: { cpu: '20m', memory: '96Mi' },
          // An export of a legal hold runs beside it.
          limits: { memory: '384Mi' },
        },
        startupProbe: probe('/healthz', { periodSeconds: 1, failureThreshold: 60 }),
        livenessProbe: probe('/healthz', { periodSeconds: 10, failureThreshold: 6 }),
        readinessProbe: probe('/readyz', { periodSeconds: 2, failureThreshold: 2 }),
        securityContext: {
          ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true },
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [
          readOnly('tls', TLS_FOLDER),
          ...SLOTS.map((slot) => readOnly(`keys-${slot}`, `${KEYS_FOLDER}/${slot}`)),
          ...secrets.map(({ name }, index) => readOnly(`delivery-${index}`, `${SECRETS_FOLDER}/${name}`)),
        ],
      },
    ],
    volumes: [
      { name: 'tls', secret: { secretName: RECORDS_TLS_SECRET, defaultMode: 0o440 } },
      ...SLOTS.map(renderKeysVolume),
      // A Secret of the client may come later.
      ...secrets.map(({ name: secretName, keys }, index) => ({
        name: `delivery-${index}`,
        secret: { secretName, items: keys.map((key) => ({ key, path: key })), defaultMode: 0o440, optional: true },
      })),
    ],
  }
}

const variables = ({ namespace, settings, targets }: RetentionPolicyWorld): EnvVar[] => [
  { name: 'CALLBOT_TENANT', value: namespace },
  { name: 'CALLBOT_STORE_HOST', value: serviceName('store', settings.operatorNamespace) },
  { name: 'CALLBOT_TLS', value: TLS_FOLDER },
  { name: 'CALLBOT_ROOTS', value: KEYS_FOLDER },
  { name: 'CALLBOT_ADOPT_SECONDS', value: String(adoptSeconds(settings.rootKeySeconds)) },
  { name: 'CALLBOT_OBSERVERS', value: `callbot-operator.${settings.operatorNamespace}.svc` },
  ...deliveryVariables(targets, namespace, settings),
]

/** None where nothing is delivered: such pods are as in versions without. */
function deliveryVariables(
  targets: readonly Target[],
  namespace: string,
  { deniedCidrs, egress }: RetentionPolicyWorld['settings'],
): EnvVar[] {
  if (targets.length === 0) return []
  const fieldRef = (fieldPath: string) => ({ fieldRef: { apiVersion: 'v1', fieldPath } })
  return [
    { name: 'POD_IP', valueFrom: fieldRef('status.podIP') },
    { name: 'NODE_IP', valueFrom: fieldRef('status.hostIP') },
    { name: 'CALLBOT_DELIVERIES', value: writeTargets(targets) },
    ...(deniedCidrs.length === 0 ? [] : [{ name: 'CALLBOT_DENIED_CIDRS', value: deniedCidrs.join() }]),
    ...egressVariable(egress, namespace),
  ]
}

/** Each Secret once, with the keys that deliveries name, and the hosts to which it goes. */
function secretsOf(targets: readonly Target[]): { name: string; keys: string[] }[] {
  const keys = new Map<string, Set<string>>()
  const add = (name: string, ...more: string[]) =>
    keys.set(name, new Set([...(keys.get(name) ?? [RELEASE_KEY]), ...more]))
  for (const { signingSecret, webhook } of targets) {
    const { identitySecretRef: own, caSecretRef: trusted } = webhook.tls ?? {}
    add(signingSecret.name, signingSecret.key)
    if (own !== undefined) add(own.name, 'tls.crt', 'tls.key')
    if (trusted !== undefined) add(trusted.name, trusted.key)
  }
  return [...keys].sort().map(([name, names]) => ({ name, keys: [...names].sort() }))
}

const portOfReceiver = ({ webhook }: Target) => Number(new URL(webhook.url).port || 443)

/** Pods start without one of them, and the kubelet brings and takes what comes and goes. */
const renderKeysVolume = (slot: Slot): Volume => ({
  name: `keys-${slot}`,
  secret: { secretName: rootKeysSecret(slot), defaultMode: 0o440, optional: true },
})

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

/** In: the bots of the namespace, and the operator. Out: DNS, the store, and the ports of receivers. */
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
        ...NAMES,
        { to: [{ namespaceSelector: home, podSelector: component('store') }], ports: [port('TCP', STORE_PORT)] },
        ...webServersAt(
          [...new Set(world.targets.map(portOfReceiver))].sort((a, b) => a - b),
          world.settings,
          world.namespace,
        ),
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

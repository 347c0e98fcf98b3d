import { egressVariable } from './egress.ts'
import type { Deployment } from 'kubernetes-types/apps/v1.d.ts'
import type {
  Container,
  EnvVar,
  PodSpec,
  Probe,
  TopologySpreadConstraint,
  Volume,
  VolumeMount,
} from 'kubernetes-types/core/v1.d.ts'
import { type NodeRequirement, requirementsOf } from '../../rules/placement.ts'
import { RELEASE_KEY } from '../../rules/secret-hosts.ts'
import { graceSeconds } from '../../rules/termination-grace-period.ts'
import type { BotFacts, Settings } from '../world/callbot.ts'
import { BOT_DIRECTORY, DIALOG_DIRECTORY, SECRETS_DIRECTORY } from './bot-configuration.ts'
import {
  BOT_VOLUME,
  childLabels,
  childMetadata,
  HEALTH_PORT,
  type Manifest,
  SIPS_PORT,
  serviceName,
  tlsSecretName,
} from './manifest.ts'
import { BOT_LABEL, ZONE_LABEL } from '../world/labels.ts'
import { OVER_NODES, OVER_ZONES, podMetadata, renderAffinity, renderScheduling } from './pod-scheduling.ts'
import { voiceResources } from './resource-requests.ts'

const USER = 65532
/** Until each edge has heard of a new pod, called it and seen who it is. Before that no old one leaves. */
const KNOWN_TO_EDGES_SECONDS = 3
const TLS_DIRECTORY = '/etc/callbot/tls'

/**
 * The bot's pods. Every value is in the API server's own canonical form, so that an unchanged manifest is recognised.
 * @param isOverZones whether nodes have zones over which to spread
 */
export function renderDeployment(
  bot: BotFacts,
  settings: Settings,
  configuration: string,
  replicas: number,
  isOverZones = true,
): Manifest & Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: childMetadata(bot),
    spec: {
      replicas,
      revisionHistoryLimit: 2,
      minReadySeconds: KNOWN_TO_EDGES_SECONDS,
      selector: { matchLabels: { [BOT_LABEL]: bot.name } },
      // A new pod must answer before an old one leaves: no caller pays for a rollout.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: podMetadata(childLabels(bot.name, 'voice'), settings.scheduling),
        spec: renderPod(bot, settings, configuration, isOverZones),
      },
    },
  }
}

/** How many pods a manifest of a Deployment asks for. */
export const replicasOf = (manifest: Manifest): number => (manifest as Manifest & Deployment).spec?.replicas ?? 1

function renderPod(bot: BotFacts, settings: Settings, configuration: string, isOverZones: boolean): PodSpec {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // Whoever is the first process of its namespace misses a SIGTERM that comes before it listens (pid_namespaces(7)), and such a pod
    // would stay for its whole grace period. So the pause container is the first.
    shareProcessNamespace: true,
    terminationGracePeriodSeconds: graceSeconds(bot.spec.drain.deadlineSeconds),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: spreadConstraints(bot.name, isOverZones),
    ...renderAffinity([...zonesOf(bot), ...requirementsOf(bot.spec.placement, settings.placement)]),
    ...renderScheduling(settings.scheduling),
    containers: [renderVoice(bot, settings)],
    volumes: renderVolumes(bot, configuration),
  }
}

/** A Secret of the user's may come later: a bot whose first speech server needs a key may have a second that doesn't. */
function renderVolumes({ name, configuration: { flowRef, secrets } }: BotFacts, configuration: string): Volume[] {
  const items = (keys: readonly string[]) => keys.map((key) => ({ key, path: key }))
  return [
    { name: 'tls', secret: { secretName: tlsSecretName(name), defaultMode: 0o440 } },
    { name: BOT_VOLUME, configMap: { name: configuration, defaultMode: 0o444 } },
    // For the socket of the verb `listen`; the file system is read-only, and nothing of a call may reach a disk.
    { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
    ...(flowRef === undefined
      ? []
      : [{ name: 'dialog', configMap: { name: flowRef.name, items: items([flowRef.key]), defaultMode: 0o444 } }]),
    ...secrets.map(({ name: secretName, keys }, index) => ({
      name: `secret-${index}`,
      secret: {
        secretName,
        ...(keys !== 'all' && { items: items([...keys, RELEASE_KEY]) }),
        defaultMode: 0o440,
        optional: true,
      },
    })),
  ]
}

function renderMounts({ configuration: { flowRef, secrets } }: BotFacts): VolumeMount[] {
  const readOnly = (name: string, mountPath: string) => ({ name, mountPath, readOnly: true })
  return [
    readOnly('tls', TLS_DIRECTORY),
    readOnly(BOT_VOLUME, BOT_DIRECTORY),
    { name: 'tmp', mountPath: '/tmp' },
    ...(flowRef === undefined ? [] : [readOnly('dialog', DIALOG_DIRECTORY)]),
    ...secrets.map(({ name }, index) => readOnly(`secret-${index}`, `${SECRETS_DIRECTORY}/${name}`)),
  ]
}

/** Each rollout spreads by itself (KEP-3243). */
function spreadConstraints(bot: string, isOverZones: boolean): TopologySpreadConstraint[] {
  const common = { labelSelector: { matchLabels: { [BOT_LABEL]: bot } }, matchLabelKeys: ['pod-template-hash'] }
  return [...(isOverZones ? [OVER_ZONES] : []), OVER_NODES].map((each) => ({ ...each, ...common }))
}

const zonesOf = ({ spec: { zones } }: BotFacts): NodeRequirement[] =>
  zones.length === 0 ? [] : [{ key: ZONE_LABEL, operator: 'In', values: [...zones].sort() }]

function renderVoice(bot: BotFacts, settings: Settings): Container {
  const fieldRef = (fieldPath: string) => ({ fieldRef: { apiVersion: 'v1', fieldPath } })
  return {
    name: 'voice',
    image: settings.image,
    imagePullPolicy: 'IfNotPresent',
    args: ['voice'],
    env: [
      { name: 'CALLBOT_NAME', value: bot.name },
      { name: 'CALLBOT_NAMESPACE', valueFrom: fieldRef('metadata.namespace') },
      { name: 'POD_NAME', valueFrom: fieldRef('metadata.name') },
      { name: 'POD_IP', valueFrom: fieldRef('status.podIP') },
      { name: 'NODE_IP', valueFrom: fieldRef('status.hostIP') },
      { name: 'CALLBOT_TLS_DIR', value: TLS_DIRECTORY },
      { name: 'CALLBOT_PEERS', value: peers(settings.operatorNamespace) },
      { name: 'CALLBOT_OBSERVERS', value: serviceName('operator', settings.operatorNamespace) },
      { name: 'CALLBOT_SPEECH_URL', value: `https://${serviceName('speech', settings.operatorNamespace)}:8443/v1` },
      ...listed('CALLBOT_DENIED_CIDRS', settings.deniedCidrs),
      ...listed('CALLBOT_MEDIA_CIDRS', settings.mediaCidrs),
      ...listed('CALLBOT_REGIONS', settings.placement.regions),
      ...egressVariable(settings.egress, bot.namespace),
      ...(settings.mediaByEdges ? [{ name: 'CALLBOT_MEDIA_MODE', value: 'Relay' }] : []),
    ],
    ports: [
      { name: 'sips', containerPort: SIPS_PORT, protocol: 'TCP' },
      { name: 'health', containerPort: HEALTH_PORT, protocol: 'TCP' },
    ],
    resources: voiceResources(bot.spec.capacity.callsPerPod),
    readinessProbe: probe('/readyz', { periodSeconds: 2, failureThreshold: 2 }),
    livenessProbe: probe('/healthz', { periodSeconds: 5, failureThreshold: 6 }),
    startupProbe: probe('/healthz', { periodSeconds: 1, failureThreshold: 60 }),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: renderMounts(bot),
  }
}

const listed = (name: string, values: readonly string[]): EnvVar[] =>
  values.length === 0 ? [] : [{ name, value: values.join() }]

/** Whose certificates a bot takes calls and probes from. */
const peers = (namespace: string) => ['operator', 'edge'].map((who) => serviceName(who, namespace)).join()

function probe(path: string, timing: { periodSeconds: number; failureThreshold: number }): Probe {
  return { httpGet: { path, port: 'health', scheme: 'HTTPS' }, timeoutSeconds: 2, ...timing }
}

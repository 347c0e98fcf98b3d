import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { chartDir, clientChartDir, helm, kubeVersion, renderChart } from '../../../hack/chart.ts'

interface Schema {
  description?: string
  properties?: Record<string, Schema>
  items?: Schema
}
const schema = JSON.parse(readFileSync(join(chartDir, 'values.schema.json'), 'utf8')) as Schema
const valuesText = readFileSync(join(chartDir, 'values.yaml'), 'utf8')
const defaults = parse(valuesText) as Record<string, unknown>

describe('the values of the chart', function () {
  this.timeout(240_000)

  it('pass helm lint --strict as they are', async () => {
    await helm(['lint', '--strict', '--quiet', ...kubeVersion(), chartDir])
  })

  it('render with helm template as a person types it, without a version of Kubernetes, and so do those of a client', async () => {
    const example = join(clientChartDir, 'examples', 'rose-cottage.yaml')
    expect(await helm(['template', 'callbot-operator', chartDir])).to.include('kind: Deployment')
    expect(await helm(['template', 'rose-cottage', clientChartDir, '--values', example])).to.include('kind: Callbot')
  })

  it('are all described in the schema', () => {
    expect(undescribed(schema, '')).to.deep.equal([])
  })

  it('are the same in values.yaml and in the schema', () => {
    const known = paths(schema, '').filter((path) => path !== 'global')
    expect(known.filter((path) => valueAt(defaults, path) === undefined)).to.deep.equal([])
  })

  it('each change what is rendered', async () => {
    const changed = Object.keys(others)
    const forgotten = leaves(defaults, '').filter((path) => !changed.some((other) => other.startsWith(path)))
    expect(forgotten, 'give each another value below').to.deep.equal([])
    // Some show only where their group is turned on.
    const groups = ['metrics.monitors=true', 'edge.service.type=NodePort', 'records.enabled=true']
    const plain = await renderChart()
    const [on, relay, external] = await Promise.all([groups, RELAY, EXTERNAL].map((values) => renderChart([], values)))
    for (const each of [on, relay, external]) expect(each).not.to.equal(plain)
    for (const [path, other] of Object.entries(others)) {
      const [values, asIs] = path.startsWith('edge.media.') || path === 'edge.expose'
        ? [RELAY, relay]
        : path.startsWith('records.postgres.external.')
          ? [EXTERNAL, external]
          : [groups, on]
      const isGroup = values.some((value) => value.startsWith(`${path}=`))
      const changed = await renderChart([], [...values, `${path}=${other}`])
      expect(changed !== (isGroup ? plain : asIs), `${path} changes nothing`).to.be.true
    }
  })
})

/** No Service may stand before edges that relay media. */
const RELAY = ['edge.media.mode=Relay']
const EXTERNAL = ['records.enabled=true', 'records.postgres.external.host=db.example.com']

/** For each value another one that is allowed. */
const others: Record<string, string> = {
  'image.repository': 'registry.example.com/callbot-operator',
  'image.tag': 'v2',
  'image.digest': `sha256:${'0'.repeat(64)}`,
  'image.pullPolicy': 'Always',
  'imagePullSecrets[0].name': 'registry',
  'bots.image': 'registry.example.com/callbot:v2',
  'bots.imagePullSecrets[0].name': 'registry',
  'bots.nodeSelector.voice': 'yes',
  'bots.tolerations[0].key': 'voice',
  'bots.priorityClassName': 'voice',
  'bots.podAnnotations.a': 'b',
  'bots.mediaCidrs[0]': '192.0.2.0/24',
  'bots.egress.deniedCidrs[0]': '10.96.0.0/12',
  'placement.regions': '{eu-west-3}',
  'placement.certifications': '{HDS}',
  'egress.enforce': 'true',
  'egress.open[0].cidrs[0]': '10.20.0.0/16,egress.open[0].namespaces={acme}',
  'egress.clusterCidrs[0]': '10.96.0.0/12',
  'numbers.reservations.+331990': '{lilas}',
  'shares.default.callbots': '1',
  'shares.default.numbers': '1',
  'shares.default.pods': '1',
  'shares.default.integrations': '1',
  'shares.default.trunks': '1',
  'shares.default.sources': '1',
  'shares.default.retentionPolicies': '1',
  'shares.namespaces.acme.trunks': '200',
  'shares.total.callbots': '1',
  'shares.total.pods': '1',
  'shares.total.trunks': '1',
  'shares.total.sources': '1',
  'edge.enabled': 'false',
  'edge.image.repository': 'registry.example.com/callbot-edge',
  'edge.image.tag': 'v2',
  'edge.image.digest': `sha256:${'0'.repeat(64)}`,
  'edge.image.pullPolicy': 'Always',
  'edge.media.mode': 'Relay,edge.service.type=None',
  'edge.media.packetFilter': 'None',
  'edge.media.guardResources.requests.cpu': '30m',
  'edge.media.guardResources.requests.memory': '65Mi',
  'edge.media.guardResources.requests.ephemeral-storage': '17Mi',
  'edge.media.guardResources.limits.memory': '193Mi',
  'edge.media.guardResources.limits.ephemeral-storage': '65Mi',
  'edge.media.image.repository': 'registry.example.com/callbot-relay',
  'edge.media.image.tag': 'v2',
  'edge.media.image.digest': `sha256:${'0'.repeat(64)}`,
  'edge.media.image.pullPolicy': 'Always',
  'edge.media.addresses.node-a': '203.0.113.1',
  'edge.media.ports.first': '20002',
  'edge.media.ports.last': '20101',
  'edge.media.drainSeconds': '7200',
  'edge.media.resources.requests.cpu': '200m',
  'edge.media.resources.requests.memory': '96Mi',
  'edge.media.resources.limits.memory': '1Gi',
  'edge.media.resources.requests.ephemeral-storage': '96Mi',
  'edge.media.resources.limits.ephemeral-storage': '96Mi',
  'edge.replicas': '6',
  'edge.listen.udp': 'true',
  'edge.listen.tcp': 'true',
  'edge.advertise': 'sip.example.com',
  'edge.expose': 'HostPort',
  'edge.tls.secretName': 'sip-example-com',
  'edge.tls.clientCaSecretName': 'carriers',
  'edge.service.type': 'LoadBalancer',
  'edge.service.annotations.example\\.com/zone': 'x',
  'edge.service.loadBalancerSourceRanges': '{192.0.2.0/24}',
  'edge.callers': 'Anyone',
  'edge.numbers.countryCode': '33',
  'edge.numbers.nationalPrefix': '1,edge.numbers.countryCode=33',
  'edge.numbers.aliases.3639': '+33123456789',
  'edge.carrierCidrs': '{192.0.2.0/24}',
  'edge.callerCidrs': '{192.0.2.0/24}',
  'edge.trunkCidrs': '{192.0.2.0/24}',
  'edge.tls.cipherSuites': 'AEADAndCBC',
  'edge.tls.clientNames': '{sbc.carrier.example},edge.tls.clientCaSecretName=ca',
  'edge.trunkGrants[0].address': 'sbc.carrier.example,edge.trunkGrants[0].namespaces={acme,lilas}',
  'edge.trunkIdentitiesPerAddress': '2',
  'edge.failover.trunkProgressMilliseconds': '5000',
  'edge.failover.podSilenceMilliseconds': '500',
  'edge.queue.waitSeconds': '2',
  'edge.queue.waitSecondsWithEmergencyNumber': '0',
  'edge.queue.retryAfterSeconds': '30',
  'edge.limits.requestsPerSecondPerSource': '500',
  'edge.limits.connectionsPerSource': '32',
  'edge.workers': '8',
  'edge.sharedMemoryMiB': '256',
  'edge.drainSeconds': '60',
  'edge.resources.requests.cpu': '1',
  'edge.resources.requests.memory': '256Mi',
  'edge.resources.limits.memory': '1Gi',
  'edge.resources.requests.ephemeral-storage': '96Mi',
  'edge.resources.limits.ephemeral-storage': '768Mi',
  'edge.agentResources.requests.cpu': '30m',
  'edge.agentResources.requests.memory': '128Mi',
  'edge.agentResources.limits.memory': '512Mi',
  'edge.agentResources.requests.ephemeral-storage': '96Mi',
  'edge.agentResources.limits.ephemeral-storage': '768Mi',
  'edge.nodeSelector.role': 'edge',
  'edge.tolerations[0].key': 'edge',
  'edge.priorityClassName': 'system-cluster-critical',
  'speech.enabled': 'false',
  'speech.image.repository': 'registry.example.com/callbot-speech',
  'speech.image.tag': 'v2',
  'speech.image.digest': `sha256:${'0'.repeat(64)}`,
  'speech.image.pullPolicy': 'Always',
  'speech.replicas': '3',
  'speech.workers.asr': '2',
  'speech.workers.tts': '2',
  'speech.threads.asr': '4',
  'speech.threads.tts': '4',
  'speech.queue': '8',
  'speech.timeoutSeconds': '20',
  'speech.cacheMiB': '32',
  'speech.modelsVolume.persistentVolumeClaim.claimName': 'models',
  'speech.resources.requests.cpu': '2',
  'speech.resources.requests.memory': '2Gi',
  'speech.resources.limits.memory': '4Gi',
  'speech.resources.requests.ephemeral-storage': '96Mi',
  'speech.resources.limits.ephemeral-storage': '768Mi',
  'speech.nodeSelector.role': 'speech',
  'speech.tolerations[0].key': 'speech',
  'speech.priorityClassName': 'system-cluster-critical',
  'records.enabled': 'false',
  'records.postgres.external.host': 'other.example.com',
  'records.postgres.external.port': '5433',
  'records.postgres.external.database': 'calls',
  'records.postgres.external.ca': '-----BEGIN CERTIFICATE-----',
  'records.postgres.external.cidrs[0]': '192.0.2.0/24',
  'records.postgres.image.repository': 'registry.example.com/callbot-postgres',
  'records.postgres.image.tag': 'v2',
  'records.postgres.image.digest': `sha256:${'0'.repeat(64)}`,
  'records.postgres.image.pullPolicy': 'Always',
  'records.postgres.storage.size': '20Gi',
  'records.postgres.storage.className': 'encrypted',
  'records.postgres.storage.ephemeral': 'true',
  'records.postgres.maxConnections': '400',
  'records.postgres.resources.requests.cpu': '1',
  'records.postgres.resources.requests.memory': '512Mi',
  'records.postgres.resources.limits.memory': '2Gi',
  'records.postgres.resources.requests.ephemeral-storage': '96Mi',
  'records.postgres.resources.limits.ephemeral-storage': '768Mi',
  'records.postgres.nodeSelector.role': 'store',
  'records.postgres.tolerations[0].key': 'store',
  'records.rootKeys.turnSeconds': '3600',
  'records.store.connections': '8',
  'records.store.keysPerNamespace': '5000',
  'records.store.octetsPerNamespace': '1073741824',
  'records.store.resources.requests.cpu': '1',
  'records.store.resources.requests.memory': '256Mi',
  'records.store.resources.limits.memory': '768Mi',
  'records.store.resources.requests.ephemeral-storage': '96Mi',
  'records.store.resources.limits.ephemeral-storage': '768Mi',
  'records.sweep.intervalSeconds': '10',
  'records.sweep.unknownLimit': '5',
  'records.sweep.partitionSeconds': '3600',
  'records.sweep.resources.requests.cpu': '1',
  'records.sweep.resources.requests.memory': '128Mi',
  'records.sweep.resources.limits.memory': '512Mi',
  'records.sweep.resources.requests.ephemeral-storage': '96Mi',
  'records.sweep.resources.limits.ephemeral-storage': '768Mi',
  'records.priorityClassName': 'system-cluster-critical',
  replicas: '3',
  'resources.requests.cpu': '100m',
  'resources.requests.memory': '64Mi',
  'resources.limits.memory': '512Mi',
  'resources.requests.ephemeral-storage': '96Mi',
  'resources.limits.ephemeral-storage': '768Mi',
  'nodeSelector.disk': 'ssd',
  'tolerations[0].key': 'control',
  lostNodeSeconds: '60',
  'affinity.nodeAffinity.x': 'y',
  'topologySpread.whenUnsatisfiable': 'ScheduleAnyway',
  'podAnnotations.example\\.com/build': 'x',
  heapMiB: '256',
  priorityClassName: 'system-cluster-critical',
  logLevel: 'debug',
  concurrency: '4',
  'leaderElection.leaseDurationSeconds': '15',
  'leaderElection.renewDeadlineSeconds': '2',
  'leaderElection.retryPeriodSeconds': '2',
  'certificates.caLifetimeSeconds': '31536000',
  'certificates.leafLifetimeSeconds': '86400',
  'certificates.renewAtFraction': '0.5',
  'metrics.monitors': 'false',
  'metrics.rules': 'true',
  'metrics.dashboard': 'true',
  'metrics.intervalSeconds': '15',
  'metrics.labels.release': 'prometheus',
  'networkPolicy.enabled': 'false',
  'networkPolicy.defaultDeny': 'false',
  'networkPolicy.apiServerCidrs': '{10.0.0.1/32}',
  'networkPolicy.apiServerPorts': '{6443}',
  'testCall.number': '0033199000001',
  'testCall.serverName': 'sip.example.com',
  'testCall.secretName': 'caller',
  'networkPolicy.metricsFrom[0].podSelector.matchLabels.app': 'prometheus',
  'webhook.enabled': 'false',
  'webhook.timeoutSeconds': '8',
  'podDisruptionBudget.enabled': 'false',
  'crds.install': 'false',
  'fence.enabled': 'false',
}

function paths(at: Schema, path: string): string[] {
  return Object.entries(at.properties ?? {}).flatMap(([name, child]) => {
    const here = path === '' ? name : `${path}.${name}`
    return [here, ...paths(child, here)]
  })
}

function undescribed(at: Schema, path: string): string[] {
  const children = Object.entries(at.properties ?? {}).concat(Object.entries(at.items?.properties ?? {}))
  return children.flatMap(([name, child]) => {
    const here = path === '' ? name : `${path}.${name}`
    return [...(child.description ? [] : [here]), ...undescribed(child, here)]
  })
}

/** Optional parts without a default: nothing to find in values.yaml. */
function valueAt(values: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], values)
}

function leaves(value: unknown, path: string): string[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [path]
  const entries = Object.entries(value)
  return entries.length === 0
    ? [path]
    : entries.flatMap(([name, child]) => leaves(child, path ? `${path}.${name}` : name))
}

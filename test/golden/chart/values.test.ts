import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { chartDir, helm, kubeVersion, renderChart } from '../../../hack/chart.ts'

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
    const groups = ['metrics.serviceMonitor.enabled=true', 'edge.service.type=NodePort', 'records.enabled=true']
    const asIs = { off: await renderChart(), on: await renderChart([], groups) }
    expect(asIs.on).not.to.equal(asIs.off)
    for (const [path, other] of Object.entries(others)) {
      const changed = await renderChart([], [...groups, `${path}=${other}`])
      expect(changed !== asIs.on, `${path} changes nothing`).to.be.true
    }
  })
})

/** For each value another one that is allowed. */
const others: Record<string, string> = {
  'image.repository': 'registry.example.com/callbot-operator',
  'image.tag': 'v2',
  'image.digest': `sha256:${'0'.repeat(64)}`,
  'image.pullPolicy': 'Always',
  'imagePullSecrets[0].name': 'registry',
  'bots.image': 'registry.example.com/callbot:v2',
  'bots.mediaCidrs[0]': '192.0.2.0/24',
  'bots.egress.deniedCidrs[0]': '10.96.0.0/12',
  'numbers.reservations.+331990': '{lilas}',
  'edge.enabled': 'false',
  'edge.image.repository': 'registry.example.com/callbot-edge',
  'edge.image.tag': 'v2',
  'edge.image.digest': `sha256:${'0'.repeat(64)}`,
  'edge.image.pullPolicy': 'Always',
  'edge.replicas': '6',
  'edge.listen.udp': 'true',
  'edge.listen.tcp': 'true',
  'edge.advertise': 'sip.example.com',
  'edge.tls.secretName': 'sip-example-com',
  'edge.tls.clientCaSecretName': 'carriers',
  'edge.service.type': 'LoadBalancer',
  'edge.service.annotations.example\\.com/zone': 'x',
  'edge.service.loadBalancerSourceRanges': '{192.0.2.0/24}',
  'edge.callers': 'Anyone',
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
  'edge.sharedMemoryMiB': '128',
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
  'metrics.serviceMonitor.enabled': 'false',
  'metrics.serviceMonitor.intervalSeconds': '15',
  'metrics.serviceMonitor.labels.release': 'prometheus',
  'networkPolicy.enabled': 'false',
  'networkPolicy.defaultDeny': 'false',
  'networkPolicy.apiServerCidrs': '{10.0.0.1/32}',
  'networkPolicy.apiServerPorts': '{6443}',
  'networkPolicy.metricsFrom[0].podSelector.matchLabels.app': 'prometheus',
  'webhook.enabled': 'false',
  'webhook.timeoutSeconds': '8',
  'podDisruptionBudget.enabled': 'false',
  'crds.install': 'false',
  'fence.enabled': 'false',
}

/** Every refusal with the words that must be in it: the field, and the way out. */
const refusals: [set: string, ...says: string[]][] = [
  ['replicaCount=3', "additional properties 'replicaCount' not allowed"],
  ['replicas=0', '/replicas', 'want 1'],
  ['replicas=9', '/replicas', 'want 5'],
  ['logLevel=trace', '/logLevel', "'debug', 'info', 'warn', 'error'"],
  ['image.pullPolicy=Sometimes', '/image/pullPolicy', "'IfNotPresent'"],
  ['image.digest=latest', 'image.digest', 'write sha256: and 64 hexadecimal digits'],
  ['image.repository=https://registry.example.com/bot', 'image.repository', 'there is no https://'],
  ['image.repository=registry.example.com/bot:1.0', 'image.repository', 'The tag goes to image.tag'],
  ['image.tag=sha256:00', 'image.tag', 'A digest goes to image.digest'],
  ['edge.image.digest=latest', 'edge.image.digest', 'write sha256: and 64 hexadecimal digits'],
  ['edge.image.repository=https://registry.example.com/edge', 'edge.image.repository', 'there is no https://'],
  ['speech.image.digest=latest', 'speech.image.digest', 'write sha256: and 64 hexadecimal digits'],
  ['speech.replicas=0', '/speech/replicas', 'want 1'],
  ['records.postgres.image.digest=latest', 'records.postgres.image.digest', 'write sha256: and 64 hexadecimal digits'],
  ['records.postgres.storage.size=10GB', '/records/postgres/storage/size', 'does not match pattern'],
  ['records.postgres.maxConnections=5', '/records/postgres/maxConnections', 'want 20'],
  ['edge.trunkCidrs={192.0.2.1}', 'edge.trunkCidrs', 'write ADDRESS/BITS'],
  ['edge.trunkGrants[0].address=192.0.2.1/200,edge.trunkGrants[0].namespaces={a}', '/edge/trunkGrants', 'does not match pattern'],
  ['edge.trunkGrants[0].address=192.0.2.1,edge.trunkGrants[0].namespaces={A}', '/edge/trunkGrants', 'does not match pattern'],
  ['edge.tls.clientNames={sbc.carrier.example}', 'edge.tls.clientNames', 'set edge.tls.clientCaSecretName too'],
  ['edge.callerCidrs={192.0.2.1}', 'edge.callerCidrs', 'write ADDRESS/BITS'],
  ['edge.carrierCidrs={192.0.2.1}', 'edge.carrierCidrs', 'write ADDRESS/BITS'],
  ['edge.callers=Everybody', '/edge/callers', "'Known', 'Anyone'"],
  ['edge.advertise=sip.example.com:5061', '/edge/advertise', 'does not match pattern'],
  ['edge.queue.waitSeconds=30', '/edge/queue/waitSeconds', 'want 3'],
  ['edge.service.type=ClusterIP', '/edge/service/type', "'LoadBalancer', 'NodePort', 'None'"],
  ['numbers.reservations.0199={lilas}', '/numbers/reservations', "additional properties '0199' not allowed"],
  ['concurrency=0', '/concurrency', 'want 1'],
  ['lostNodeSeconds=-1', '/lostNodeSeconds', 'want 0'],
  ['topologySpread.whenUnsatisfiable=Maybe', '/topologySpread/whenUnsatisfiable', "'ScheduleAnyway'"],
  ['leaderElection.renewDeadlineSeconds=4', 'leaderElection.renewDeadlineSeconds (4)', 'Lower the first'],
  ['leaderElection.retryPeriodSeconds=3', 'leaderElection.retryPeriodSeconds (3)', 'Lower the first'],
  ['certificates.caLifetimeSeconds=7200', 'certificates.caLifetimeSeconds (7200)', 'Raise the first'],
  ['certificates.renewAtFraction=1', 'certificates.renewAtFraction (1)', 'from 0.1 to 0.9'],
  ['certificates.renewAtFraction=0.05', 'certificates.renewAtFraction (0.05)', 'from 0.1 to 0.9'],
  ['networkPolicy.apiServerCidrs={10.0.0.1}', 'networkPolicy.apiServerCidrs', 'write ADDRESS/BITS'],
  ['networkPolicy.apiServerPorts={70000}', '/networkPolicy/apiServerPorts/0', 'want 65,535'],
  ['fence.enabled=maybe', '/fence/enabled', 'want boolean'],
]

describe('a wrong value is refused before anything is sent', function () {
  this.timeout(60_000)
  for (const [set, ...says] of refusals) {
    it(set, async () => {
      const message = await renderChart([], [set]).then(
        () => 'rendered without complaint',
        (error: Error) => error.message,
      )
      for (const words of says) expect(message).to.include(words)
    })
  }
})

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

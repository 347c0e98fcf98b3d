import { expect } from 'chai'
import { renderChart } from '../../../hack/chart.ts'

/** Every refusal with the words that must be in it: the field, and the way out. */
const refusals: [set: string, ...says: string[]][] = [
  ['replicaCount=3', "additional properties 'replicaCount' not allowed"],
  ['metrics.intervalSeconds=300', '/metrics/intervalSeconds', 'want 120'],
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
  ['records.postgres.external.host=postgres://db', '/records/postgres/external/host', 'does not match pattern'],
  ['records.postgres.external.ca=ca.crt', '/records/postgres/external/ca', 'does not match pattern'],
  ['records.postgres.storage.size=10GB', '/records/postgres/storage/size', 'does not match pattern'],
  ['records.enabled=true,records.store.connections=60', 'records.store.connections', 'maxConnections to 264 or more'],
  ['records.postgres.maxConnections=5', '/records/postgres/maxConnections', 'want 20'],
  ['edge.sharedMemoryMiB=96', 'edge.sharedMemoryMiB is 96', 'set it to 185'],
  ['shares.total.pods=3000', 'edge.sharedMemoryMiB is 192', '3000 pods', 'set it to 302', 'or lower shares.total'],
  ['shares.total.pods=null', '/shares/total', "'pods'"],
  ['edge.trunkCidrs={192.0.2.1}', 'edge.trunkCidrs', 'write ADDRESS/BITS'],
  ['edge.trunkGrants[0].address=192.0.2.1/200,edge.trunkGrants[0].namespaces={a}', '/edge/trunkGrants', 'does not match pattern'],
  ['egress.open[0].cidrs={10.0.0.0/8}', '/egress/open/0', "missing property 'namespaces'"],
  ['egress.open[0].cidrs={10.0.0.0},egress.open[0].namespaces={a}', 'egress.open has "10.0.0.0"', 'write ADDRESS/BITS'],
  ['egress.clusterCidrs={0.0.0.0/0}', 'egress.clusterCidrs has "0.0.0.0/0"', 'write the ranges of nodes'],
  ['egress.clusterCidrs={nodes}', 'egress.clusterCidrs has "nodes"', 'write ADDRESS/BITS'],
  ['edge.trunkGrants[0].address=192.0.2.1,edge.trunkGrants[0].namespaces={A}', '/edge/trunkGrants', 'does not match pattern'],
  ['edge.tls.clientNames={sbc.carrier.example}', 'edge.tls.clientNames', 'set edge.tls.clientCaSecretName too'],
  ['edge.callerCidrs={192.0.2.1}', 'edge.callerCidrs', 'write ADDRESS/BITS'],
  ['edge.numbers.countryCode=033', '/edge/numbers/countryCode', 'does not match pattern'],
  ['edge.numbers.countryCode=1000', '/edge/numbers/countryCode', 'want 999'],
  ['edge.numbers.nationalPrefix=', '/edge/numbers/nationalPrefix', 'does not match pattern'],
  ['edge.numbers.aliases.3639=3640', '/edge/numbers/aliases/3639', 'want string'],
  ['edge.numbers.aliases.3639=+0123456789', '/edge/numbers/aliases/3639', 'does not match pattern'],
  ['edge.numbers.aliases.36;39=+33123456789', '/edge/numbers/aliases', "'36;39' not allowed"],
  ['edge.carrierCidrs={192.0.2.1}', 'edge.carrierCidrs', 'write ADDRESS/BITS'],
  ['edge.callers=Everybody', '/edge/callers', "'Known', 'Anyone'"],
  ['edge.advertise=sip.example.com:5061', '/edge/advertise', 'does not match pattern'],
  ['edge.media.mode=Auto', '/edge/media/mode', "'Direct', 'Relay'"],
  ['edge.media.packetFilter=Auto', '/edge/media/packetFilter', "'Required', 'None'"],
  ['edge.media.mode=Relay,edge.expose=HostNetwork', '/edge/expose', "'PodAddress', 'HostPort'"],
  ['edge.expose=HostPort', 'edge.expose is HostPort', 'set edge.media.mode=Relay'],
  ['edge.media.mode=Relay,edge.expose=HostPort,edge.media.ports.last=21000', 'edge.media.ports (20000 to 21000)', 'choose fewer ports'],
  ['edge.media.mode=Relay,edge.expose=HostPort,edge.media.ports.first=29990,edge.media.ports.last=30010', 'edge.media.ports (29990 to 30010)', 'choose ports below or above'],
  ['edge.media.mode=Relay,edge.advertise=sip.example.com', 'edge.advertise is set', 'name the addresses in edge.media.addresses'],
  ['edge.media.mode=Relay,edge.service.type=NodePort', 'edge.service.type is NodePort', 'set edge.service.type=None'],
  ['edge.media.mode=Relay,bots.mediaCidrs={192.0.2.0/24}', 'bots.mediaCidrs is set', 'remove bots.mediaCidrs'],
  ['edge.media.mode=Relay,edge.enabled=false', 'there is no edge', 'set edge.enabled=true'],
  ['edge.media.mode=Relay,edge.media.ports.last=20001', 'edge.media.ports.last (20001)', 'a call takes two ports'],
  ['edge.media.mode=Relay,edge.media.ports.last=40001', 'edge.media.ports (20000 to 40001)', 'choose ports below or above'],
  ['edge.media.ports.first=20001', '/edge/media/ports/first', 'multipleOf'],
  ['edge.media.addresses.node-a=sip.example.com', '/edge/media/addresses/node-a', 'does not match pattern'],
  ['edge.queue.waitSeconds=30', '/edge/queue/waitSeconds', 'want 3'],
  ['edge.service.type=ClusterIP', '/edge/service/type', "'LoadBalancer', 'NodePort', 'None'"],
  ['numbers.reservations.0199={lilas}', '/numbers/reservations', "additional properties '0199' not allowed"],
  ['edge.trunkIdentitiesPerAddress=7,edge.trunkGrants[0].address=192.0.2.7,edge.trunkGrants[0].namespaces={a,b}', 'edge.trunkGrants gives 192.0.2.7 to 2 namespaces', 'set it to 8'],
  ['edge.trunkGrants[0].address=192.0.2.7,edge.trunkGrants[0].namespaces={*}', "edge.trunkGrants gives 192.0.2.7 to every namespace ('*')", 'Name the namespaces', 'set edge.trunkIdentitiesPerAddress to 256'],
  ['edge.trunkGrants[0].address=192.0.2.7,edge.trunkGrants[0].namespaces={a,*}', "edge.trunkGrants gives 192.0.2.7 to every namespace ('*')", 'Name the namespaces'],
  ['edge.trunkIdentitiesPerAddress=256,edge.trunkGrants[0].address=sbc.carrier.example,edge.trunkGrants[0].namespaces={*}', "edge.trunkGrants gives the name sbc.carrier.example to every namespace ('*')", 'Name the namespaces, or grant the address'],
  ['edge.trunkGrants[0].address=0.0.0.0/0,edge.trunkGrants[0].namespaces={a}', 'edge.trunkGrants has 0.0.0.0/0', 'write the ranges of the carrier'],
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

  it('but not a grant of an address to every namespace where there are as many TLS connections as there can be', async () => {
    const grant = ['edge.trunkGrants[0].address=192.0.2.7', 'edge.trunkGrants[0].namespaces={*}']
    expect(await renderChart([], ['edge.trunkIdentitiesPerAddress=256', ...grant])).to.include('192.0.2.7')
  })

  for (const value of ['metrics.monitors=true', 'metrics.rules=true']) {
    it(`${value}, where the cluster has no kinds of the Prometheus operator`, async () => {
      const message = await renderChart([], [value], []).then(
        () => 'rendered without complaint',
        (error: Error) => error.message,
      )
      expect(message).to.include('monitoring.coreos.com/v1').and.to.include('install the CRDs of the Prometheus operator')
    })
  }

  it('but not the dashboard, which needs none of them', async () => {
    expect(await renderChart([], ['metrics.dashboard=true'], [])).to.include('grafana_dashboard')
  })
})

import { expect } from 'chai'
import fc from 'fast-check'
import type { NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyPeer } from 'kubernetes-types/networking/v1.d.ts'
import { parseAllDocuments } from 'yaml'
import { renderChart } from '../../../hack/chart.ts'
import { isWithin, NEVER_REMOTE, readAddress, readCidr } from '../../../src/lib/ip-address.ts'
import { judge, parseEgress, type EgressPolicy } from '../../../src/rules/egress.ts'

interface Installation {
  rules: NetworkPolicyEgressRule[]
  egress: EgressPolicy
}

async function install(...sets: string[]): Promise<Installation> {
  const all = parseAllDocuments(await renderChart([], sets)).map((each) => each.toJS() as NetworkPolicy | null)
  const named = (kind: string, name: string) => all.find((each) => each?.kind === kind && each.metadata!.name === name)!
  const { data } = named('ConfigMap', 'callbot-edge-egress') as unknown as { data: { egress: string } }
  return { rules: named('NetworkPolicy', 'callbot-edge').spec!.egress!, egress: parseEgress(data.egress)! }
}

const isOfPort = ({ ports }: NetworkPolicyEgressRule, protocol: string, port: number) =>
  ports === undefined ||
  ports.some((each) => each.protocol === protocol && port >= Number(each.port) && port <= (each.endPort ?? Number(each.port)))

const isIn = (address: string, range: string) => isWithin(readAddress(address)!, readCidr(range)!)
const hasBlock = ({ ipBlock }: NetworkPolicyPeer, address: string) =>
  ipBlock !== undefined && isIn(address, ipBlock.cidr) && !(ipBlock.except ?? []).some((range) => isIn(address, range))

/** Whether an edge may send there, to what has an address and no label. No peers at all are everybody. */
const admits = ({ rules }: Installation, address: string, { protocol = 'UDP', port = 20_000 } = {}) =>
  rules
    .filter((rule) => isOfPort(rule, protocol, port))
    .some(({ to }) => to === undefined || to === null || to.length === 0 || to.some((peer) => hasBlock(peer, address)))

/** Whether it may send media to pods with these labels, in any namespace. */
const admitsPods = ({ rules }: Installation, labels: Record<string, string>) =>
  rules
    .filter((rule) => isOfPort(rule, 'UDP', 20_000))
    .some(({ to }) =>
      to?.some(
        ({ namespaceSelector, podSelector }) =>
          namespaceSelector !== undefined &&
          Object.entries(podSelector?.matchLabels ?? {}).every(([name, value]) => labels[name] === value),
      ),
    )

const RELAY = 'edge.media.mode=Relay'
const UDP = 'edge.listen.udp=true'
const ENFORCED = ['egress.enforce=true', 'egress.clusterCidrs={5.5.0.0/16,10.96.0.0/12,2a00:1::/64}']
const OPEN = ['egress.open[0].cidrs={10.20.0.0/16}', 'egress.open[0].namespaces={acme}']
const CALLERS = 'edge.callerCidrs={10.30.0.0/16}'
const BOT = { 'app.kubernetes.io/name': 'callbot', 'app.kubernetes.io/managed-by': 'callbot-operator' }
const NEVER = ['127.0.0.1', '169.254.169.254', '224.0.0.1', '255.255.255.255', '168.63.129.16', '100.100.100.200']
const NEVER_6 = ['fe80::1', 'ff02::1', 'fd00:ec2::254', 'fd20:ce::254']
/** Of the cluster, or not public. */
const INSIDE = ['10.0.0.1', '10.96.0.10', '5.5.1.2', '192.168.1.1', '172.31.0.1', '100.64.0.1', 'fd00::1', '2a00:1::1']
const PUBLIC = ['8.8.8.8', '5.6.0.1', '185.1.2.3', '2a00:2::1']

/** A range at whose ends policies are wrong first, or any address. */
const someAddress = fc.oneof(
  fc.constantFrom(...NEVER, ...INSIDE.filter((each) => !each.includes(':')), ...PUBLIC.slice(0, 3), '10.20.0.1', '10.30.0.1'),
  fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((octets) => octets.join('.')),
)

describe('the network policy of edges', function () {
  this.timeout(60_000)

  for (const [title, sets] of [
    ['with a media relay', [RELAY]],
    ['with callers over UDP', [UDP]],
    ['with a media relay, callers over UDP and ranges of callers', [RELAY, UDP, CALLERS]],
  ] as const) {
    it(`lets nothing out to what the egress policy refuses while it is enforced, ${title}`, async () => {
      const edges = await install(...sets, ...ENFORCED, ...OPEN)
      for (const address of [...NEVER, ...NEVER_6, ...INSIDE]) expect(admits(edges, address), address).to.equal(false)
      for (const address of [...PUBLIC, '10.20.3.4']) expect(admits(edges, address), address).to.equal(true)
      expect(admits(edges, '10.30.0.1'), 'a caller').to.equal((sets as readonly string[]).includes(CALLERS))
      fc.assert(
        fc.property(someAddress, fc.integer({ min: 1_024, max: 65_535 }), (address, port) => {
          const judgement = judge(readAddress(address), { namespace: 'acme', isOnLoopback: false }, edges.egress)
          if (judgement === 'Open' || isIn(address, '10.30.0.0/16')) return
          for (const protocol of ['UDP', 'TCP'])
            if (protocol === 'UDP' || ![443, 6_443, 5_061].includes(port))
              expect(admits(edges, address, { protocol, port }), `${protocol} ${address}:${port}`).to.equal(false)
        }),
        { numRuns: 2_000 },
      )
    })

    it(`lets nothing out to links, groups and metadata services while it is not enforced, ${title}`, async () => {
      const edges = await install(...sets)
      for (const range of NEVER_REMOTE) expect(admits(edges, range.split('/')[0]!), range).to.equal(false)
      for (const address of [...NEVER, ...NEVER_6]) expect(admits(edges, address), address).to.equal(false)
      for (const address of [...PUBLIC, ...INSIDE]) expect(admits(edges, address), address).to.equal(true)
      expect(admitsPods(edges, { app: 'pbx' }), 'for network plugins whose ranges have no pods in them').to.equal(true)
    })
  }

  it('lets media of the relay out to bots by their labels, and to no other pods while the egress policy is enforced', async () => {
    const edges = await install(RELAY, ...ENFORCED)
    expect(admitsPods(edges, BOT)).to.equal(true)
    expect(admitsPods(edges, { app: 'victim' })).to.equal(false)
  })

  it('lets nothing out to links, groups and metadata services by a range that contains them', async () => {
    const wide = ['edge.callerCidrs={0.0.0.0/0,::/0}', 'edge.trunkCidrs={0.0.0.0/0}']
    for (const sets of [[...wide, ...ENFORCED], wide]) {
      const edges = await install(RELAY, UDP, ...sets)
      for (const address of [...NEVER, ...NEVER_6]) expect(admits(edges, address), address).to.equal(false)
      expect(admits(edges, '192.168.1.1')).to.equal(true)
    }
  })

  it('opens no rule to everybody by a range of which nothing is left', async () => {
    const edges = await install(UDP, 'edge.trunkCidrs={169.254.0.0/17}', 'edge.callerCidrs={169.254.0.0/17}')
    for (const address of ['169.254.1.1', '8.8.8.8']) expect(admits(edges, address), address).to.equal(false)
  })

  it('lets edges ask for names anywhere, as a cache of names on the link of a node', async () => {
    for (const sets of [[], ENFORCED])
      expect(admits(await install(...sets), '169.254.20.10', { port: 53 })).to.equal(true)
  })
})

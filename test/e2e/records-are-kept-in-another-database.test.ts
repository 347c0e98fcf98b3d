// @programs records store-server sweep
// @guard test/integration/store/an-external-database.test.ts
import { expect } from 'chai'
import { operatorNamespace } from '../../hack/chart.ts'
import { host } from '../../hack/cluster/settings.ts'
import { installChart, waitReady } from '../../hack/install.ts'
import type { RetentionPolicyStatus } from '../../src/api/retention-policy.ts'
import type { Database } from '../../src/store/postgres/connect.ts'
import { createAuthority } from '../harness/authority.ts'
import { callABot, edgeAuthority, everyEdge, type Edge } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import { needsWholeForm } from '../harness/extent.ts'
import { ADMIN, startPostgresWith, type Postgres } from '../harness/postgres.ts'
import * as zones from '../harness/three-zones.ts'

/** What docs/guides/data.md has the administrator of the database do. */
const PREPARED = [`CREATE ROLE ${ADMIN} LOGIN CREATEROLE`, `CREATE DATABASE callbot OWNER ${ADMIN}`]

/** PostgreSQL 17 outside of the cluster, with a certificate of an authority of its own. */
describe('call records where the chart names a database that others run', function () {
  this.timeout(600_000)
  const others = createAuthority('the database team')
  let postgres: Postgres | undefined
  let superuser: Database
  let databases: string
  let namespace: string
  let number: string
  let edges: Edge[]

  before(async function () {
    zones.needsLocalCluster(this)
    // test/integration/store/an-external-database has the same PostgreSQL in each run, without a cluster.
    needsWholeForm(this)
    await zones.operatorServes()
    databases = await zones.freshNamespace('databases')
    namespace = await zones.freshNamespace('elsewhere')
    const name = `calls.${databases}.svc`
    postgres = await startPostgresWith({
      ...{ serverAuthority: others, superuser: 'postgres' },
      outside: { clientCa: await edgeAuthority(), address: host.address, name },
    })
    const first = postgres.connect('postgres')
    for (const statement of PREPARED) await first.use((client) => client.query(statement))
    superuser = postgres.connect('postgres', { database: 'callbot' })
    await zones.applyManifests(...serviceAt(databases, host.address))
    const external = { host: name, port: postgres.port, ca: others.cert, cidrs: [`${host.address}/32`] }
    await installChart({ values: { records: { enabled: true, postgres: { external } } }, timeoutSeconds: 300 })
    await waitReady()
    const bot = zones.aBot(namespace, 'accueil', { retentionPolicyRef: { name: 'day' } })
    number = bot.spec.numbers[0]!
    await zones.applyManifests(zones.aRetentionPolicy(namespace, 'day'), bot)
    await isReachable('True')
    await zones.settledPods(namespace)
    await zones.kube('wait', 'callbot', 'accueil', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    await zones.untilPublished(number)
    edges = await everyEdge()
  })
  after(async () => {
    if (namespace) await zones.removeNamespace(namespace)
    if (databases) await zones.removeNamespace(databases)
    await postgres?.stop()
  })

  const isReachable = (status: 'True' | 'False') =>
    eventually(async () => {
      const policy = await zones.kubeJson<{ status?: RetentionPolicyStatus }>(
        'get',
        'retentionpolicy',
        'day',
        '-n',
        namespace,
      )
      expect(policy.status?.conditions?.find(({ type }) => type === 'StoreReachable')).to.include({ status })
    }, 180)
  const callsOf = async (tenant: string) => {
    const sql = 'SELECT count(DISTINCT call)::int AS calls FROM callbot.records WHERE tenant = $1'
    const { rows } = await superuser.use((client) => client.query<{ calls: number }>(sql, [tenant]))
    return rows[0]!.calls
  }
  const callThroughAll = async () => {
    for (const edge of edges) await callABot(edge, number)
  }

  it('are written there, and the chart runs no database', async () => {
    await callThroughAll()
    await eventually(async () => expect(await callsOf(namespace)).to.equal(edges.length), 60)
    const own = ['get', 'statefulset,networkpolicy', '-n', operatorNamespace, '-o', 'name']
    expect(await zones.kube(...own)).not.to.include('callbot-postgres')
  })

  it('wait in their pods while it is down, which a condition reports, and are written when it is back', async () => {
    await postgres!.kill()
    await callThroughAll()
    await isReachable('False')
    await postgres!.start()
    await isReachable('True')
    await eventually(async () => expect(await callsOf(namespace)).to.equal(2 * edges.length), 90)
  })
})

/** A name in the cluster for an address outside of it. */
const serviceAt = (namespace: string, address: string) => [
  {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'calls', namespace } },
    spec: { clusterIP: 'None', ports: [{ name: 'postgres', port: 5_432, protocol: 'TCP' }] },
  },
  {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
    metadata: { name: 'calls', namespace, labels: { 'kubernetes.io/service-name': 'calls' } },
    ports: [{ name: 'postgres', port: 5_432, protocol: 'TCP' }],
    endpoints: [{ addresses: [address] }],
  },
]

// @programs operator  @seconds 113
// @guard test/integration/kube/fence.test.ts
// @guard test/integration/kube/leader.test.ts
import { expect } from 'chai'
import { operatorNamespace } from '../../hack/chart.ts'
import { freezeApi, freezeZone, healAll, thawApi, thawZone } from '../../hack/cluster/faults.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'
import * as zones from '../harness/three-zones.ts'

/** Longer than the lease and than a request may take. What is in hand is cancelled after 60 s: in the short form, it is still written. */
const FROZEN_SECONDS = extent('SECONDS', { short: 30, whole: 60 })
const BOTS = 40
/** No pod may be made: this is about what operators write, and 40 bots' pods would only heat the machine. */
const noPods = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'no-pods', namespace },
  spec: { hard: { pods: '0' } },
})

const written = (event: zones.AuditEvent) =>
  ['create', 'update', 'patch', 'delete'].includes(event.verb) &&
  !['leases', 'events', 'tokenreviews', 'subjectaccessreviews'].includes(event.objectRef?.resource ?? '')
const at = (event: zones.AuditEvent) => Date.parse(event.stageTimestamp)

describe(`a leader that is frozen for ${FROZEN_SECONDS} s in the middle of its work and thawed`, function () {
  this.timeout(360_000)
  let namespace: string
  before(async function () {
    zones.needsLocalCluster(this)
    await zones.operatorServes()
    namespace = await zones.freshNamespace('frozen')
    await zones.applyManifests(noPods(namespace))
  })
  after(async () => {
    await healAll()
    if (namespace) await zones.removeNamespace(namespace)
    await zones.operatorServes()
  })

  /** Waits until the operator has served every bot. */
  const configurations = (): Promise<Set<string>> =>
    eventually(async () => {
      const { items } = await zones.kubeJson<{ items: zones.Bot[] }>('get', 'callbots', '-n', namespace)
      const served = items.filter((bot) => bot.status?.routeEpoch !== undefined && bot.status.certificate !== undefined)
      const names = new Set(served.map(({ status }) => status!.configuration!.name))
      expect(names.size).to.equal(BOTS)
      return names
    }, 60)

  it('is refused every write that it still had in hand, and its successor does the work', async () => {
    // Creating the policy gives the leader work for all bots at once.
    const retentionPolicyRef = { name: 'late' }
    const bots = Array.from({ length: BOTS }, (_, index) =>
      zones.aBot(namespace, `bot-${index}`, { retentionPolicyRef }),
    )
    await zones.applyManifests(...bots)
    const before = await configurations()
    const from = zones.auditLength()
    const old = await zones.leader()
    const applying = zones.applyManifests(zones.aRetentionPolicy(namespace, 'late'))
    await eventually(() => {
      const begun = zones.operatorAudit(from).filter((event) => event.objectRef?.namespace === namespace)
      expect(begun.length).to.be.greaterThan(20)
      // A quick leader would end its work before its zone stands still.
      freezeApi()
    }, 30)
    await freezeZone(old.zone)
    thawApi()
    await applying
    await eventually(async () => {
      expect((await zones.leader()).pod).not.to.equal(old.pod)
    }, 20)
    await eventually(async () => {
      expect([...(await configurations())].filter((name) => before.has(name))).to.deep.equal([])
    }, 60)
    await pause(FROZEN_SECONDS * 1000)
    await thawZone(old.zone)
    await pause(8000)

    const audit = zones.operatorAudit(from).filter(written)
    const successor = audit.find((event) => zones.podOf(event) !== old.pod && event.responseStatus!.code < 300)
    const stale = audit.filter((event) => zones.podOf(event) === old.pod && at(event) > at(successor!))
    expect(stale.filter((event) => event.responseStatus!.code < 300)).to.deep.equal([])
    expect(stale.filter((event) => event.responseStatus!.code === 403)).not.to.be.empty
    expect(stale[0]!.responseStatus!.message).to.include('callbot-operator-fence')
    console.log(`      ${stale.length} writes of the thawed leader, all refused`)
  })

  it('leaves every bot as its spec says', async () => {
    await eventually(async () => {
      const routes = await zones.kubeJson<{ items: { metadata: { name: string } }[] }>(
        ...['get', 'configmaps', '-n', operatorNamespace, '-l', 'app.kubernetes.io/component=route'],
      )
      const ours = routes.items.filter((route) => route.metadata.name.startsWith(`route.${namespace}.`))
      expect(ours).to.have.lengthOf(BOTS)
    })
  })
})

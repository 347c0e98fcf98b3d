// @tier check  @seconds 33
import { expect } from 'chai'
import { cutZone, healAll, healZone } from '../../hack/cluster/faults.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { zones as allZones } from '../../hack/cluster/settings.ts'
import { eventually } from '../harness/eventually.ts'
import * as zones from '../harness/three-zones.ts'

const PROMISED_SECONDS = 10

describe('a zone that is cut off', function () {
  this.timeout(400_000)
  let namespace: string
  const seconds: Record<string, number> = {}
  const bot = () => zones.botNamed(namespace, 'spread')
  const timed = async (check: () => Promise<void>, most: number) => {
    const begun = performance.now()
    await eventually(check, most)
    return Math.round((performance.now() - begun) / 100) / 10
  }

  before(async function () {
    zones.needsLocalCluster(this)
    await zones.operatorServes()
    namespace = await zones.freshNamespace('cut')
    // A review asks the API server, by a connection that a zone which was cut off before may have left behind: it answers to apply again.
    await eventually(() => zones.applyManifests(zones.aBot(namespace, 'spread')), 30)
    await zones.kube('wait', 'callbot', 'spread', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=90s')
  })
  after(async () => {
    await healAll()
    if (namespace) await zones.removeNamespace(namespace)
    if (Object.keys(seconds).length === 0) return
    writeEvidence('zone-cut', { seconds })
    printFigures(
      'a zone cut off, seconds',
      Object.entries(seconds).map(([what, s]) => [what, String(s)] as const),
    )
  })

  async function cutAndHeal(zone: string, label: string): Promise<void> {
    await cutZone(zone)
    seconds[`${label}: seen`] = await timed(async () => {
      const { status } = await bot()
      const condition = status?.conditions?.find((each) => each.type === 'ZonesHealthy')
      expect(condition).to.include({ status: 'False', reason: 'ZoneUnreachable' })
      expect(condition?.message).to.include(zone)
      expect(status).to.include({ ready: '2/3', zonesReady: '2/3' })
    }, 30)
    await healZone(zone)
    seconds[`${label}: healed`] = await timed(async () => {
      expect((await bot()).status).to.include({ ready: '3/3', zonesReady: '3/3' })
    }, 120)
    expect(seconds[`${label}: seen`]).to.be.lessThan(PROMISED_SECONDS)
  }

  it('shows within 10 s in the status of a bot and heals, when the leader is elsewhere', async () => {
    const { zone } = await zones.leader()
    await cutAndHeal(allZones.find((each) => each.name !== zone)!.name, 'another zone')
  })

  it('shows within 10 s and heals, when the leader itself is cut off', async () => {
    const { zone } = await zones.leader()
    await cutAndHeal(zone, "the leader's zone")
  })

  it('costs no pod: those in the zone are the same when it is back', async () => {
    const pods = await zones.podsIn(namespace)
    expect(pods).to.have.lengthOf(3)
    expect(pods.map((pod) => pod.status.containerStatuses?.[0]?.restartCount)).to.deep.equal([0, 0, 0])
  })
})

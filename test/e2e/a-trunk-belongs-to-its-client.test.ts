// @programs edge operator  @seconds 50
// @guard test/integration/edge/two-clients-of-one-carrier.test.ts
import { expect } from 'chai'
import { operatorNamespace } from '../../hack/chart.ts'
import { host } from '../../hack/cluster/settings.ts'
import { createAuthority } from '../harness/authority.ts'
import { callerOf, readyEdges } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import type { PlainCaller } from '../harness/plain-caller.ts'
import type { SippTrunk } from '../harness/sipp-trunk.ts'
import * as zones from '../harness/three-zones.ts'
import {
  caSecret,
  comesThrough,
  conditionOf,
  keepCalling,
  playTlsTrunk,
  statusOf,
  tlsClient,
  transferringBot,
} from '../harness/tls-clients.ts'

const PORT = 26_063
const OWNER = { number: zones.aNumber(), desk: '+33144440011' }
const OTHER = { number: zones.aNumber(), desk: '+33144440022' }

describe('a client whose trunk another client names', function () {
  this.timeout(300_000)
  const theirs = createAuthority('carrier')
  let carrier: SippTrunk
  let owner: string
  let other: string
  let callers: PlainCaller[] = []

  before(async function () {
    zones.needsLocalCluster(this)
    await zones.operatorServes()
    ;[owner, other] = await Promise.all([zones.freshNamespace('owner'), zones.freshNamespace('other')])
    await grant(owner)
    carrier = await playTlsTrunk(PORT, theirs)
    await zones.applyManifests(...tlsClient(owner, [PORT], theirs.cert))
    await zones.applyManifests(transferringBot(owner, OWNER.number, OWNER.desk))
    await isUp(owner)
    await zones.applyManifests(...tlsClient(other, [PORT], theirs.cert))
    await zones.applyManifests(transferringBot(other, OTHER.number, OTHER.desk))
    for (const namespace of [owner, other])
      await zones.kube('wait', 'callbot', 'desk', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    const edges = await readyEdges()
    await zones.untilPublished(OWNER.number, OTHER.number)
    callers = await Promise.all(edges.map((edge) => callerOf(edge)))
  })
  after(async () => {
    for (const caller of callers) caller.close()
    if (carrier) await carrier.stop()
    if (owner) await grant('*')
    for (const namespace of [owner, other]) if (namespace) await zones.removeNamespace(namespace)
  })

  /** As a change of the chart's value edge.trunkGrants would. */
  const grant = (...namespaces: string[]) => {
    const grants = [{ address: host.address, namespaces }]
    const patch = JSON.stringify({ data: { grants: JSON.stringify({ grants }) } })
    return zones.kube(
      'patch',
      'configmap',
      'callbot-edge-trunk-grants',
      '-n',
      operatorNamespace,
      '--type=merge',
      '-p',
      patch,
    )
  }
  const isUp = (namespace: string) =>
    eventually(async () => expect((await statusOf(namespace)).sipRoute).to.equal('Primary/t0'), 60)
  const rung = (desk: string) => carrier.invites().filter((uri) => uri.includes(desk)).length
  const isRefused = (namespace: string) =>
    eventually(async () => {
      const told = await conditionOf(namespace, 'ReferencesResolved')
      expect(told).to.deep.include({ status: 'False', reason: 'TrunkUnusable' })
      expect(told!.message).to.include('edge.trunkGrants').and.include(`namespace ${namespace}`)
      expect(told!.message, 'another tenant').to.not.include(namespace === owner ? other : owner)
    }, 20)

  it('keeps it: the other is refused with the cure and makes it ring not once', async () => {
    await isRefused(other)
    const calling = keepCalling(callers, OWNER.number)
    await Promise.all(callers.map((caller) => comesThrough(caller, OTHER.number, 4)))
    const { placed, lost } = await calling.stop()
    expect(lost).to.equal(0)
    expect(rung(OWNER.desk), "the owner's calls, by the carrier's own log").to.equal(placed)
    expect(rung(OTHER.desk), "the other's calls").to.equal(0)
  })

  it('shares it where the administrator grants it to both, and the wrong authority of one spoils nothing for the other', async () => {
    await grant(owner, other)
    await isUp(other)
    expect(await comesThrough(callers[0]!, OTHER.number)).to.equal(true)
    expect(rung(OTHER.desk)).to.equal(1)
    const calling = keepCalling(callers, OWNER.number)
    await zones.applyManifests(caSecret(other, createAuthority('not-the-carrier').cert))
    await eventually(async () => expect((await statusOf(other)).sipRoute).to.equal('None'), 30)
    expect((await calling.stop()).lost).to.equal(0)
  })

  it('has to leave it where the administrator grants it to the other alone', async () => {
    await grant(other)
    await isRefused(owner)
  })
})

// @programs edge  @seconds 43
// @guard test/integration/edge/a-broken-secret-takes-no-trunk-away.test.ts
import { expect } from 'chai'
import { createAuthority } from '../harness/authority.ts'
import { callerOf, readyEdges } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import type { PlainCaller } from '../harness/plain-caller.ts'
import type { SippTrunk } from '../harness/sipp-trunk.ts'
import * as zones from '../harness/three-zones.ts'
import {
  CA_SECRET,
  caSecret,
  comesThrough,
  conditionOf,
  keepCalling,
  playTlsTrunk,
  statusOf,
  tlsClient,
  transferringBot,
} from '../harness/tls-clients.ts'

const NUMBER = zones.aNumber()
const DESK = '+33144440001'
const PORTS = [26_061, 26_062]
const SHOWN_SECONDS = 10

describe('a client whose Secret breaks while its trunks work', function () {
  this.timeout(300_000)
  const theirs = createAuthority('carrier')
  const trunks: SippTrunk[] = []
  let namespace: string
  let callers: PlainCaller[] = []

  before(async function () {
    zones.needsLocalCluster(this)
    await zones.sharedOperatorServes()
    for (const port of PORTS) trunks.push(await playTlsTrunk(port, theirs))
    namespace = await zones.freshNamespace('secret')
    await zones.applyManifests(...tlsClient(namespace, PORTS, theirs.cert))
    await zones.applyManifests(transferringBot(namespace, NUMBER, DESK))
    await zones.kube('wait', 'callbot', 'desk', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    const edges = await readyEdges()
    await zones.untilPublished(NUMBER)
    callers = await Promise.all(edges.map((edge) => callerOf(edge)))
    await areUp(edges.length)
  })
  after(async () => {
    for (const caller of callers) caller.close()
    await Promise.all(trunks.map((trunk) => trunk.stop()))
    if (namespace) await zones.removeNamespace(namespace)
  })

  const areUp = (seenBy: number) =>
    eventually(async () => {
      const parts = (await statusOf(namespace)).sip?.parts?.map((part) => `${part.name} ${part.state} ${part.seenBy}`)
      expect(parts).to.deep.equal([`t0 Up ${seenBy}`, `t1 Up ${seenBy}`])
    }, 60)
  const isTold = async (...words: string[]) => {
    await eventually(async () => {
      const told = await conditionOf(namespace, 'ReferencesResolved')
      expect(told).to.deep.include({ status: 'False', reason: 'SecretRefused' })
      for (const word of ['t0: ', 't1: ', `Secret ${CA_SECRET}`, ...words]) expect(told!.message).to.include(word)
    }, SHOWN_SECONDS)
    expect(await conditionOf(namespace, 'RouteAvailable')).to.deep.include({ status: 'True' })
  }

  for (const [what, spoil, words] of [
    ['spoiled', () => zones.applyManifests(caSecret(namespace, 'no certificate')), 'ca.crt is no certificate in PEM'],
    ['deleted', () => zones.kube('delete', 'secret', CA_SECRET, '-n', namespace), 'create it'],
  ] as const) {
    it(`loses no call when it is ${what}, and its status names Secret, fact and cure of each trunk within ${SHOWN_SECONDS} s`, async () => {
      const rung = trunks[0]!.rung().length
      const calling = keepCalling(callers, NUMBER)
      await spoil()
      await isTold(words)
      const { placed, lost } = await calling.stop()
      expect(lost).to.equal(0)
      expect(placed).to.be.above(callers.length)
      expect(trunks[0]!.rung().length - rung, 'calls of the trunk, by its own log').to.equal(placed)
    })
  }

  it('has its backup trunk, too', async () => {
    await trunks[0]!.stop()
    const rung = trunks[1]!.rung().length
    const through = await Promise.all(callers.map((caller) => comesThrough(caller, NUMBER)))
    expect(through).to.not.include(false)
    expect(trunks[1]!.rung().length - rung).to.equal(callers.length)
  })

  it('hears nothing more of it once the Secret is good', async () => {
    trunks[0] = await playTlsTrunk(PORTS[0]!, theirs)
    await zones.applyManifests(caSecret(namespace, theirs.cert))
    await eventually(async () => {
      expect(await conditionOf(namespace, 'ReferencesResolved')).to.deep.include({ status: 'True' })
    }, 15)
    await areUp(callers.length)
  })
})

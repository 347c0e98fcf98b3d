// @seconds 5
import { expect } from 'chai'
import type { SecretRead } from '../../../src/edge/plan/secret-values.ts'
import { createAuthority } from '../../harness/authority.ts'
import { startBotCaller, type BotCaller } from '../../harness/bot-caller.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { eventually } from '../../harness/eventually.ts'
import { startTlsTrunk, type TlsTrunk } from '../../harness/tls-trunk.ts'
import { aHelpedRoute, BOT, loopback, PATIENT, setStage, type Stage } from './stage.ts'

const DESK = '+33144444444'
const NAME = 'pbx.lilas.example'
const hosts = [loopback(31, 41), loopback(31, 42)]
const BROKEN = { because: 'Secret theirs does not exist in namespace lilas: create it' }

describe('a Secret that is broken', function () {
  this.timeout(60_000)
  const theirs = createAuthority('lilas')
  let stage: Stage
  let bot: BotCaller
  const carriers: TlsTrunk[] = []
  let uid = 'i'

  const secret = (ca: string): SecretRead => ({ data: new Map([['ca.crt', ca]]) })
  const tls = { caSecret: { name: 'theirs', key: 'ca.crt' }, serverName: NAME }
  const publish = (observation: SecretRead) => {
    const declared = hosts.map((host) => ({ host, port: 5061, transport: 'TLS' as const, tls }))
    const trunks = [aTrunkGroup(declared, { integration: { namespace: 'lilas', name: 'standard', uid } })]
    const secrets = new Map([['lilas/theirs', observation]])
    return stage.rig.publish({ ...stage.seen(aHelpedRoute()), trunks, secrets })
  }
  const seen = async () => (await stage.rig.told()).trunks
  const isCalled = () => eventually(async () => expect((await bot.call(DESK).final()).status).to.equal(200), 10)
  const allSay = async (words: string) => {
    const found = await seen()
    expect(found.map(({ state }) => state)).to.deep.equal(['Up', 'Up'])
    for (const { trunk, because } of found) expect(because, trunk).to.include(words)
  }

  before(async () => {
    stage = await setStage(31, { values: [PATIENT] })
    bot = await startBotCaller(stage.rig, BOT, loopback(31, 11))
    for (const host of hosts) carriers.push(await startTlsTrunk(host, 5061, theirs.issue([NAME])))
    await publish(secret(theirs.cert))
    for (const host of hosts) await stage.untilTrunk(host, 'Up')
  })
  after(async () => {
    bot?.close()
    await Promise.all(carriers.map((carrier) => carrier.close()))
    await stage?.stop()
  })

  it('takes no trunk away: calls go on by the last good one, and each trunk says what is refused and why', async () => {
    await publish(secret('no certificate'))
    await isCalled()
    await allSay('Secret theirs: ca.crt is no certificate in PEM')
    expect(carriers[0]!.peers(), 'the connection stays').to.have.lengthOf(1)
  })

  it('is no reason to forget the good one when it is deleted, or when the edge may no longer read it', async () => {
    await publish(BROKEN)
    await isCalled()
    await allSay('create it')
  })

  it('takes no trunk away from an agent or a proxy that restarts', async () => {
    await stage.rig.replaceAgent()
    await publish(BROKEN)
    await isCalled()
    await stage.rig.stopProxy()
    await stage.rig.startProxy()
    bot.close()
    bot = await startBotCaller(stage.rig, BOT, loopback(31, 11))
    for (const host of hosts) await stage.untilTrunk(host, 'Up')
    await isCalled()
  })

  it('says nothing more once it is good again', async () => {
    await publish(secret(theirs.cert))
    for (const trunk of await seen()) expect(trunk).to.not.have.property('because')
  })

  it('gives the credentials to nobody else: an Integration that is recreated under the same name does not get them', async () => {
    uid = 'another'
    await publish(BROKEN)
    expect(stage.rig.agent.trunks().unusable.map(({ because }) => because)).to.deep.equal([
      BROKEN.because,
      BROKEN.because,
    ])
  })
})

// @seconds 5
import { expect } from 'chai'
import type { SecretRead } from '../../../src/edge/plan/secret-values.ts'
import type { TrunkTls } from '../../../src/rules/trunks.ts'
import { createAuthority } from '../../harness/authority.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { startBotCaller, type BotCaller } from '../../harness/bot-caller.ts'
import { eventually } from '../../harness/eventually.ts'
import { startTlsTrunk, type TlsTrunk } from '../../harness/tls-trunk.ts'
import { aHelpedRoute, BOT, loopback, PATIENT, setStage, type Stage } from './stage.ts'

const DESK = '+33144444444'
const host = loopback(12, 41)
const NAME = 'pbx.lilas.example'

describe('a trunk over TLS', function () {
  this.timeout(60_000)
  const theirs = createAuthority('lilas')
  const ours = createAuthority('ours-at-lilas')
  const own = ours.issue(['callbots.lilas.example'])
  let stage: Stage
  let bot: BotCaller
  let trunk: TlsTrunk | undefined
  let epoch = 1

  const publish = (tls: TrunkTls) => {
    const trunks = [aTrunkGroup([{ host, port: 5061, transport: 'TLS', srtp: 'Required', tls }], { epoch: ++epoch })]
    const secrets = new Map<string, SecretRead>([
      ['lilas/theirs', { data: new Map([['ca.crt', theirs.cert]]) }],
      [
        'lilas/own',
        {
          data: new Map([
            ['tls.crt', own.cert],
            ['tls.key', own.key],
            ['callbots.hosts', host],
          ]),
        },
      ],
    ])
    return stage.rig.publish({ ...stage.seen(aHelpedRoute()), trunks, secrets })
  }
  const ca = { caSecret: { name: 'theirs', key: 'ca.crt' }, serverName: NAME }
  const start = async (identity = theirs.issue([NAME]), clientCa?: string) => {
    await trunk?.close()
    trunk = await startTlsTrunk(host, 5061, { ...identity, ...(clientCa !== undefined && { ca: clientCa }) })
  }
  const status = async () => (await bot.call(DESK).final()).status
  const staysUnused = async () => {
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    expect(await status()).to.equal(503)
    expect(trunk!.invites()).to.deep.equal([])
  }

  before(async () => {
    stage = await setStage(12, { values: [PATIENT] })
    bot = await startBotCaller(stage.rig, BOT, loopback(12, 11))
  })
  after(async () => {
    bot?.close()
    await trunk?.close()
    await stage?.stop()
  })

  it('takes calls when it proves its name, and is shown no certificate unless there is one for it', async () => {
    await start()
    await publish(ca)
    await stage.untilTrunk(host, 'Up')
    expect(await status()).to.equal(200)
    expect(trunk!.peers()).to.deep.equal([undefined])
    expect(trunk!.servernames()).to.deep.equal([NAME])
  })

  it('gets requests of the dialog by the same connection', async () => {
    const attempt = bot.call(DESK)
    await attempt.final()
    attempt.within('ACK')
    attempt.within('BYE')
    await eventually(() => expect(trunk!.methods()).to.include('BYE'))
    expect(trunk!.peers(), 'connections').to.have.lengthOf(1)
  })

  it('is shown our certificate where it asks for one', async () => {
    await start(theirs.issue([NAME]), ours.cert)
    await publish({ ...ca, identitySecret: 'own' })
    await eventually(async () => expect(await status()).to.equal(200), 15)
    expect(trunk!.peers().at(-1)).to.equal('DNS:callbots.lilas.example')
  })

  it('gets no call when its certificate is of an authority that is not the one named', async () => {
    await start(createAuthority('others').issue([NAME]))
    await publish(ca)
    await staysUnused()
  })

  it('gets no call when its certificate proves another name', async () => {
    await start(theirs.issue(['other.lilas.example']))
    await staysUnused()
  })

  it('gets no call when only plain TCP is spoken there, and none without encryption of the voice', async () => {
    await start()
    await stage.untilTrunk(host, 'Up')
    expect((await bot.call(DESK, { media: 'Plain' }).final()).status).to.equal(488)
  })

  it('keeps working through a restart of the proxy, with agent and API server away', async () => {
    await stage.rig.stopProxy()
    await stage.rig.replaceAgent()
    await stage.rig.startProxy()
    bot.close()
    bot = await startBotCaller(stage.rig, BOT, loopback(12, 11))
    await eventually(async () => expect(await status()).to.equal(200), 15)
  })
})

// @seconds 20
import { expect } from 'chai'
import { createHash } from 'node:crypto'
import type { SecretRead } from '../../../src/edge/plan/secret-values.ts'
import type { TrunkDigest } from '../../../src/rules/trunks.ts'
import { header, type SipRequest } from '../../../src/wire/sip/message.ts'
import { field } from '../../../src/wire/sip/serialise.ts'
import { createAuthority } from '../../harness/authority.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { startBotCaller, type BotCaller } from '../../harness/bot-caller.ts'
import { markedCall, startDriller } from '../../harness/driller.ts'
import { eventually } from '../../harness/eventually.ts'
import type { Attempt } from '../../harness/plain-caller.ts'
import { startTlsTrunk, type Answer, type TlsTrunk } from '../../harness/tls-trunk.ts'
import { aHelpedRoute, BOT, loopback, PATIENT, setStage, type Stage } from './stage.ts'

const [main, spare] = [loopback(14, 41), loopback(14, 42)]
const NAME = 'pbx.lilas.example'
const [USER, PASSWORD, REALM, NONCE] = ['callbots', "s3cret; with, signs:'", 'lilas', 'bm9uY2U=']

type Algorithm = 'SHA-256' | 'MD5'
const hash = (algorithm: Algorithm, text: string) =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex')

/** Lets in who proves the password, as RFC 7616 section 3.4.1 has it. */
function guarded(algorithms: Algorithm[], o: { status?: 401 | 407; qop?: string } = {}): Answer {
  const { status = 401, qop = ', qop="auth,auth-int"' } = o
  const names = status === 401 ? ['WWW-Authenticate', 'authorization'] : ['Proxy-Authenticate', 'proxy-authorization']
  return (invite: SipRequest) => {
    const credentials = header(invite, names[1] as 'authorization')
    if (credentials !== undefined && proves(credentials)) return { status: 200 }
    const challenge = (algorithm: Algorithm) =>
      field(names[0]!, `Digest realm="${REALM}", nonce="${NONCE}"${qop}, algorithm=${algorithm}, opaque="x"`)
    return { status, headers: algorithms.map(challenge) }
  }
}

function proves(credentials: string): boolean {
  const value = (name: string) => new RegExp(`[ ,]${name}="?([^",]*)"?`).exec(credentials)?.[1] ?? ''
  const algorithm = value('algorithm') as Algorithm
  const own = hash(algorithm, `${USER}:${REALM}:${PASSWORD}`)
  const what = hash(algorithm, `INVITE:${value('uri')}`)
  const protection = value('qop') === '' ? '' : `${value('nc')}:${value('cnonce')}:${value('qop')}:`
  return value('opaque') === 'x' && value('response') === hash(algorithm, `${own}:${NONCE}:${protection}${what}`)
}

describe('a trunk that asks who we are', function () {
  this.timeout(60_000)
  const theirs = createAuthority('lilas')
  let stage: Stage
  let bot: BotCaller
  let trunk: TlsTrunk | undefined
  let backup: TlsTrunk | undefined
  let epoch = 1

  type Options = Partial<TrunkDigest> & { password?: string; place?: () => Promise<Attempt> }
  const call = async (answer: Answer, o: Options = {}) => {
    const { password = PASSWORD, place = async () => bot.call('+33144444444'), ...digest } = o
    await trunk?.close()
    trunk = await startTlsTrunk(main, 5061, theirs.issue([NAME]), answer)
    const tls = { caSecret: { name: 'theirs', key: 'ca.crt' }, serverName: NAME }
    const common = { port: 5061, transport: 'TLS', tls } as const
    const all = { secret: 'login', algorithms: 'SHA256', ...digest } as const
    const group = aTrunkGroup(
      [
        { host: main, ...common, digest: all },
        { host: spare, ...common },
      ],
      { epoch: ++epoch },
    )
    const secrets = new Map<string, SecretRead>([
      ['lilas/theirs', { data: new Map([['ca.crt', theirs.cert]]) }],
      [
        'lilas/login',
        { data: new Map(Object.entries({ username: USER, password, 'callbots.hosts': `${main} ${spare}` })) },
      ],
    ])
    await stage.rig.publish({ ...stage.seen(aHelpedRoute()), trunks: [group], secrets })
    await stage.untilTrunk(spare, 'Up')
    await stage.untilLine(main)
    const { status, text } = await (await place()).final()
    expect(status).to.equal(200)
    return text.includes(`<sip:desk@${main}`) ? 'main' : 'spare'
  }

  before(async () => {
    stage = await setStage(14, { values: [PATIENT] })
    bot = await startBotCaller(stage.rig, BOT, loopback(14, 11))
    backup = await startTlsTrunk(spare, 5061, theirs.issue([NAME]))
  })
  after(async () => {
    bot?.close()
    await Promise.all([trunk?.close(), backup?.close()])
    await stage?.stop()
  })

  it('gets the credentials, by SHA-256', async () => {
    expect(await call(guarded(['SHA-256']))).to.equal('main')
    expect(trunk!.invites()).to.have.lengthOf(2)
  })

  it('gets the credentials in the lane of a drill too, by the same connection, and is not asked while it has a fault there', async () => {
    const driller = startDriller(stage.rig.leases)
    const laneIs = (active: string) =>
      eventually(async () => expect((await stage.rig.told()).drills[0]?.active).to.equal(active), 8)
    const inLane = (fault: 'None' | 'Refuse') => async () => {
      await driller.hold({ fault })
      await laneIs(fault === 'None' ? 'main' : 'spare-1')
      return markedCall(bot)
    }
    expect(await call(guarded(['SHA-256']), { place: inLane('None') })).to.equal('main')
    expect(trunk!.invites()).to.have.lengthOf(2)
    expect(trunk!.sent()).to.match(/^X-Callbot-Test: /m)
    expect(trunk!.peers(), 'connections').to.have.lengthOf(1)
    expect(await call(guarded(['SHA-256']), { place: inLane('Refuse') })).to.equal('spare')
    expect(trunk!.invites()).to.deep.equal([])
    await driller.end()
  })

  it('gets the credentials as a proxy too', async () =>
    expect(await call(guarded(['SHA-256'], { status: 407 }))).to.equal('main'))

  it('gets the credentials without protection against replays where it knows none', async () =>
    expect(await call(guarded(['SHA-256'], { qop: '' }))).to.equal('main'))

  it('gets the credentials by the stronger algorithm of those that it offers', async () => {
    expect(await call(guarded(['MD5', 'SHA-256']), { algorithms: 'SHA256OrMD5' })).to.equal('main')
    expect(trunk!.sent()).to.include('algorithm=SHA-256')
  })

  it('gets the credentials by MD5 only where the Integration allows it', async () => {
    expect(await call(guarded(['MD5']), { algorithms: 'SHA256OrMD5' })).to.equal('main')
    expect(await call(guarded(['MD5']))).to.equal('spare')
    expect(trunk!.invites(), 'asked again').to.have.lengthOf(1)
  })

  it('gets the credentials in its own realm only, if there is one for it', async () => {
    expect(await call(guarded(['SHA-256']), { realm: REALM })).to.equal('main')
    expect(await call(guarded(['SHA-256']), { realm: 'other' })).to.equal('spare')
  })

  it('is left for the next when it does not believe us, and not asked a third time', async () => {
    expect(await call(guarded(['SHA-256']), { password: 'wrong' })).to.equal('spare')
    expect(trunk!.invites()).to.have.lengthOf(2)
  })
})
